"""What is said of one message, and what may be done about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.services.threads.bubble import Bubble, bubble_of
from tests.factories import NOW, make_outbound

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def shown(message, at=NOW) -> Bubble:
    return bubble_of(message, at=at, new_from=0)


def test_no_receipt_is_said_after_its_time(settings):
    settings.NO_RECEIPT_AFTER = 3600
    message = make_outbound(status="sent", sent_at=NOW - timedelta(minutes=59))
    assert not shown(message).has_no_receipt

    assert shown(message, at=NOW + timedelta(minutes=1)).has_no_receipt


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("failed", True),
        ("undelivered", True),
        ("blocked", True),
        ("canceled", False),
        ("unconfirmed", False),
        ("sent", False),
        ("delivered", False),
        ("queued", False),
    ],
)
def test_send_again_is_offered_where_it_may_be(status, offered):
    message = make_outbound(status=status, sent_at=NOW)

    assert shown(message).may_be_sent_again is offered


@pytest.mark.parametrize(
    "facts", [{"send_at": NOW}, {"error_code": "canceled"}], ids=["scheduled", "by a colleague"]
)
def test_canceled_text_that_is_not_in_the_composer_can_be_sent_again(facts):
    assert shown(make_outbound(status="canceled", **facts)).may_be_sent_again


def test_unconfirmed_message_says_from_when_it_may_be_repeated(settings):
    settings.NO_RECEIPT_AFTER = 3600
    message = make_outbound(status="unconfirmed", attempt_started_at=NOW)

    early = shown(message, at=NOW + timedelta(minutes=5))
    late = shown(message, at=NOW + timedelta(minutes=61))

    assert early.may_be_sent_again_at == NOW + timedelta(hours=1)
    assert (late.may_be_sent_again, late.may_be_sent_again_at) == (True, None)
