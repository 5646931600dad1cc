"""A reaction is shown at the text it quotes and disturbs nobody; without one it is a text."""

from datetime import timedelta

import pytest

from messaging.models import Conversation, Message, OptOut, Reaction
from messaging.services.conversations import lifecycle
from messaging.services.conversations.opt_out_suggestions import suggestion_in
from messaging.services.conversations.reactions import FURTHEST_BACK, sign_on
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.schedule import send_now
from messaging.services.reading.read_marks import mark_read
from messaging.services.reading.unread import unread_ids
from messaging.services.team.browser_notifications import notices_since
from messaging.services.threads.page import ThreadQuery, read_thread
from tests.factories import (
    NOW,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = NOW + timedelta(minutes=1)


def sent(content="See you at 5", **fields):
    return make_outbound(**{"status": "delivered"} | fields, content=content)


def react(content="Loved “See you at 5”", **fields):
    return make_inbound(content=content, **{"at": LATER} | fields)


def rows():
    return list(Reaction.objects.values_list("message_id", "target_id", "sign", "is_removal"))


def test_a_reaction_is_bound_to_the_text_that_it_quotes():
    target = sent()
    sent("Something else")

    message = react()

    assert rows() == [(message.pk, target.pk, "❤️", False)]


def test_of_equal_texts_the_newest_is_meant():
    sent()
    newer = sent()

    react()

    assert rows()[0][1] == newer.pk


def test_their_own_text_can_be_meant():
    target = make_inbound(content="On my way")

    react("Emphasized “On my way”")

    assert rows()[0][1:3] == (target.pk, "‼️")


@pytest.mark.parametrize(
    ("content", "quoted"),
    [
        ("Your order is ready. Pick it up at 5.", "Your order is…"),
        ("Your order is ready. Pick it up at 5.", "Your order is ready..."),
        ("Your order\nis ready", "Your order is ready"),
        ("Your  order is “ready”", "Your order is “ready”"),
        ("Où êtes-vous ?", "\u200bOù êtes-vous ?\u200b"),
        ("Don't forget", "Don’t forget"),
        ("Wait…", "Wait…"),
    ],
    ids=["cut", "cut with dots", "line end", "quotes inside", "marks", "apostrophe", "our own …"],
)
def test_a_quotation_may_be_cut_off_and_written_otherwise(content, quoted):
    target = sent(content)

    react(f"Liked “{quoted}”")

    assert [row[1] for row in rows()] == [target.pk]


def test_the_whole_text_is_meant_before_one_that_only_begins_like_a_cut_one():
    whole = sent("Wait…")
    sent("Wait for us at the door")

    react("Liked “Wait…”")

    assert rows()[0][1] == whole.pk


@pytest.mark.parametrize(
    ("before", "content"),
    [
        (lambda: None, "Loved “See you at 5”"),
        (lambda: sent("See you at 6"), "Loved “See you at 5”"),
        (sent, "Loved “See…”"),
        (sent, "I loved “See you at 5”"),
        (sent, "“See you at 5”?"),
        (lambda: sent(status="failed"), "Loved “See you at 5”"),
        (lambda: sent(status="canceled"), "Loved “See you at 5”"),
        (lambda: sent(status="queued"), "Loved “See you at 5”"),
        (
            lambda: sent(conversation=make_conversation(phone="34600000009")),
            "Loved “See you at 5”",
        ),
    ],
    ids=[
        "nothing there",
        "another text",
        "too little of it",
        "more words",
        "a question",
        "refused",
        "canceled",
        "not sent yet",
        "another conversation",
    ],
)
def test_what_quotes_nothing_of_the_conversation_is_an_ordinary_text(before, content):
    before()

    message = react(content)

    assert rows() == []
    conversation = Conversation.objects.get(pk=message.conversation_id)
    assert (conversation.needs_reply_since, conversation.last_inbound_id) == (LATER, message.pk)


def test_a_text_from_far_back_is_found_to_the_letter_only():
    old = sent()
    for _each in range(FURTHEST_BACK):
        Message.objects.filter(pk=make_outbound(content="x").pk).update(status="delivered")

    react("Liked “see you  at 5”")
    react("Liked “See you at 5”")

    assert [row[1] for row in rows()] == [old.pk]


def test_a_reaction_is_the_last_activity_and_changes_nothing_else():
    sent()
    before = Conversation.objects.values().get()

    message = react()

    assert Conversation.objects.values().get() == before | {
        "last_message_id": message.pk,
        "last_activity_at": LATER,
        "last_preview": "Loved “See you at 5”",
        "last_direction": "inbound",
    }


def test_a_reaction_is_unread_for_nobody_and_notifies_nobody():
    ana = make_user("ana")
    make_did(members=(ana,))
    sent()

    react()

    assert unread_ids(ana) == []
    assert notices_since(user=ana, message_id=0, notification_id=0).notices == []
    assert listed(ana).unread == 0


def test_a_reaction_is_not_counted_beside_what_is_unread():
    ana = make_user("ana")
    make_did(members=(ana,))
    sent()
    make_inbound(content="Thanks")

    react()

    assert listed(ana).unread == 1
    assert [
        notice.text for notice in notices_since(user=ana, message_id=0, notification_id=0).notices
    ] == ["Thanks"]


def test_the_new_line_stands_at_a_text_and_never_at_a_reaction():
    ana = make_user("ana")
    seen = sent()
    mark_read(conversation=seen.conversation, user=ana, up_to_id=seen.pk)
    react()

    page = read_thread(ThreadQuery(last_read_id=seen.pk), conversation=seen.conversation, at=LATER)

    assert page.new_from == 0


def test_a_reaction_opens_nothing_again_and_cancels_nothing():
    target = sent()
    waiting, _new = queue_message(
        NewMessage(content="Later", send_at=NOW + timedelta(days=1), cancel_if_they_write=True),
        conversation=target.conversation,
        user=make_user(),
        at=NOW,
    )
    lifecycle.close(conversation=target.conversation, by=make_user(), at=NOW)

    react()

    waiting.refresh_from_db()
    assert (Conversation.objects.get().status, waiting.status) == ("closed", "scheduled")


def test_a_reaction_settles_no_reply_that_is_due():
    make_inbound(content="When?")
    make_outbound(content="At 5", status="delivered", is_automatic=True)
    Conversation.objects.update(needs_reply_since=NOW)

    react("Liked “At 5”")

    assert Conversation.objects.get().needs_reply_since == NOW


def test_a_reaction_keeps_nobody_from_sending():
    target = sent()
    react()

    _message, is_new = queue_message(
        NewMessage(content="Until then", last_seen_id=target.pk),
        conversation=target.conversation,
        user=make_user(),
        at=LATER,
    )

    assert is_new


def test_a_scheduled_answer_is_the_answer_though_they_reacted_meanwhile():
    question = make_inbound(content="When?")
    answer, _new = queue_message(
        NewMessage(content="At 5", send_at=NOW + timedelta(days=1)),
        conversation=question.conversation,
        user=make_user(),
        at=NOW,
    )
    react("Liked “When?”")

    send_now(message=answer, at=LATER)

    assert Conversation.objects.get().needs_reply_since is None


@pytest.mark.parametrize(
    "content",
    ["Reply STOP to opt out", "STOP", "退订", "HELP"],
)
def test_a_reaction_neither_opts_out_nor_suggests_it(content):
    sent(content)

    message = react(f"Liked “{content}”")

    assert rows()
    assert (message.suggests_opt_out, OptOut.objects.count()) == (False, 0)
    assert suggestion_in(conversation=message.conversation) is None


def test_a_suggestion_goes_on_when_they_react_afterwards():
    suggested = make_inbound(content="please stop texting me")
    sent("Sorry about that")

    react("Liked “Sorry about that”")

    assert suggestion_in(conversation=Conversation.objects.get()) == suggested


def test_a_reaction_that_comes_twice_is_one():
    sent()

    react(message_id="mo-7")
    react(message_id="mo-7")

    assert len(rows()) == 1


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["Loved"], "❤️"),
        (["Liked", "Loved"], "❤️"),
        (["Loved", "Removed a heart from"], ""),
        (["Loved", "Liked", "Removed a heart from"], "👍"),
        (["Removed a heart from"], ""),
        (["Loved", "Removed a heart from", "Reacted 🎉 to"], "🎉"),
    ],
    ids=["one", "a later one", "taken back", "another taken back", "only taken back", "again"],
)
def test_a_text_shows_the_reaction_that_holds_now(texts, sign):
    target = sent()

    for text in texts:
        react(f"{text} “See you at 5”")

    assert sign_on(target.reactions.all()) == sign


def listed(user):
    query = ListQuery.parse("all", {})
    assert query is not None
    [row] = list_page(query=query, user=user, at=LATER).rows
    return row
