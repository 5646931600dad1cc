"""What no worker has begun to send can be taken back."""

from datetime import timedelta

import pytest

from messaging.services.errors import (
    WrongState,
)
from messaging.services.outbox.cancel import cancel_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.factories import (
    NOW,
    make_conversation,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def queue(conversation=None, content="Hello", *, user=None, at=NOW, **how):
    return queue_message(
        NewMessage(content=content, **how),
        conversation=conversation or make_conversation(),
        user=user,
        at=at,
    )


def test_an_answer_that_is_taken_back_leaves_the_reply_due_since_the_first_question():
    make_inbound(content="one")
    conversation = make_inbound(content="two", at=NOW + timedelta(minutes=1)).conversation
    message, _new = queue(conversation, is_held=True, at=NOW + timedelta(minutes=2))

    cancel_message(message=message, user=make_user(), at=NOW + timedelta(minutes=2, seconds=3))

    conversation.refresh_from_db()
    assert conversation.needs_reply_since == NOW


def test_canceled_message_says_why_unless_its_writer_took_it_back():
    ana, tom = make_user("ana"), make_user("tom")
    own, _new = queue(user=ana, is_held=True)
    taken, _new = queue(user=ana, content="2", is_held=True)
    gave_way, _new = queue(
        user=ana, content="3", send_at=NOW + timedelta(days=1), cancel_if_they_write=True
    )

    cancel_message(message=own, user=ana, at=NOW)
    cancel_message(message=taken, user=tom, at=NOW)
    make_inbound(content="Never mind")

    messages = [own, taken, gave_way]
    for message in messages:
        message.refresh_from_db()
    assert [(message.status, message.error) for message in messages] == [
        ("canceled", ""),
        ("canceled", "Canceled by tom."),
        ("canceled", "Canceled: they replied first."),
    ]


@pytest.mark.parametrize("status", ["sending", "sent", "delivered", "unconfirmed", "failed"])
def test_what_has_begun_cannot_be_canceled(status):
    message = make_outbound(status=status)

    with pytest.raises(WrongState):
        cancel_message(message=message, user=make_user(), at=NOW)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("canceled", "This message was already canceled."),
        ("blocked", "This message was blocked and won’t be sent."),
        ("failed", "This message failed and won’t be sent."),
        ("unconfirmed", "It’s too late: this message may have been sent."),
        ("sent", "It’s too late: this message is being sent or was sent."),
    ],
)
def test_why_it_cannot_be_canceled_is_the_truth(status, words):
    message = make_outbound(status=status)

    with pytest.raises(WrongState) as refusal:
        cancel_message(message=message, user=make_user(), at=NOW)

    assert str(refusal.value) == words
