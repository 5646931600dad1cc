"""A reply that its writer takes back in the undo window leaves nothing in thread, list or queue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import Conversation, ConversationEvent, Message
from messaging.services.conversations.lifecycle import assign, close, snooze
from messaging.services.errors import WrongState
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.reply import send_and_close, send_reply
from messaging.services.outbox.resend import resend_message
from messaging.services.outbox.schedule import send_now
from messaging.services.outbox.undo_window import undo_send
from messaging.services.search.indexing import index_waiting
from messaging.services.search.search import search
from messaging.services.threads.page import read_thread
from tests.factories import NOW, make_conversation, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LATER = NOW + timedelta(minutes=5)
SUMMARY = (
    "status",
    "snoozed_until",
    "assignee_id",
    "needs_reply_since",
    "last_message_id",
    "last_direction",
    "last_preview",
    "last_activity_at",
)


@pytest.fixture
def ana():
    return make_user("ana", is_staff=True)


@pytest.fixture
def conversation():
    return make_inbound(content="Are you open?").conversation


def summary(conversation):
    row = Conversation.objects.get(pk=conversation.pk)
    return {name: getattr(row, name) for name in SUMMARY}


def kinds(conversation):
    return list(
        ConversationEvent.objects.filter(conversation=conversation).values_list("kind", flat=True)
    )


def held(conversation, user, text="We are", *, send=send_reply):
    new = NewMessage(content=text, is_held=True)
    return send(new, conversation=conversation, user=user, at=LATER)


def test_taken_back_reply_leaves_neither_bubble_nor_assignment_nor_line(ana, conversation):
    before, lines = summary(conversation), kinds(conversation)
    sent = held(conversation, ana)
    assert summary(conversation)["assignee_id"] == ana.pk

    undo_send(message=sent.message, user=ana, at=LATER)

    page = read_thread(conversation=conversation, at=LATER)
    assert [message.content for message in page.messages] == ["Are you open?"]
    assert (summary(conversation), kinds(conversation)) == (before, lines)
    assert Message.objects.get(pk=sent.message.pk).status == "canceled"


def test_conversation_that_was_assigned_before_stays_assigned(ana, conversation):
    assign(conversation=conversation, to=ana, by=ana, at=NOW)
    sent = held(conversation, ana)

    undo_send(message=sent.message, user=ana, at=LATER)

    assert summary(conversation)["assignee_id"] == ana.pk


def test_conversation_that_a_colleague_took_meanwhile_stays_theirs(ana, conversation):
    tom = make_user("tom", is_staff=True)
    sent = held(conversation, ana)
    assign(conversation=conversation, to=tom, by=tom, at=LATER)

    undo_send(message=sent.message, user=ana, at=LATER)

    assert summary(conversation)["assignee_id"] == tom.pk


@pytest.mark.parametrize("how", ["closed", "snoozed"])
def test_conversation_that_the_reply_opened_is_put_away_again(ana, conversation, how):
    if how == "closed":
        close(conversation=conversation, by=ana, at=NOW)
    else:
        snooze(conversation=conversation, until=NOW + timedelta(days=1), by=ana, at=NOW)
    before, lines = summary(conversation), kinds(conversation)
    sent = held(conversation, ana)
    assert summary(conversation)["status"] == "open"

    undo_send(message=sent.message, user=ana, at=LATER)

    assert (summary(conversation), kinds(conversation)) == (before, lines)


def test_conversation_in_which_the_contact_wrote_meanwhile_stays_open(ana, conversation):
    close(conversation=conversation, by=ana, at=NOW)
    sent = held(conversation, ana)
    make_inbound(conversation.did_number, content="Hello?", at=LATER)

    undo_send(message=sent.message, user=ana, at=LATER)

    row = summary(conversation)
    assert (row["status"], row["last_preview"]) == ("open", "Hello?")
    assert row["needs_reply_since"] is not None


def test_send_and_close_is_taken_back_as_one(ana, conversation):
    before, lines = summary(conversation), kinds(conversation)
    sent = held(conversation, ana, send=send_and_close)

    undo_send(message=sent.message, user=ana, at=LATER, token=sent.undo)

    assert (summary(conversation), kinds(conversation)) == (before, lines)


def test_reply_is_taken_back_though_a_colleague_changed_the_conversation(ana, conversation):
    tom = make_user("tom", is_staff=True)
    sent = held(conversation, ana, send=send_and_close)
    assign(conversation=conversation, to=tom, by=tom, at=LATER)

    undo_send(message=sent.message, user=ana, at=LATER, token=sent.undo)

    assert Message.objects.get(pk=sent.message.pk).status == "canceled"
    assert (summary(conversation)["status"], summary(conversation)["assignee_id"]) == (
        "closed",
        tom.pk,
    )


def test_first_message_taken_back_leaves_an_empty_conversation(ana):
    conversation = make_conversation()
    sent = held(conversation, ana)

    undo_send(message=sent.message, user=ana, at=LATER)

    row = summary(conversation)
    assert (row["last_message_id"], row["last_preview"], row["assignee_id"]) == (None, "", None)


def test_message_that_was_resent_can_be_resent_again_when_that_is_taken_back(ana, conversation):
    failed = make_outbound(conversation, "See you", user=ana, status="failed")
    again, _is_new = resend_message(message=failed, user=ana, at=LATER, is_held=True)

    undo_send(message=again, user=ana, at=LATER)

    failed.refresh_from_db()
    assert (failed.attention_cleared_at, list(failed.resends.all())) == (None, [])
    _message, is_new = resend_message(message=failed, user=ana, at=LATER)
    assert is_new


def test_taken_back_text_is_not_found(ana, conversation):
    sent = held(conversation, ana, "A xylophone")
    index_waiting()

    undo_send(message=sent.message, user=ana, at=LATER)
    index_waiting()

    found = search(
        text="xylophone", conversations=Conversation.objects.all(), user=ana, page_size=10
    )
    assert found.hits == []


def test_it_is_too_late_when_the_message_has_left(ana, conversation):
    sent = held(conversation, ana)
    send_now(message=sent.message, at=LATER)
    Message.objects.filter(pk=sent.message.pk).update(status="sending", attempt_started_at=LATER)
    sent.message.refresh_from_db()

    with pytest.raises(WrongState):
        undo_send(message=sent.message, user=ana, at=LATER)

    assert summary(conversation)["assignee_id"] == ana.pk


def test_message_canceled_while_it_was_queued_keeps_its_bubble(ana, conversation):
    make_outbound(conversation, "Perhaps", user=ana, status="canceled")

    page = read_thread(conversation=conversation, at=LATER)

    assert [message.content for message in page.messages] == ["Are you open?", "Perhaps"]


def test_list_shows_the_message_before(ana, conversation):
    sent = held(conversation, ana)

    undo_send(message=sent.message, user=ana, at=LATER)

    rows = list_page(query=ListQuery(view="open"), user=ana, at=LATER).rows
    assert [(row.preview, row.is_outbound) for row in rows] == [("Are you open?", False)]
