"""A check text goes once a turn, comes back, and tells nobody but those who watch the line."""

from datetime import timedelta

import pytest

from messaging.models import Conversation, Message
from messaging.services.operations.alarms import what_is_wrong
from messaging.services.operations.round_trip import (
    LATE_AFTER,
    check_numbers,
    last_round_trip,
    send_check_text,
)
from messaging.services.receiving.record import record_push
from messaging.statuses import Status
from tests.factories import NOW, inbound_envelope, make_did

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MADRID, LONDON = "34612345678", "447700900123"
TURN = timedelta(hours=6)


@pytest.fixture(autouse=True)
def numbers(settings):
    """Two numbers that text each other every six hours."""
    settings.ROUND_TRIP_FROM, settings.ROUND_TRIP_TO = "+34 612 345 678", f"+{LONDON}"
    settings.ROUND_TRIP_HOURS = 6
    return make_did(MADRID, label="Madrid"), make_did(LONDON, label="London")


def come_back(message, *, after, content=None):
    at = message.created_at + after
    content = message.content if content is None else content
    record_push(envelope=inbound_envelope(did=LONDON, phone=MADRID, content=content, at=at))
    return at


def test_a_text_is_sent_once_in_each_turn():
    first = send_check_text(at=NOW)
    again = [send_check_text(at=NOW + timedelta(minutes=minutes)) for minutes in (0, 1, 5)]
    later = send_check_text(at=NOW + TURN)

    assert again == [None, None, None]
    assert (first.did_number.number, first.conversation.contact.phone_key) == (MADRID, LONDON)
    assert first.status == Status.QUEUED
    assert first.is_automatic
    assert first.sent_by is None
    assert later.content != first.content


def test_it_comes_back_and_asks_nobody_for_attention(numbers):
    message = send_check_text(at=NOW)
    arrived_at = come_back(message, after=timedelta(seconds=4))

    trip = last_round_trip(at=NOW + timedelta(minutes=1))
    assert (trip.arrived_at, trip.seconds) == (arrived_at, 4.0)
    rows = Conversation.objects.all()
    assert {(row.did_number.number, row.status, row.needs_reply_since) for row in rows} == {
        (MADRID, "closed", None),
        (LONDON, "closed", None),
    }
    assert all(row.is_blocked for row in rows)
    assert Message.objects.inbound().get().did_number == numbers[1]


def test_a_carrier_may_add_to_the_text():
    message = send_check_text(at=NOW)
    come_back(message, after=timedelta(seconds=4), content=f"[Free] {message.content}\n")

    assert last_round_trip(at=NOW + timedelta(minutes=1)).seconds == 4.0


def test_one_that_is_under_way_is_not_missing_and_the_one_before_counts():
    send_check_text(at=NOW)
    assert last_round_trip(at=NOW + timedelta(minutes=1)) is None

    at = NOW + LATE_AFTER + timedelta(seconds=1)
    assert last_round_trip(at=at).arrived_at is None
    send_check_text(at=NOW + TURN)
    trip = last_round_trip(at=NOW + TURN + timedelta(minutes=1))
    assert (trip.sent.created_at, trip.arrived_at) == (NOW, None)


def test_what_is_missing_raises_an_alarm_at_the_number_until_one_comes_back(numbers):
    message = send_check_text(at=NOW)
    at = NOW + LATE_AFTER + timedelta(seconds=1)
    key = ("round_trip", numbers[1].pk)

    assert what_is_wrong(at=at)[key] == {"from": "Madrid", "status": "queued"}
    come_back(message, after=timedelta(minutes=20))
    assert key not in what_is_wrong(at=NOW + timedelta(minutes=21))


def test_the_text_of_another_turn_is_not_taken_for_this_one():
    old = send_check_text(at=NOW)
    send_check_text(at=NOW + TURN)
    record_push(
        envelope=inbound_envelope(
            did=LONDON, phone=MADRID, content=old.content, at=NOW + TURN + timedelta(seconds=5)
        )
    )

    assert last_round_trip(at=NOW + TURN + timedelta(hours=1)).arrived_at is None


@pytest.mark.parametrize(
    ("sender", "target"),
    [("", ""), (MADRID, ""), ("", LONDON), (MADRID, MADRID), (MADRID, "491701234567"), ("x", "y")],
)
def test_without_two_numbers_of_ours_nothing_is_sent(settings, sender, target):
    settings.ROUND_TRIP_FROM, settings.ROUND_TRIP_TO = sender, target

    assert check_numbers() is None
    assert send_check_text(at=NOW) is None
    assert last_round_trip(at=NOW) is None
    assert not Message.objects.exists()


def test_a_number_that_is_switched_off_takes_no_part(numbers):
    numbers[1].is_active = False
    numbers[1].save()

    assert send_check_text(at=NOW) is None
