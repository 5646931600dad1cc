"""The hub's slots: nobody takes all of them, and none is taken for ever."""

import gc
import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from messaging.models import Change
from messaging.services.feed import hub as hub_module
from messaging.services.feed.hub import MOST_STREAMS_OF_ONE, QUEUE_LENGTH, Hub
from messaging.views.machines import live
from tests.factories import make_inbound, make_user
from tests.processes import until

HINT = (1, "message", 1, 1)


@pytest.fixture
def hub(monkeypatch) -> Hub:
    """A hub that hears of nothing."""
    monkeypatch.setattr(hub_module, "FIRST_LOOK_SECONDS", 0)
    monkeypatch.setattr(Hub, "_run", lambda _self: None)
    return Hub()


def test_a_person_with_too_many_streams_loses_the_oldest(hub):
    mine = [hub.subscribe(person_id=1) for _turn in range(MOST_STREAMS_OF_ONE + 2)]
    other = hub.subscribe(person_id=2)

    ended = [stream.changes.qsize() == 1 and stream.changes.get() is None for stream in mine]

    assert ended == [True] * 2 + [False] * MOST_STREAMS_OF_ONE
    assert other.changes.empty()
    assert hub.stream_count == MOST_STREAMS_OF_ONE + 1


def test_a_stream_that_did_not_keep_up_can_be_ended_all_the_same(hub):
    stream = hub.subscribe(person_id=1)
    for _turn in range(QUEUE_LENGTH + 1):
        stream.put(HINT)

    stream.end()

    heard = [stream.changes.get() for _turn in range(QUEUE_LENGTH)]
    assert heard == [HINT] * (QUEUE_LENGTH - 1) + [None]
    assert stream.has_gap


def test_a_place_that_nobody_holds_any_more_is_free(hub):
    stream = hub.subscribe(person_id=1)
    assert hub.stream_count == 1

    del stream
    gc.collect()

    assert hub.stream_count == 0


@pytest.mark.django_db
@pytest.mark.parametrize("read", [0, 1], ids=["before its first byte", "after it"])
def test_a_response_that_is_closed_gives_its_place_back(hub, monkeypatch, rf: RequestFactory, read):
    monkeypatch.setattr(live, "hub", hub)
    monkeypatch.setattr(live.connection, "close", lambda: None)
    request = rf.get("/live/stream")
    request.user = make_user()
    response = live.stream(request)
    events = iter(response)
    for _turn in range(read):
        next(events)
    assert hub.stream_count == 1

    response.close()

    assert hub.stream_count == 0


@pytest.fixture
def listening(monkeypatch) -> Iterator[Hub]:
    """A hub whose thread listens to the test database; it has ended when the test has."""
    is_stopping = threading.Event()
    monkeypatch.setattr(hub_module.worker_process, "is_stopping", is_stopping.is_set)
    monkeypatch.setattr(hub_module, "TURN_SECONDS", 0.2)
    monkeypatch.setattr(hub_module, "FIRST_LOOK_SECONDS", 60)
    hub = Hub()
    hub.stop = is_stopping.set
    yield hub
    is_stopping.set()
    for thread in threading.enumerate():
        if thread.name == "live-hub":
            thread.join()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_every_stream_hears_once_of_what_is_committed_and_ends_with_the_process(listening):
    make_inbound(content="before anybody listened")
    mine, other = (listening.subscribe(person_id=person) for person in (1, 2))

    message = make_inbound(phone="34600000001", content="Hello")
    change = Change.objects.get(conversation_id=message.conversation_id)
    heard = (change.pk, "message", message.conversation_id, message.did_number_id)
    assert [mine.changes.get(timeout=60), other.changes.get(timeout=60)] == [heard, heard]

    listening.stop()
    assert [mine.changes.get(timeout=60), other.changes.get(timeout=60)] == [None, None]
    assert not mine.has_gap


@pytest.mark.django_db(transaction=True)
def test_a_hub_that_was_interrupted_hands_out_what_it_missed(listening, monkeypatch):
    stream = listening.subscribe(person_id=1)
    really, failures = hub_module.Hub._look, [OperationalError("away")]

    def look(hub: Hub, **how: bool) -> None:
        if failures:
            raise failures.pop()
        really(hub, **how)

    monkeypatch.setattr(hub_module, "SAFETY_LOOK_SECONDS", 0)
    monkeypatch.setattr(Hub, "_look", look)
    until(lambda: not failures, what="the hub has looked, and failed")
    message = make_inbound(content="Hello")

    assert stream.changes.get(timeout=60)[2] == message.conversation_id
