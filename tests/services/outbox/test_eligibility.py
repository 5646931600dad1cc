"""What must not be sent any more is seen again at the moment of sending."""

from datetime import timedelta

import pytest

from messaging.models import DidNumber, OptOut
from messaging.reasons import Reason
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.outbox.eligibility import block_expired_messages
from messaging.services.sending import circuit_breaker
from tests.factories import NOW, make_conversation, make_outbound
from tests.services.sending.scripted_client import claim

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_an_opt_out_blocks_what_already_waits():
    message = make_outbound()

    record_opt_out(conversation=message.conversation, at=NOW)

    message.refresh_from_db()
    assert (message.status, message.error) == (
        "blocked",
        "The contact opted out before it was sent.",
    )


def test_an_opt_out_blocks_what_is_scheduled_too():
    from messaging.services.outbox.new_message import NewMessage
    from messaging.services.outbox.queue import queue_message

    conversation = make_conversation()
    message, _new = queue_message(
        NewMessage(content="x", send_at=NOW + timedelta(hours=1)),
        conversation=conversation,
        user=None,
        at=NOW,
    )

    record_opt_out(conversation=conversation, at=NOW + timedelta(minutes=1))

    message.refresh_from_db()
    assert message.status == "blocked"


def test_an_opt_out_that_came_another_way_is_seen_at_the_moment_of_sending():
    message = make_outbound()
    OptOut.objects.create(contact=message.conversation.contact, created_at=NOW)

    assert claim() == []

    message.refresh_from_db()
    assert message.status == "blocked"


def test_an_inactive_number_blocks():
    message = make_outbound()
    DidNumber.objects.update(is_active=False)

    assert claim() == []

    message.refresh_from_db()
    assert (message.status, message.error) == (
        "blocked",
        "The number was deactivated before it was sent.",
    )


def test_what_could_not_be_sent_in_time_is_blocked_rather_than_sent_late(settings):
    settings.OUTBOX_MAX_AGE = 3600
    message = make_outbound()
    circuit_breaker.open_breaker(reason=Reason("1102"), message=None, at=NOW)

    blocked = block_expired_messages(at=NOW + timedelta(seconds=3601))

    message.refresh_from_db()
    assert (blocked, message.status) == (1, "blocked")
