"""Refused calls are counted by day and reason; what cannot be written waits for the next turn."""

import pytest
from django.db import OperationalError

from messaging.models import RefusedPushCount
from messaging.services.receiving import rejected_calls

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def nothing_pending():
    rejected_calls._refusals._pending.clear()


def test_refused_calls_gather_and_are_written_with_their_reason():
    for reason in ("bad_sign", "bad_sign", "too_old"):
        rejected_calls.count_refusal(reason)

    assert rejected_calls.write_refusals() == 3
    assert list(RefusedPushCount.objects.order_by("reason").values_list("reason", "count")) == [
        ("bad_sign", 2),
        ("too_old", 1),
    ]


def test_a_later_turn_adds_to_the_same_day():
    for _turn in range(2):
        rejected_calls.count_refusal("bad_sign")
        rejected_calls.write_refusals()

    assert list(RefusedPushCount.objects.values_list("count", flat=True)) == [2]


def test_counts_wait_while_the_database_is_away(monkeypatch):
    rejected_calls.count_refusal("bad_sign")

    def away(*_arguments, **_named):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(RefusedPushCount.objects, "get_or_create", away)
        assert rejected_calls.write_refusals() == 0

    assert rejected_calls.write_refusals() == 1
