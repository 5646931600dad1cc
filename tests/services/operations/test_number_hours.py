"""What an hour brought to a number."""

from datetime import timedelta

import pytest

from messaging.models import NumberHour, StatusChange
from messaging.services.operations import number_hours
from messaging.services.operations.number_hours import figures_between, measure_hours
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_outbound

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HOUR = timedelta(hours=1)


def make_sent(did, *, at, receipt_after=None):
    """A message that NXCloud accepted, with a receipt so many seconds later."""
    message = make_outbound(make_conversation(did), at=at, status="sent", sent_at=at)
    StatusChange.objects.create(message=message, status="sent", at=at)
    if receipt_after is not None:
        StatusChange.objects.create(
            message=message, status="delivered", at=at + timedelta(seconds=receipt_after)
        )
    return message


def test_the_figures_are_those_of_each_number_within_the_span():
    one, other = make_did(), make_did("34911111111")
    make_sent(one, at=NOW - timedelta(seconds=1), receipt_after=1)  # before it
    make_sent(one, at=NOW, receipt_after=4)
    make_sent(one, at=NOW + timedelta(minutes=1), receipt_after=8)
    make_sent(one, at=NOW + timedelta(minutes=2), receipt_after=1200)
    make_sent(one, at=NOW + timedelta(minutes=3))
    make_inbound(other, at=NOW + timedelta(minutes=4))
    make_sent(one, at=NOW + HOUR, receipt_after=2)  # behind it

    found = figures_between(begin=NOW, end=NOW + HOUR, at=NOW + 2 * HOUR)

    assert set(found) == {one.pk, other.pk}
    assert (found[one.pk].accepted, found[one.pk].late) == (4, 2)
    assert (found[one.pk].receipt_seconds, found[one.pk].share_late) == (8.0, 0.5)
    assert (found[other.pk].inbound, found[other.pk].share_late) == (1, None)


def test_a_message_whose_receipt_still_has_time_is_not_counted_yet():
    did = make_did()
    make_sent(did, at=NOW)
    make_sent(did, at=NOW, receipt_after=3)

    found = figures_between(begin=NOW, end=NOW + HOUR, at=NOW + timedelta(minutes=5))[did.pk]

    assert (found.accepted, found.late) == (1, 0)


def test_of_a_busy_hour_the_newest_messages_are_looked_at(monkeypatch):
    monkeypatch.setattr(number_hours, "MOST_MESSAGES", 2)
    did = make_did()
    for minute in range(4):
        make_sent(did, at=NOW + timedelta(minutes=minute), receipt_after=minute)

    found = figures_between(begin=NOW, end=NOW + HOUR, at=NOW + HOUR)[did.pk]

    assert found.seconds == [3.0, 2.0]


def test_hours_that_are_over_are_measured_once_the_newest_first():
    did = make_did()
    make_sent(did, at=NOW, receipt_after=3)
    make_inbound(did, at=NOW + 2 * HOUR)
    at = NOW + 3 * HOUR + timedelta(minutes=15)

    assert (measure_hours(at=at, most=2), measure_hours(at=at, most=2)) == (2, 1)
    assert measure_hours(at=at) == 0
    rows = NumberHour.objects.order_by("hour", "did_number")
    figures = rows.values_list("did_number", "hour", "inbound", "accepted", "receipt_seconds")
    assert [row for row in figures if row[0]] == [
        (did.pk, NOW, 0, 1, 3.0),
        (did.pk, NOW + 2 * HOUR, 1, 0, None),
    ]
    marks = [(row[1], row[2], row[3]) for row in figures if row[0] is None]
    assert marks == [(NOW, 0, 1), (NOW + HOUR, 0, 0), (NOW + 2 * HOUR, 1, 0)]


def test_an_hour_waits_for_the_receipts_of_its_last_message():
    make_sent(make_did(), at=NOW, receipt_after=3)

    assert measure_hours(at=NOW + HOUR + timedelta(minutes=9)) == 0
    assert measure_hours(at=NOW + HOUR + timedelta(minutes=10)) == 1


def test_before_the_first_message_there_is_nothing_to_measure():
    assert measure_hours(at=NOW) == 0


def test_hours_that_say_nothing_any_more_are_forgotten():
    make_sent(make_did(), at=NOW, receipt_after=3)
    measure_hours(at=NOW + 2 * HOUR)

    measure_hours(at=NOW + timedelta(days=40), most=0)

    assert not NumberHour.objects.exists()
