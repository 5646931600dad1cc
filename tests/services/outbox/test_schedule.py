"""A message that waits for its time: what can be changed, and when it goes into the queue."""

from datetime import timedelta

import pytest

from messaging.models import DidNumber, Message
from messaging.services.content.variables import as_written
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.schedule import release_due_messages, reschedule, send_now
from tests.factories import (
    NOW,
    make_conversation,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_repeat_of_a_program_finds_its_message_though_a_colleague_changed_it():
    program, ana = make_user("program"), make_user("ana")
    conversation = make_conversation()
    sent = NewMessage(
        content="Your table is ready", client_id="order-17", send_at=NOW + timedelta(hours=1)
    )
    message, _new = queue_message(sent, conversation=conversation, user=program, at=NOW)
    reschedule(
        message=message,
        content="Your table will be ready at nine",
        send_at=NOW + timedelta(hours=2),
        cancel_if_they_write=False,
        user=ana,
        at=NOW,
    )

    again, is_new = queue_message(sent, conversation=conversation, user=program, at=NOW)

    assert (again.pk, is_new) == (message.pk, False)


def test_scheduled_message_is_changed_and_counted_again():
    ana, conversation = make_user(), make_conversation()
    message, _new = queue_message(
        NewMessage(content="short", send_at=NOW + timedelta(hours=1)),
        conversation=conversation,
        user=ana,
        at=NOW,
    )

    changed = reschedule(
        message=message,
        content="é" + "a" * 160,
        send_at=NOW + timedelta(hours=2),
        cancel_if_they_write=True,
        user=ana,
        at=NOW,
    )

    assert (changed.segments, changed.encoding) == (2, "GSM-7")
    assert changed.send_at == changed.not_before == NOW + timedelta(hours=2)
    assert changed.cancel_if_they_write


def change_text(message, content, *, user):
    return reschedule(
        message=message,
        content=content,
        send_at=NOW + timedelta(hours=2),
        cancel_if_they_write=False,
        user=user,
        at=NOW,
    )


def test_changed_text_is_filled_as_a_reply_is():
    ana = make_user(is_staff=True)
    message, _new = queue_message(
        NewMessage(content="Hi", send_at=NOW + timedelta(hours=1)),
        conversation=make_conversation(name="Elena Martínez"),
        user=ana,
        at=NOW,
    )

    changed = change_text(message, "Hi {contact_first_name}", user=ana)

    assert changed.content == "Hi Elena"
    DidNumber.objects.update(label="")
    changed.refresh_from_db()
    with pytest.raises(InvalidInput, match="number_label"):
        change_text(changed, "Hi {number_label}", user=ana)


def test_braces_that_came_by_the_api_do_not_bar_another_time():
    message, _new = queue_message(
        NewMessage(content="Hi {contact_name}", send_at=NOW + timedelta(hours=1)),
        conversation=make_conversation(),
        user=None,
        at=NOW,
    )

    changed = change_text(message, "Hi {contact_name}", user=make_user())
    again = change_text(changed, as_written(changed.content), user=make_user())

    assert (changed.content, again.content) == ("Hi {contact_name}", "Hi {contact_name}")


def test_message_that_went_out_is_not_changed():
    message = make_outbound()

    with pytest.raises(WrongState):
        reschedule(
            message=message,
            content="too late",
            send_at=NOW + timedelta(hours=2),
            cancel_if_they_write=False,
            user=make_user(),
            at=NOW,
        )

    message.refresh_from_db()
    assert message.content == "Hello"


def test_a_scheduled_answer_settles_only_when_its_time_comes():
    conversation = make_inbound().conversation
    message, _new = queue_message(
        NewMessage(content="Hello", send_at=NOW + timedelta(hours=1)),
        conversation=conversation,
        user=None,
        at=NOW,
    )
    conversation.refresh_from_db()
    assert (message.status, conversation.needs_reply_since) == ("scheduled", NOW)

    send_now(message=message, at=NOW + timedelta(minutes=1))

    conversation.refresh_from_db()
    message.refresh_from_db()
    assert (message.status, conversation.needs_reply_since) == ("queued", None)


def test_scheduled_and_held_messages_are_queued_when_their_time_comes():
    scheduled = make_outbound(status="scheduled", not_before=NOW + timedelta(minutes=1))
    held = make_outbound(status="held", not_before=NOW + timedelta(seconds=5))

    at_once = release_due_messages(at=NOW)
    after = release_due_messages(at=NOW + timedelta(seconds=6))

    held.refresh_from_db()
    scheduled.refresh_from_db()
    assert (at_once, after, held.status, scheduled.status) == (0, 1, "queued", "scheduled")


def test_messages_whose_times_have_passed_together_go_in_the_order_of_their_times():
    conversation, ana = make_conversation(), make_user()
    for minutes, text in ((20, "later"), (10, "earlier")):
        queue_message(
            NewMessage(content=text, send_at=NOW + timedelta(minutes=minutes)),
            conversation=conversation,
            user=ana,
            at=NOW,
        )

    assert release_due_messages(at=NOW + timedelta(hours=1)) == 2

    queue = Message.objects.queued().order_by("queued_at", "id")
    assert [message.content for message in queue] == ["earlier", "later"]
