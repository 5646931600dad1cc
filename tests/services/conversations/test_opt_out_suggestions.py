"""A text that came near an opt-out is offered to staff until somebody settles it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import Conversation, OptOut
from messaging.services.conversations import lifecycle
from messaging.services.conversations.opt_out_suggestions import (
    dismiss_suggestion,
    opt_out_as_suggested,
    suggestion_in,
)
from tests.factories import NOW, make_conversation, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_near_intent_is_offered_until_it_is_settled():
    user = make_user()
    message = make_inbound(content="please stop texting me")
    conversation = message.conversation
    assert suggestion_in(conversation=conversation) == message

    lifecycle.need_no_reply(conversation=conversation, by=user, at=NOW)
    conversation.refresh_from_db()

    assert suggestion_in(conversation=conversation) is None


def test_accepted_suggestion_is_the_proof_of_the_opt_out_and_is_settled():
    user = make_user()
    message = make_inbound(content="please stop texting me")

    opt_out = opt_out_as_suggested(
        conversation=message.conversation, message_id=message.pk, at=NOW, by=user
    )

    assert (opt_out.message, opt_out.created_by) == (message, user)
    assert suggestion_in(conversation=message.conversation) is None


def test_text_of_another_conversation_is_no_proof_and_is_left_alone():
    message = make_inbound(content="please stop texting me")
    other = make_conversation(phone="34600000009")

    opt_out = opt_out_as_suggested(
        conversation=other, message_id=message.pk, at=NOW, by=make_user()
    )
    dismiss_suggestion(conversation=other, message_id=message.pk, at=NOW)

    assert opt_out.message is None
    assert suggestion_in(conversation=message.conversation) == message


def test_accepted_suggestion_leaves_needs_reply():
    message = make_inbound(content="please stop texting me")

    opt_out_as_suggested(
        conversation=message.conversation, message_id=message.pk, at=NOW, by=make_user()
    )

    conversation = Conversation.objects.get()
    assert (conversation.needs_reply_since, conversation.settled_message_id) == (None, message.pk)


def test_what_came_after_an_accepted_suggestion_still_needs_a_reply():
    message = make_inbound(content="please stop texting me")
    make_inbound(content="And what about my order?", at=NOW + timedelta(minutes=1))

    opt_out_as_suggested(
        conversation=message.conversation, message_id=message.pk, at=NOW, by=make_user()
    )

    assert OptOut.objects.get().message == message
    assert Conversation.objects.get().needs_reply_since == NOW


def test_opt_out_that_a_person_records_leaves_needs_reply_as_a_keyword_does():
    conversation = make_inbound(content="Take me off your list, I rang you").conversation

    opt_out_as_suggested(conversation=conversation, message_id=None, at=NOW, by=make_user())

    conversation.refresh_from_db()
    assert conversation.needs_reply_since is None


def test_what_came_while_a_person_recorded_an_opt_out_still_needs_a_reply():
    seen = make_inbound(content="Take me off your list")
    make_inbound(content="But where is my order?", at=NOW + timedelta(minutes=1))

    opt_out_as_suggested(
        conversation=seen.conversation,
        message_id=None,
        at=NOW,
        by=make_user(),
        seen_up_to=seen.pk,
    )

    assert OptOut.objects.count() == 1
    assert Conversation.objects.get().needs_reply_since == NOW
