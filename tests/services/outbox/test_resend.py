"""What was not delivered is sent again once, as a new linked message."""

from datetime import timedelta

import pytest

from messaging.services.errors import ThreadMovedOn, WrongState
from messaging.services.outbox.resend import resend_message
from tests.factories import NOW, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize("status", ["failed", "undelivered", "blocked", "canceled"])
def test_a_message_that_was_not_delivered_is_sent_again_as_a_new_linked_one(status):
    message = make_outbound(status=status, error_code="other")

    new, is_new = resend_message(message=message, user=make_user(), at=NOW)

    message.refresh_from_db()
    assert (is_new, new.resend_of, new.content, new.status) == (True, message, "Hello", "queued")
    assert (message.status, message.attention_cleared_at) == (status, NOW)


def test_pressed_twice_it_is_sent_again_once():
    message = make_outbound(status="failed")
    clerk = make_user()

    first, _new = resend_message(message=message, user=clerk, at=NOW)
    second, is_new = resend_message(message=message, user=make_user(), at=NOW)

    assert (second, is_new) == (first, False)


def test_sent_again_it_can_be_held_and_goes_on_top_of_what_was_seen():
    message = make_outbound(status="failed")
    clerk = make_user()
    newer = make_inbound()

    with pytest.raises(ThreadMovedOn):
        resend_message(message=message, user=clerk, at=NOW, last_seen_id=message.pk)
    new, _is_new = resend_message(
        message=message, user=clerk, at=NOW, is_held=True, last_seen_id=newer.pk
    )

    assert (new.status, new.resend_of) == ("held", message)


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "delivered", "scheduled"])
def test_what_may_still_arrive_is_not_sent_again(status):
    message = make_outbound(status=status)

    with pytest.raises(WrongState):
        resend_message(message=message, user=make_user(), at=NOW)


def test_an_unconfirmed_message_waits_for_its_receipt_before_it_may_be_sent_again(settings):
    settings.NO_RECEIPT_AFTER = 3600
    message = make_outbound(status="unconfirmed")
    clerk = make_user()

    with pytest.raises(WrongState):
        resend_message(message=message, user=clerk, at=NOW + timedelta(seconds=3599))
    _new, is_new = resend_message(message=message, user=clerk, at=NOW + timedelta(seconds=3600))

    assert is_new


def test_an_unconfirmed_message_is_sent_again_at_once_by_who_accepts_a_duplicate(settings):
    settings.NO_RECEIPT_AFTER = 3600
    message = make_outbound(status="unconfirmed")

    new, is_new = resend_message(message=message, user=make_user(), at=NOW, accepts_duplicate=True)

    message.refresh_from_db()
    assert (is_new, new.resend_of, new.status) == (True, message, "queued")
    assert message.status == "unconfirmed"
