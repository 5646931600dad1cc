"""Each thing that the worker does beside sending has a guard of its own."""

import pytest
from django.db import OperationalError

from messaging.services.background import chore as chore_module
from messaging.services.background.chore import Chore


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


class Work:
    """Counts its turns; fails as it was told."""

    def __init__(self, *outcomes):
        self.turns = 0
        self.outcomes = list(outcomes)

    def __call__(self):
        self.turns += 1
        error = self.outcomes.pop(0) if self.outcomes else None
        if error:
            raise error


def test_it_is_done_when_it_is_due():
    clock, work = Clock(), Work()
    chore = Chore("counting", work, every_seconds=10, clock=clock)

    turns = []
    for moment in (100, 109.9, 110, 111):
        clock.seconds = moment
        chore.run_if_due()
        turns.append(work.turns)

    assert turns == [1, 1, 2, 2]


def test_one_that_fails_rests_longer_and_longer_and_is_itself_again_when_it_works():
    clock, work = Clock(), Work(*[ValueError("broken")] * 7)
    chore = Chore("counting", work, every_seconds=1, clock=clock)

    rests = []
    for _turn in range(9):
        chore.run_if_due()
        began = clock.seconds
        while not chore.is_due():
            clock.seconds += 1
        rests.append(clock.seconds - began)

    assert rests == [2, 4, 8, 16, 32, 60, 60, 1, 1]


def test_the_trace_is_logged_once_and_a_line_says_when_it_works_again(caplog):
    caplog.set_level("INFO")
    clock, work = Clock(), Work(ValueError("broken"), ValueError("broken"))
    chore = Chore("counting", work, every_seconds=0, clock=clock)

    for _turn in range(3):
        chore.run_if_due()
        clock.seconds += 100

    assert [(record.getMessage(), bool(record.exc_info)) for record in caplog.records] == [
        ("counting failed 1 times in a row; next try in 2 s: ValueError", True),
        ("counting failed 2 times in a row; next try in 4 s: ValueError", False),
        ("counting: works again after 2 failures", False),
    ]


def test_a_database_that_is_away_is_told_to_its_operator_and_counts_as_no_failure(monkeypatch):
    monkeypatch.setattr(chore_module, "database_answers", lambda: False)
    clock, work = Clock(), Work(OperationalError("gone"))
    chore = Chore("counting", work, every_seconds=1, clock=clock)

    with pytest.raises(OperationalError):
        chore.run_if_due()

    clock.seconds += 1
    assert chore.is_due()


def test_a_failure_of_a_database_that_answers_is_its_own(monkeypatch):
    monkeypatch.setattr(chore_module, "database_answers", lambda: True)
    clock, work = Clock(), Work(OperationalError("malformed"))
    chore = Chore("counting", work, every_seconds=1, clock=clock)

    chore.run_if_due()

    clock.seconds += 1
    assert not chore.is_due()
