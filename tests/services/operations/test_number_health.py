"""A number against its own usual."""

from datetime import timedelta

import pytest

from messaging.models import DidNumber, NumberHour
from messaging.services.operations.number_health import (
    NumberHealth,
    Silence,
    Usual,
    health_of_numbers,
    silences,
)
from messaging.services.operations.number_hours import WEEK, Figures
from tests.factories import NOW, make_did, make_inbound
from tests.services.operations.test_number_hours import HOUR, make_sent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def remember(did, *, weeks, hour=NOW, **figures):
    """What this hour brought in the weeks before; a list gives each week its own."""
    for back in range(1, weeks + 1):
        own = {name: v[back - 1] if isinstance(v, list) else v for name, v in figures.items()}
        NumberHour.objects.create(did_number=did, hour=hour - WEEK * back, **own)


def health(*, at=NOW):
    return health_of_numbers(numbers=DidNumber.objects.all(), at=at)


def test_a_number_is_shown_with_its_last_pushes_and_its_last_hour():
    did = make_did()
    make_inbound(did, at=NOW - timedelta(hours=5))
    make_sent(did, at=NOW - timedelta(minutes=30), receipt_after=4)
    remember(did, weeks=4, accepted=10, late=[0, 1, 1, 9], receipt_seconds=[2, 3, 4, 50])

    (one,) = health()

    assert one.number.last_inbound_at == NOW - timedelta(hours=5)
    assert one.number.last_receipt_at is None
    assert (one.now.receipt_seconds, one.now.share_late) == (4.0, 0.0)
    assert one.usual == Usual(40, 0.1, 0.05, 3.5, 1.0)


def test_fewer_than_twenty_messages_in_four_weeks_say_nothing():
    did = make_did()
    remember(did, weeks=4, accepted=4, late=0, receipt_seconds=2)

    assert health()[0].usual == Usual(16)


@pytest.mark.parametrize(
    ("accepted", "late", "usual", "is_alarm"),
    [
        (40, 8, Usual(80, 0.02, 0.01), True),
        (40, 4, Usual(80, 0.02, 0.01), False),
        (40, 20, Usual(80, 0.3, 0.1), False),
        (19, 19, Usual(80, 0.02, 0.01), False),
        (40, 40, Usual(10), False),
    ],
    ids=["many", "few", "usual for a wild number", "too little now", "too little before"],
)
def test_missing_receipts_are_measured_by_what_is_usual(accepted, late, usual, is_alarm):
    now = Figures(accepted=accepted, late=late)

    assert NumberHealth(DidNumber(), now, usual).receipts_missing is is_alarm


@pytest.mark.parametrize(
    ("seconds", "count", "usual", "is_alarm"),
    [
        (30.0, 20, Usual(80, 0, 0, 4.0, 1.0), True),
        (9.0, 20, Usual(80, 0, 0, 1.0, 0.1), False),
        (30.0, 20, Usual(80, 0, 0, 20.0, 1.0), False),
        (30.0, 20, Usual(80, 0, 0, 4.0, 9.0), False),
        (30.0, 19, Usual(80, 0, 0, 4.0, 1.0), False),
        (30.0, 20, Usual(10), False),
    ],
    ids=["slow", "still quick", "not twice", "usual for a wild number", "too few", "unknown"],
)
def test_slow_receipts_are_measured_by_what_is_usual(seconds, count, usual, is_alarm):
    now = Figures(accepted=count, seconds=[seconds] * count)

    assert NumberHealth(DidNumber(), now, usual).receipts_slow is is_alarm


def test_a_busy_number_that_is_silent_is_found_with_what_it_usually_has():
    did, calm = make_did(), make_did("34911111111")
    for number in (did, calm):
        make_inbound(number, at=NOW - timedelta(hours=3, minutes=20))
    for step in (1, 2, 3):
        remember(did, weeks=4, hour=NOW - HOUR * step, inbound=[5, 6, 4, 5])
        remember(calm, weeks=4, hour=NOW - HOUR * step, inbound=1)

    found = silences(health=health(), at=NOW)

    assert found == {did.pk: Silence(hours=3, usual=15)}


def test_what_is_inactive_or_never_had_a_text_is_not_called_silent():
    did = make_did()
    remember(did, weeks=4, hour=NOW - HOUR, inbound=50)
    assert silences(health=health(), at=NOW) == {}

    make_inbound(did, at=NOW - HOUR * 3)
    assert set(silences(health=health(), at=NOW)) == {did.pk}
    DidNumber.objects.update(is_active=False)
    assert silences(health=health(), at=NOW) == {}


def test_a_hundred_numbers_take_as_many_statements_as_one(django_assert_num_queries):
    make_did()
    with django_assert_num_queries(7) as one:
        health()
    for turn in range(5):
        make_did(f"3491111110{turn}")

    with django_assert_num_queries(len(one)):
        health()
