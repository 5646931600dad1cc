"""Sending from the composer, saved replies, changing a schedule, taking back."""

from __future__ import annotations

import pytest

from messaging.models import CannedReply, Draft, Label, Message
from messaging.services.content.variables import fill, replies_for, values_for
from messaging.services.conversations import lifecycle
from messaging.services.conversations.drafts import store_draft
from messaging.services.conversations.labels import add_label
from messaging.services.conversations.undo import state_of, undo, undo_token
from messaging.services.errors import InvalidInput, ThreadMovedOn, WrongState
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.reply import send_and_close, send_first, send_reply
from tests.factories import (
    NOW,
    PHONE,
    make_conversation,
    make_did,
    make_inbound,
    make_user,
)

pytestmark = pytest.mark.django_db


# --- Replies ---


def test_variables_are_filled_before_anything_is_counted():
    ana = make_user(first_name="Ana", is_staff=True)
    conversation = make_conversation(name="Elena Martínez")

    sent = send_reply(
        NewMessage(content="Hi {contact_first_name}, {my_name}"),
        conversation=conversation,
        user=ana,
        at=NOW,
    )

    assert sent.message.content == "Hi Elena, Ana"


def test_variable_that_cannot_be_filled_blocks_sending():
    conversation = make_conversation()

    with pytest.raises(InvalidInput) as caught:
        send_reply(
            NewMessage(content="Hi {contact_name}!"),
            conversation=conversation,
            user=make_user(),
            at=NOW,
        )

    assert caught.value.code == "unfilled_variable"
    assert "{contact_name}" in caught.value.user_message
    assert not Message.objects.exists()


def test_name_in_braces_that_is_no_variable_is_text():
    sent = send_reply(
        NewMessage(content="Only {price} today"),
        conversation=make_conversation(),
        user=make_user(),
        at=NOW,
    )

    assert sent.message.content == "Only {price} today"


def test_fallback_is_written_where_the_name_is_missing():
    sent = send_reply(
        NewMessage(content="Hi {contact_first_name|there}, {{price}"),
        conversation=make_conversation(),
        user=make_user(),
        at=NOW,
    )

    assert sent.message.content == "Hi there, {price}"


def test_braces_of_the_writers_own_are_text():
    sent = send_reply(
        NewMessage(content="{} {X} {a b} {1}"),
        conversation=make_conversation(),
        user=make_user(),
        at=NOW,
    )

    assert sent.message.content == "{} {X} {a b} {1}"


def test_reply_clears_its_draft_and_leaves_the_note():
    ana, conversation = make_user(), make_conversation()
    store_draft(conversation=conversation, user=ana, reply="Hello", note="ask")

    send_reply(NewMessage(content="Hello"), conversation=conversation, user=ana, at=NOW)

    kept = Draft.objects.get()
    assert (kept.reply, kept.note) == ("", "ask")


def test_refused_reply_leaves_the_draft():
    ana = make_user()
    message = make_inbound()
    store_draft(conversation=message.conversation, user=ana, reply="Hello")

    with pytest.raises(ThreadMovedOn):
        send_reply(
            NewMessage(content="Hello", last_seen_id=message.pk - 1),
            conversation=message.conversation,
            user=ana,
            at=NOW,
        )

    assert Draft.objects.get().reply == "Hello"


@pytest.mark.parametrize("takes", [True, False])
def test_first_answer_takes_an_unassigned_conversation_when_set_so(takes, settings):
    settings.FIRST_ANSWER_ASSIGNS = takes
    ana, conversation = make_user(), make_conversation()

    send_reply(NewMessage(content="Hello"), conversation=conversation, user=ana, at=NOW)

    conversation.refresh_from_db()
    assert conversation.assignee == (ana if takes else None)


def test_send_and_close_closes_once_and_can_be_undone():
    ana = make_user()
    conversation = make_inbound().conversation

    sent = send_and_close(NewMessage(content="Bye"), conversation=conversation, user=ana, at=NOW)
    again = send_and_close(NewMessage(content="Bye"), conversation=conversation, user=ana, at=NOW)
    conversation.refresh_from_db()
    assert conversation.status == "closed"
    assert sent.undo
    assert again.is_new


def test_send_and_close_that_comes_twice_closes_once():
    ana = make_user()
    conversation = make_inbound().conversation
    new = NewMessage(content="Bye", client_id="c-1")

    send_and_close(new, conversation=conversation, user=ana, at=NOW)
    lifecycle.reopen(conversation=conversation, by=ana, at=NOW)
    again = send_and_close(new, conversation=conversation, user=ana, at=NOW)

    conversation.refresh_from_db()
    assert (again.is_new, again.undo, conversation.status) == (False, "", "open")


# --- The first message ---


def first(new, *, user):
    return send_first(new, did_number=make_did(), phone=f"+{PHONE}", user=user, at=NOW)


def test_first_message_is_held_though_its_writer_did_not_ask_for_it():
    assert first(NewMessage(content="Hello"), user=make_user()).message.status == "held"


def test_first_message_refuses_what_its_writer_has_not_read_unless_they_say_what_they_saw():
    ana = make_user()
    seen = make_inbound(make_did(members=(ana,)))

    with pytest.raises(ThreadMovedOn):
        first(NewMessage(content="Hello"), user=ana)

    assert first(NewMessage(content="Hello", last_seen_id=seen.pk), user=ana).is_new


# --- Saved replies ---


def test_saved_replies_of_another_number_are_not_offered():
    here, there = make_did(), make_did("442079460123", label="London")
    CannedReply.objects.create(shortcut="all", content="a")
    CannedReply.objects.create(shortcut="here", content="b", did_number=here)
    CannedReply.objects.create(shortcut="there", content="c", did_number=there)

    assert [
        reply.shortcut for reply in replies_for(did_number=here, user=make_user("anybody"))
    ] == ["all", "here"]


def test_text_is_filled_once_a_value_never_brings_variables_in():
    conversation = make_conversation(name="{my_name}")
    ana = make_user(first_name="Ana", is_staff=True)
    values = values_for(conversation=conversation, user=ana)

    text = fill("Dear {contact_name}", values=values)

    assert text == "Dear {my_name}"


# --- Taking back ---


def test_undo_puts_back_everything_that_closing_changed():
    ana = make_user()
    conversation = make_inbound().conversation
    before = state_of(conversation_id=conversation.pk)
    lifecycle.close(conversation=conversation, by=ana, at=NOW)
    token = undo_token(before=before, user=ana)

    undo(conversation=conversation, token=token, user=ana, at=NOW)

    assert state_of(conversation_id=conversation.pk) == before
    assert conversation.events.filter(kind="closed").count() == 0


def test_undo_of_labels_leaves_what_others_did():
    ana = make_user()
    conversation = make_conversation()
    mine, theirs = Label.objects.create(name="mine"), Label.objects.create(name="theirs")
    before = state_of(conversation_id=conversation.pk)
    add_label(conversation=conversation, label=mine, by=ana, at=NOW)
    token = undo_token(before=before, user=ana)
    add_label(conversation=conversation, label=theirs, by=make_user(), at=NOW)

    undo(conversation=conversation, token=token, user=ana, at=NOW)

    assert list(conversation.labels.all()) == [theirs]


def test_undo_never_runs_over_a_colleague():
    ana, tom = make_user(is_staff=True), make_user(is_staff=True)
    conversation = make_conversation()
    before = state_of(conversation_id=conversation.pk)
    lifecycle.assign(conversation=conversation, to=ana, by=ana, at=NOW)
    token = undo_token(before=before, user=ana)
    lifecycle.assign(conversation=conversation, to=tom, by=tom, at=NOW)

    with pytest.raises(WrongState):
        undo(conversation=conversation, token=token, user=ana, at=NOW)

    conversation.refresh_from_db()
    assert conversation.assignee == tom


@pytest.mark.parametrize("spoil", ["", "rubbish", "other person", "other conversation"])
def test_token_is_good_for_one_person_and_one_conversation(spoil):
    ana = make_user()
    conversation = make_inbound().conversation
    before = state_of(conversation_id=conversation.pk)
    lifecycle.close(conversation=conversation, by=ana, at=NOW)
    token = undo_token(before=before, user=ana)
    who = make_user() if spoil == "other person" else ana
    where = make_conversation(phone="34600111222") if "conversation" in spoil else conversation

    with pytest.raises(WrongState):
        undo(
            conversation=where,
            token=token if spoil.startswith("other") else spoil,
            user=who,
            at=NOW,
        )
