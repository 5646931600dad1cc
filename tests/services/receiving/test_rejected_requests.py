"""Refused calls are counted by day and reason; what cannot be written waits for the next turn."""

import pytest
from django.db import OperationalError

from messaging.models import RejectedRequestCount
from messaging.services.receiving import rejected_requests

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def nothing_pending():
    rejected_requests._rejected._pending.clear()


def test_refused_calls_gather_and_are_written_with_their_reason():
    for reason in ("bad_sign", "bad_sign", "too_old"):
        rejected_requests.count_rejected_request(reason)

    assert rejected_requests.write_rejected_requests() == 3
    assert list(RejectedRequestCount.objects.order_by("reason").values_list("reason", "count")) == [
        ("bad_sign", 2),
        ("too_old", 1),
    ]


def test_a_later_turn_adds_to_the_same_day():
    for _turn in range(2):
        rejected_requests.count_rejected_request("bad_sign")
        rejected_requests.write_rejected_requests()

    assert list(RejectedRequestCount.objects.values_list("count", flat=True)) == [2]


def test_counts_wait_while_the_database_is_away(monkeypatch):
    rejected_requests.count_rejected_request("bad_sign")

    def away(*_arguments, **_named):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(RejectedRequestCount.objects, "get_or_create", away)
        assert rejected_requests.write_rejected_requests() == 0

    assert rejected_requests.write_rejected_requests() == 1
