"""What a number keeps is set with a preview, and a shorter time waits for a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import AuditEntry, Message, NumberRetention
from messaging.services.contacts.legal_holds import place_hold
from messaging.services.errors import InvalidInput
from messaging.services.operations.number_retention import (
    days_from,
    preview,
    retention_of,
    set_retention,
)
from messaging.services.operations.retention_run import keep_retention
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DAY = timedelta(days=1)
OLD = NOW - 40 * DAY


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def boss():
    return make_user("boss", is_staff=True)


def keep(did, days, *, by, at=NOW, pushes=None):
    return set_retention(number=did, message_days=days, push_days=pushes, by=by, at=at)


def test_a_preview_counts_what_would_go_and_what_stays(did, boss):
    for phone in ("34612345670", "34612345670", "34612345671"):
        make_inbound(did, phone, at=OLD)
    make_inbound(did, "34612345672", content="STOP", at=OLD)
    held = make_inbound(did, "34612345673", at=OLD)
    make_outbound(held.conversation, at=OLD)
    make_inbound(did, "34612345670", at=NOW)
    place_hold(on=held.conversation.contact, reason="A lawsuit", by=boss, at=NOW)

    found = preview(number=did, message_days=30, push_days=35, at=NOW)

    assert (found.messages, found.conversations, found.held, found.pushes) == (3, 2, 2, 4)
    assert found.kept == 1
    assert found.before == NOW - 30 * DAY
    nothing = preview(number=did, message_days=None, push_days=None, at=NOW)
    assert nothing.is_empty
    assert nothing.before is None


def test_nothing_goes_for_a_day_after_a_time_was_shortened(did, boss):
    make_inbound(did, at=OLD)
    keep(did, 30, by=boss)

    assert not keep_retention(at=NOW + DAY - timedelta(seconds=1))
    assert Message.objects.count() == 1
    assert keep_retention(at=NOW + DAY)["messages"] == 1


def test_a_slip_can_be_taken_back(did, boss):
    make_inbound(did, at=OLD)
    keep(did, 365, by=boss, at=NOW - 2 * DAY)
    keep(did, 30, by=boss)
    keep(did, 365, by=boss, at=NOW + timedelta(hours=23))

    assert not keep_retention(at=NOW + 3 * DAY)
    assert Message.objects.count() == 1


def test_a_longer_time_does_not_wait(did, boss):
    keep(did, 30, by=boss, at=NOW - 2 * DAY)
    row = keep(did, 60, by=boss)

    assert row.waits_until <= NOW
    assert keep(did, 60, by=boss).waits_until == row.waits_until


def test_what_became_what_is_in_the_audit_log(did, boss):
    keep(did, 30, by=boss)
    keep(did, 30, by=boss)
    keep(did, 30, by=boss, pushes=14)

    rows = AuditEntry.objects.filter(action="retention_set").order_by("pk")
    assert [row.changes for row in rows] == [
        {"message_days": [None, 30]},
        {"push_days": [None, 14]},
    ]
    assert {(row.object_type, row.object_id) for row in rows} == {("didnumber", str(did.pk))}
    assert NumberRetention.objects.get() == retention_of(did)


@pytest.mark.parametrize(
    "text", ["0", "6", "-30", "1e3", "36501", "٣٠", "30.5", "9" * 100_000, "\0"]
)
def test_odd_days_are_refused(text):
    with pytest.raises(InvalidInput) as refused:
        days_from(text, field="message_days")
    assert refused.value.field == "message_days"


def test_days_are_read():
    assert [days_from(text, field="x") for text in ("", " ", "7", " 365 ")] == [None, None, 7, 365]
