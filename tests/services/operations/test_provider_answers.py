"""What NXCloud answered lately is counted by code, with how long it took."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import StatusChange
from messaging.services.operations.provider_answers import AnswersOfCode, provider_answers
from tests.factories import NOW, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def attempt(status, code=None, *, ms=None, at=NOW):
    marks = {} if ms is None else {"answered": ms}
    StatusChange.objects.create(
        message=make_outbound(), status=status, code=code, at=at, trace={"ms": marks}
    )


def test_answers_are_counted_by_code_with_their_times():
    attempt("sent", ms=9, at=NOW - timedelta(hours=2))
    for ms in (100, 200, 4000):
        attempt("sent", ms=ms)
    attempt("failed", "9006", ms=50)
    attempt("queued", "unreachable")
    attempt("failed", "77777", ms=10)

    found = provider_answers(at=NOW)

    assert found == [
        AnswersOfCode("0", 3, [0.1, 0.2, 4.0]),
        AnswersOfCode("9006", 1, [0.05]),
        AnswersOfCode("other", 1, [0.01]),
        AnswersOfCode("unreachable", 1, []),
    ]
    assert [(one.median_ms, one.p95_ms) for one in found] == [
        (200, 4000),
        (50, 50),
        (10, 10),
        (None, None),
    ]


def test_what_is_no_attempt_is_not_counted():
    make_outbound(status="sent")

    assert provider_answers(at=NOW) == []


def test_system_health_shows_them_in_words(client):
    client.force_login(make_user("boss", is_staff=True))
    now = "Nothing was sent in the last hour."
    assert now in client.get("/admin/system-health/").content.decode()
    attempt("failed", "9006", ms=50, at=timezone.now())

    page = client.get("/admin/system-health/").content.decode()

    assert "The recipient’s number is not a phone number." in page
    assert "50&nbsp;ms" in page
