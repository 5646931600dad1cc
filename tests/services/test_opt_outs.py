"""Exact keywords act; anything near them is only suggested."""

from datetime import timedelta

import pytest

from messaging.models import Conversation, ConversationEvent, Message, OptOut
from messaging.services.composing import queue_message
from messaging.services.errors import InvalidInput, OptedOut
from messaging.services.opt_outs import (
    Keyword,
    end_opt_out,
    keyword_in,
    opt_out_in_force,
    record_opt_out,
    seems_to_ask_for_opt_out,
)
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("STOP", Keyword.STOP),
        (" stop \n", Keyword.STOP),
        ("StopAll", Keyword.STOP),
        ("unsubscribe", Keyword.STOP),
        ("end", Keyword.STOP),
        ("QUIT", Keyword.STOP),
        ("REVOKE", Keyword.STOP),
        ("OPTOUT", Keyword.STOP),
        ("opt out", Keyword.STOP),
        ("退订", Keyword.STOP),
        ("td", Keyword.STOP),
        ("arrêt", Keyword.STOP),
        ("arre\u0302t", Keyword.STOP),
        ("CANCEL", Keyword.CANCEL),
        ("START", Keyword.START),
        ("unstop", Keyword.START),
        ("Yes", Keyword.YES),
        ("HELP", Keyword.HELP),
        ("Stop by at 5", None),
        ("STOP.", None),
        ("Please stop", None),
        ("stopp it", None),
        ("no", None),
        ("", None),
    ],
)
def test_a_keyword_is_the_whole_text_trimmed_and_case_folded(text, keyword):
    assert keyword_in(text) == keyword


@pytest.mark.parametrize(
    "text",
    [
        "please stop texting me",
        "Don't send me any more messages",
        "STOP.",
        "stop please",
        "remove me from your list",
        "take me off this",
        "不要再发了",
        "I want to unsubscribe",
    ],
)
def test_a_near_intent_is_suggested(text):
    assert seems_to_ask_for_opt_out(text)


@pytest.mark.parametrize(
    "text", ["Stop by at 5", "The bus does not stop here", "See you at the bus stop", "ok", "好的"]
)
def test_an_ordinary_text_is_not(text):
    assert not seems_to_ask_for_opt_out(text)


def test_stop_opts_out_with_the_message_as_proof_and_needs_no_reply():
    message = make_inbound(content="STOP")

    opt_out = OptOut.objects.get()
    assert (opt_out.message, opt_out.created_at, opt_out.created_by) == (message, NOW, None)
    assert opt_out.did_number == message.did_number
    assert Conversation.objects.get().needs_reply_since is None
    assert ConversationEvent.objects.get().kind == "opted_out"


def test_cancel_opts_out_and_still_needs_a_reply():
    make_inbound(content="CANCEL")

    assert OptOut.objects.count() == 1
    assert Conversation.objects.get().needs_reply_since == NOW


def test_stop_twice_is_one_opt_out_with_the_first_proof():
    first = make_inbound(content="STOP")
    make_inbound(content="STOP")

    assert list(OptOut.objects.values_list("message", flat=True)) == [first.pk]


def test_an_opt_out_covers_the_number_it_was_sent_to_and_no_other():
    make_inbound(content="STOP")
    other = make_conversation(make_did("447700900123", label="London"))

    queue_message(conversation=other, content="x", user=None, at=NOW)
    with pytest.raises(OptedOut):
        queue_message(conversation=make_conversation(), content="x", user=None, at=NOW)


def test_an_opt_out_for_all_numbers_covers_every_number():
    conversation = make_conversation()
    other = make_conversation(make_did("447700900123", label="London"))

    record_opt_out(conversation=conversation, at=NOW, by=make_user(), is_for_all_numbers=True)

    with pytest.raises(OptedOut):
        queue_message(conversation=other, content="x", user=None, at=NOW)


@pytest.mark.parametrize("word", ["START", "unstop", "YES"])
def test_a_keyword_returns_who_has_opted_out(word):
    make_inbound(content="STOP")

    make_inbound(content=word, at=NOW + timedelta(minutes=1))

    opt_out = OptOut.objects.get()
    assert (opt_out.ended_at, opt_out.end_reason) == (
        NOW + timedelta(minutes=1),
        f"They wrote {word}.",
    )
    assert Conversation.objects.get().needs_reply_since is None


def test_yes_from_somebody_who_has_not_opted_out_is_an_ordinary_answer():
    make_inbound(content="YES")

    assert Conversation.objects.get().needs_reply_since == NOW


def test_help_is_answered_through_the_outbox_once_a_day_and_still_needs_a_reply():
    make_inbound(content="HELP")
    make_inbound(content="help", at=NOW + timedelta(hours=23))
    make_inbound(content="help", at=NOW + timedelta(hours=25))

    answers = Message.objects.outbound().filter(is_automatic=True)
    assert [message.created_at for message in answers.order_by("id")] == [
        NOW,
        NOW + timedelta(hours=25),
    ]
    assert Conversation.objects.get().needs_reply_since == NOW


def test_help_from_somebody_who_opted_out_is_not_answered():
    make_inbound(content="STOP")
    make_inbound(content="HELP")

    assert Message.objects.outbound().count() == 0


def test_help_from_a_sender_that_cannot_be_answered_is_just_a_message():
    make_inbound(phone="NXBANK", content="HELP")

    assert Message.objects.count() == 1


def test_ending_an_opt_out_by_hand_needs_a_reason():
    message = make_inbound(content="STOP")
    opt_out = OptOut.objects.get()

    with pytest.raises(InvalidInput):
        end_opt_out(
            opt_out=opt_out, conversation=message.conversation, reason=" ", at=NOW, by=make_user()
        )

    assert (
        opt_out_in_force(contact_id=opt_out.contact_id, did_number_id=opt_out.did_number_id)
        == opt_out
    )


def test_a_near_intent_marks_the_message_and_changes_nothing():
    message = make_inbound(content="please stop texting me")

    assert message.suggests_opt_out
    assert OptOut.objects.count() == 0


def test_help_is_answered_once_a_contact_a_day_whichever_number_is_asked():
    make_inbound(content="HELP")
    make_inbound(make_did("447700900123", label="London"), content="HELP")

    assert Message.objects.outbound().filter(is_automatic=True).count() == 1
