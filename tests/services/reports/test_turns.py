"""Reports take turns, and leave the processor to others in between."""

from __future__ import annotations

import threading

import pytest

from messaging.services.reports import turns
from messaging.services.reports.turns import LONGEST_REST_SECONDS, report_turn


class Clock:
    """A clock whose time passes only where a test says so; it notes what was slept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.spent = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return self.spent

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.spent += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(turns, "time", clock)
    monkeypatch.setattr(turns, "REST", 3.0)
    monkeypatch.setattr(turns, "_free_at", 0.0)
    return clock


def test_next_report_waits_in_proportion_to_what_the_last_one_took(clock):
    with report_turn():
        clock.work(0.06)
    with report_turn():
        pass

    assert clock.slept == [0, 0.18]


def test_reader_who_takes_longer_than_the_rest_never_waits(clock):
    for _page in range(3):
        with report_turn():
            clock.work(0.06)
        clock.now += 1  # the person reads

    assert clock.slept == [0, 0, 0]


def test_rest_has_an_end(clock):
    with report_turn():
        clock.work(20)
    with report_turn():
        pass

    assert clock.slept == [0, LONGEST_REST_SECONDS]


def test_report_that_fails_ends_its_turn(clock):
    @report_turn()
    def fails() -> None:
        clock.work(0.1)
        raise LookupError

    with pytest.raises(LookupError):
        fails()
    with report_turn():
        pass

    assert clock.slept == [0, 0.3]


def test_one_report_at_a_time(clock):
    began, at_once = threading.Event(), []

    def other() -> None:
        began.set()
        with report_turn():
            at_once.append(is_first_over)

    is_first_over = False
    with report_turn():
        thread = threading.Thread(target=other)
        thread.start()
        began.wait()
        assert at_once == []
        is_first_over = True
    thread.join()

    assert at_once == [True]
