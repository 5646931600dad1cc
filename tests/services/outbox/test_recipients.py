"""Whom a number may write to, and who is refused."""

from datetime import timedelta

import pytest

from messaging.models import Contact, DidNumber
from messaging.services.errors import (
    BudgetUsedUp,
    InvalidInput,
    InvalidNumber,
    NumberInactive,
)
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.recipients import start_conversation
from tests.factories import (
    NOW,
    make_conversation,
    make_did,
    make_inbound,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def queue(conversation=None, content="Hello", *, user=None, at=NOW, **how):
    return queue_message(
        NewMessage(content=content, **how),
        conversation=conversation or make_conversation(),
        user=user,
        at=at,
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


def test_a_number_whose_budget_stops_it_sends_again_when_the_month_is_over():
    conversation = make_conversation()
    DidNumber.objects.update(stopped_until=NOW + timedelta(seconds=1))

    with pytest.raises(BudgetUsedUp) as error:
        queue(conversation)

    assert (error.value.code, error.value.field) == ("budget_used_up", "sender")
    DidNumber.objects.update(stopped_until=NOW)
    assert queue(conversation)


def test_a_sender_in_letters_cannot_be_answered():
    conversation = make_inbound(phone="NXBANK").conversation

    with pytest.raises(InvalidInput) as error:
        queue(conversation)

    assert error.value.code == "invalid_number"


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ("0034612345678", "It may be meant as +34 612 34 56 78 (Spain)."),
        ("5215512345678", "It may be meant as +52 55 1234 5678 (Mexico)."),
        ("07911123456", "it isn’t a complete phone number."),
        ("10086", "it’s a short code, not a phone number."),
    ],
)
def test_a_sender_whose_number_came_in_another_form_is_not_answered_at_a_wrong_one(sender, words):
    conversation = make_inbound(phone=sender).conversation

    with pytest.raises(InvalidInput) as error:
        queue(conversation)

    assert error.value.user_message.endswith(words)
    assert (error.value.field, error.value.code) == ("phone", "invalid_number")


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("150 8888 7777", "ambiguous_number"),
        ("2025550123", "doubtful_number"),
        ("15550123", "invalid_number"),
        ("+49 30 123456 #78", "invalid_number"),
    ],
)
def test_nobody_is_written_to_on_a_guess(phone, code):
    with pytest.raises(InvalidNumber) as error:
        start_conversation(did_number=make_did(), phone=phone, at=NOW)

    assert (error.value.field, error.value.code) == ("phone", code)
    assert not Contact.objects.exists()
