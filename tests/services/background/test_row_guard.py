"""A row that fails holds up no other row of its loop."""

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError

from messaging.models import Conversation, Message
from messaging.services.background import row_guard
from messaging.services.background.row_guard import RowGuard, is_about_the_row
from messaging.services.conversations import lifecycle
from messaging.services.outbox import eligibility, schedule
from messaging.services.reading import watermarks
from messaging.services.sending import claims as claiming
from messaging.services.sending.fast_path.entry import seconds_to_next_slot
from tests.factories import NOW, make_conversation, make_did, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class FromDriver(Exception):
    """What a driver raised."""

    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


def caused(error, *, sqlstate):
    error.__cause__ = FromDriver(sqlstate)
    return error


@pytest.mark.parametrize(
    ("error", "is_its_own"),
    [
        pytest.param(ZeroDivisionError(), True, id="a mistake of ours"),
        pytest.param(IntegrityError(), True, id="a constraint"),
        pytest.param(DataError(), True, id="a value that does not fit"),
        pytest.param(InterfaceError(), False, id="a connection that is closed"),
        pytest.param(OperationalError("database is locked"), False, id="a lock of SQLite"),
        pytest.param(caused(OperationalError(), sqlstate="54000"), True, id="a text too long"),
        pytest.param(caused(OperationalError(), sqlstate="57P01"), False, id="a server that stops"),
        pytest.param(caused(OperationalError(), sqlstate="40P01"), False, id="a deadlock"),
        pytest.param(caused(OperationalError(), sqlstate="53100"), False, id="a full disk"),
        pytest.param(caused(ProgrammingError(), sqlstate="42P01"), False, id="not migrated yet"),
        pytest.param(caused(ProgrammingError(), sqlstate="22P02"), True, id="a value unreadable"),
    ],
)
def test_what_concerns_a_row_is_told_from_what_concerns_the_database(error, is_its_own):
    assert is_about_the_row(error) is is_its_own


def test_a_row_that_fails_is_undone_and_set_aside_for_longer_and_longer(monkeypatch, caplog):
    now = 0.0
    monkeypatch.setattr(row_guard.time, "monotonic", lambda: now)
    guard = RowGuard("testing row")
    conversation = make_conversation(name="Ana")
    rests = []
    for _turn in range(8):
        with guard.row(7):
            Conversation.objects.filter(pk=conversation.pk).update(last_preview="half done")
            raise ZeroDivisionError
        assert guard.resting() == [7]
        began = now
        while guard.resting():
            now += 60
        rests.append(now - began)

    conversation.refresh_from_db()
    assert conversation.last_preview == ""
    assert rests == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert caplog.messages == ["testing row 7 failed; it is set aside"]


def test_a_row_that_works_again_is_forgotten():
    guard = RowGuard("testing row")
    with guard.row(7):
        raise ZeroDivisionError
    with guard.row(7):
        pass

    assert guard.resting() == []


def test_a_database_that_is_away_is_nobodys_own_fault():
    guard = RowGuard("testing row")

    with pytest.raises(OperationalError), guard.row(7):
        raise OperationalError("gone")

    assert guard.resting() == []


def fails_for(monkeypatch, module, name, *, poison, argument):
    """Let a function fail for one row; return its keys of the calls."""
    really = getattr(module, name)
    calls = []

    def function(**arguments):
        calls.append(arguments[argument].pk)
        if arguments[argument].pk == poison.pk:
            raise ZeroDivisionError
        return really(**arguments)

    monkeypatch.setattr(module, name, function)
    return calls


@pytest.fixture(autouse=True)
def nothing_is_set_aside(monkeypatch):
    for module, name in (
        (schedule, "_guard"),
        (eligibility, "_guard"),
        (claiming, "_guard"),
        (claiming, "_lost_guard"),
        (lifecycle, "_wake_guard"),
        (watermarks, "_target_guard"),
    ):
        monkeypatch.setattr(module, name, RowGuard("testing row"))


def two_messages(**changes):
    return [
        make_outbound(make_conversation(phone=phone), **changes)
        for phone in ("34600000001", "34600000002")
    ]


def statuses():
    return list(Message.objects.order_by("id").values_list("status", flat=True))


def test_a_message_that_cannot_be_released_holds_up_no_other(monkeypatch):
    poison, _other = two_messages(status="scheduled", send_at=NOW, not_before=NOW)
    calls = fails_for(monkeypatch, schedule, "release", poison=poison, argument="message")

    assert schedule.release_due_messages(at=NOW) == 1
    assert schedule.release_due_messages(at=NOW) == 0

    assert (statuses(), calls.count(poison.pk)) == (["scheduled", "queued"], 1)


def test_a_message_that_cannot_be_blocked_holds_up_no_other(monkeypatch):
    poison, _other = two_messages()
    calls = fails_for(
        monkeypatch, eligibility, "reason_not_to_send", poison=poison, argument="message"
    )

    later = NOW + timedelta(days=2)
    assert eligibility.block_expired_messages(at=later) == 1
    assert eligibility.block_expired_messages(at=later) == 0

    assert (statuses(), calls.count(poison.pk)) == (["queued", "blocked"], 1)


def test_a_message_that_cannot_be_claimed_holds_up_no_other_of_its_number(monkeypatch):
    poison, other = two_messages()
    fails_for(monkeypatch, claiming, "reason_not_to_send", poison=poison, argument="message")

    (claim,) = claiming.claim_due_messages(worker="w1", limit=8, at=NOW)
    later = NOW + timedelta(seconds=1)

    assert claim.message_id == other.pk
    assert claiming.claim_due_messages(worker="w1", limit=8, at=later) == []
    assert seconds_to_next_slot(at=NOW) is None
    assert statuses() == ["queued", "sending"]


def test_a_claim_that_cannot_be_recovered_holds_up_no_other(monkeypatch):
    poison, _other = two_messages(status="sending")
    fails_for(monkeypatch, claiming, "match_orphans_to", poison=poison, argument="message")

    later = NOW + timedelta(hours=1)
    assert claiming.recover_lost_claims(at=later) == 1
    assert claiming.recover_lost_claims(at=later) == 0

    assert statuses() == ["sending", "unconfirmed"]


def test_a_conversation_that_cannot_be_woken_holds_up_no_other(monkeypatch):
    poison, other = (make_conversation(phone=phone) for phone in ("34600000001", "34600000002"))
    until = NOW + timedelta(hours=1)
    for conversation in (poison, other):
        lifecycle.snooze(conversation=conversation, until=until, by=make_user(), at=NOW)
    fails_for(monkeypatch, lifecycle, "note_event", poison=poison, argument="conversation")

    assert lifecycle.wake_snoozed(at=until) == 1
    assert lifecycle.wake_snoozed(at=until) == 0

    poison.refresh_from_db()
    other.refresh_from_db()
    assert (poison.status, other.status) == ("snoozed", "open")


def test_a_number_whose_read_watermarks_cannot_be_targeted_holds_up_no_other(monkeypatch):
    poison, other = make_did("8615000000001"), make_did("8615000000002")
    aimed = []

    def set_target(number, *, at):
        if number == poison:
            raise ZeroDivisionError
        aimed.append(number)

    monkeypatch.setattr(watermarks, "_set_target", set_target)

    watermarks.move_watermarks(at=NOW)
    watermarks.move_watermarks(at=NOW)

    assert (aimed, watermarks._target_guard.resting()) == ([other, other], [poison.pk])
