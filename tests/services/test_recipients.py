"""Whom a number may write to, and who is refused."""

import pytest

from messaging.models import Contact, DidNumber
from messaging.services.composing import queue_message
from messaging.services.errors import (
    InvalidInput,
    NumberInactive,
)
from messaging.services.recipients import start_conversation
from tests.factories import (
    NOW,
    make_conversation,
    make_did,
    make_inbound,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def queue(conversation=None, content="Hello", user=None, **arguments):
    return queue_message(
        conversation=conversation or make_conversation(),
        content=content,
        user=user,
        **{"at": NOW} | arguments,
    )


@pytest.mark.parametrize(
    "phone", ["+34 612 34-56 78", "34612345678", "+34(612)345678", "0034612345678"[2:]]
)
def test_a_recipient_may_be_written_in_many_ways(phone):
    conversation = start_conversation(did_number=make_did(), phone=phone, at=NOW)

    assert conversation.contact.phone == "34612345678"


@pytest.mark.parametrize("phone", ["", "abc", "12", "NXBANK", "+34 612 34 56 78 99 99 99 99"])
def test_an_impossible_recipient_is_refused(phone):
    with pytest.raises(InvalidInput) as error:
        start_conversation(did_number=make_did(), phone=phone, at=NOW)

    assert error.value.field == "phone"
    assert Contact.objects.count() == 0


def test_an_inactive_number_does_not_send():
    conversation = make_conversation()
    DidNumber.objects.update(is_active=False)

    with pytest.raises(NumberInactive):
        queue(conversation)


def test_a_sender_in_letters_cannot_be_answered():
    conversation = make_inbound(phone="NXBANK").conversation

    with pytest.raises(InvalidInput) as error:
        queue(conversation)

    assert error.value.code == "invalid_number"


def test_a_sender_whose_number_came_in_another_form_is_not_answered_at_a_wrong_one():
    conversation = make_inbound(phone="0034612345678").conversation

    with pytest.raises(InvalidInput):
        queue(conversation)
