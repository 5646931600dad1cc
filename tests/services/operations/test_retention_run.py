"""The worker deletes what is too old in small steps, once a day, and says what went."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import AuditEntry, Message, NumberRetention, Push
from messaging.services.operations import old_messages, retention_run
from messaging.services.operations.number_retention import set_retention
from messaging.services.operations.retention_run import keep_retention, prune_numbers
from tests.factories import NOW, make_did, make_inbound

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DAY = timedelta(days=1)
OLD = NOW - 40 * DAY


@pytest.fixture
def did():
    return make_did()


def keep(did, days, *, pushes=None):
    set_retention(number=did, message_days=days, push_days=pushes, by=None, at=NOW - 2 * DAY)


def test_a_run_goes_through_a_number_once_a_day(did):
    keep(did, 30)
    make_inbound(did, at=OLD)
    assert keep_retention(at=NOW)["messages"] == 1
    make_inbound(did, content="From the spool", at=OLD)

    assert not keep_retention(at=NOW + timedelta(hours=23))
    assert keep_retention(at=NOW + DAY)["messages"] == 1


def test_other_numbers_keep_theirs(did):
    keep(did, 30)
    other = make_did("447700900123")
    make_inbound(other, at=OLD)

    assert not keep_retention(at=NOW)
    assert Message.objects.count() == 1


def test_steps_are_small_and_the_next_turn_goes_on(did, monkeypatch):
    monkeypatch.setattr(retention_run, "BATCH", 2)
    monkeypatch.setattr(retention_run, "WINDOW", 3)
    keep(did, 30)
    for number in range(7):
        make_inbound(did, f"3461234567{number}", at=OLD)

    turns = []
    while gone := keep_retention(at=NOW, seconds=0)["messages"]:
        turns.append(gone)
    keep_retention(at=NOW)

    assert max(turns) == 2
    assert sum(turns) == 7
    assert not Message.objects.exists()
    entry = AuditEntry.objects.get(action="retention_run")
    assert entry.changes == {
        "messages": 7,
        "pushes": 6,
        "conversations": 7,
        "message_days": 30,
        "push_days": None,
    }
    assert NumberRetention.objects.get().ran_at == NOW


def test_a_run_in_which_nothing_goes_leaves_no_row_in_the_log(did):
    keep(did, 30)
    make_inbound(did, at=NOW)

    keep_retention(at=NOW)

    assert not AuditEntry.objects.filter(action="retention_run").exists()


def test_what_fails_is_not_half_deleted_and_is_tried_again(did, monkeypatch):
    keep(did, 30)
    make_inbound(did, at=OLD)
    with monkeypatch.context() as patched:
        patched.setattr(old_messages, "rebuild", lambda _pk: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keep_retention(at=NOW)
    assert Message.objects.count() == 1

    assert keep_retention(at=NOW)["messages"] == 1


def test_raw_pushes_go_by_their_own_time_and_their_messages_stay(did):
    keep(did, None, pushes=30)
    for content in ("One", "Two"):
        make_inbound(did, content=content, at=OLD)
    make_inbound(did, content="Three", at=NOW)

    assert keep_retention(at=NOW) == {"pushes": 2}
    assert (Message.objects.count(), Push.objects.count()) == (3, 1)


def test_the_command_line_does_not_wait_for_the_next_day(did):
    keep(did, 30)
    keep_retention(at=NOW)
    make_inbound(did, at=OLD)

    assert prune_numbers(at=NOW)["messages"] == 1
