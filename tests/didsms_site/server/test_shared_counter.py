"""Counters of all web processes, in memory that no full disk takes away."""

import os

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from didsms_site.server import shared_counter
from didsms_site.server.shared_counter import REJECTED_REQUESTS, SharedCounter
from messaging.admin.rejection_labels import REJECTIONS


@pytest.fixture
def counter(monkeypatch):
    monkeypatch.setattr(shared_counter, "_slot", 0)
    return SharedCounter("things_total", "Things.", label="kind", values=("one", "two"))


def samples(counter: SharedCounter) -> dict[str, float]:
    return {
        sample.labels["kind"]: sample.value
        for family in counter.collect()
        for sample in family.samples
    }


def test_nothing_is_said_of_what_has_not_happened(counter):
    assert samples(counter) == {}


def test_events_are_counted_under_their_word_and_unknown_ones_together(counter):
    for word in ("one", "two", "two", "three", "four"):
        counter.inc(word)

    assert samples(counter) == {"one": 1, "two": 2, "other": 2}


def test_what_a_process_has_counted_outlives_it_and_its_successor_goes_on(counter):
    counter.inc("one")
    for _turn in range(2):
        child = os.fork()
        if child == 0:
            shared_counter.use_slot(7)
            counter.inc("one")
            os._exit(0)
        os.waitpid(child, 0)

    assert samples(counter) == {"one": 3}


def test_prometheus_reads_it(counter):
    counter.inc("one")
    registry = CollectorRegistry()
    registry.register(counter)

    assert 'things_total{kind="one"} 1.0' in generate_latest(registry).decode().splitlines()


def test_every_reason_for_a_refusal_has_a_word_of_its_own():
    assert set(REJECTED_REQUESTS._columns) == {*REJECTIONS, "other"}
