"""Exact keywords act; anything near them changes nothing."""

from datetime import timedelta

import pytest

from messaging.models import Conversation, ConversationEvent, Message, OptOut
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.errors import OptedOut
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.reading.annotations import with_annotations
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]


def test_stop_opts_out_with_the_message_as_proof_and_needs_no_reply():
    message = make_inbound(content="STOP")

    opt_out = OptOut.objects.get()
    assert (opt_out.message, opt_out.created_at, opt_out.created_by) == (message, NOW, None)
    assert opt_out.did_number == message.did_number
    assert Conversation.objects.get().needs_reply_since is None
    assert ConversationEvent.objects.get().kind == "opted_out"


@pytest.mark.parametrize(
    ("word", "needs_reply_since"),
    [("STOP", None), ("退订", None), ("fin", None), ("CANCEL", NOW), ("please stop", NOW)],
)
def test_an_exact_opt_out_takes_the_conversation_out_of_needs_reply(word, needs_reply_since):
    number = make_did(opt_out_keywords=["fin"])
    make_inbound(number, content="When do you open?")

    make_inbound(number, content=word, at=NOW + timedelta(minutes=1))

    assert Conversation.objects.get().needs_reply_since == needs_reply_since


def test_a_stop_that_was_spooled_leaves_what_they_wrote_since():
    make_inbound(content="Hello?", at=NOW + timedelta(minutes=1))

    make_inbound(content="STOP", at=NOW)

    assert Conversation.objects.get().needs_reply_since == NOW + timedelta(minutes=1)


def test_a_stop_that_a_spooled_start_followed_leaves_what_needs_a_reply():
    make_inbound(content="When do you open?", at=NOW - timedelta(minutes=1))
    make_inbound(content="START", at=NOW + timedelta(minutes=1))

    make_inbound(content="STOP", at=NOW)

    assert Conversation.objects.get().needs_reply_since == NOW - timedelta(minutes=1)


def test_cancel_opts_out_and_still_needs_a_reply():
    make_inbound(content="CANCEL")

    assert OptOut.objects.count() == 1
    assert Conversation.objects.get().needs_reply_since == NOW


@pytest.mark.parametrize("word", ["START", "unstop", "YES"])
def test_a_keyword_returns_who_has_opted_out(word):
    make_inbound(content="STOP")

    make_inbound(content=word, at=NOW + timedelta(minutes=1))

    opt_out = OptOut.objects.get()
    assert (opt_out.ended_at, opt_out.end_keyword, opt_out.end_reason, opt_out.why_it_ended) == (
        NOW + timedelta(minutes=1),
        word,
        "",
        f"They replied {word}.",
    )
    assert Conversation.objects.get().needs_reply_since is None


def test_a_keyword_returns_to_its_own_number_from_an_opt_out_of_all_numbers():
    conversation = make_conversation()
    other = make_conversation(make_did("447700900123", label="London"))
    record_opt_out(conversation=conversation, at=NOW, by=make_user(), is_for_all_numbers=True)

    make_inbound(content="START", at=NOW + timedelta(minutes=1))

    queue_message(NewMessage(content="x"), conversation=conversation, user=None, at=NOW)
    with pytest.raises(OptedOut):
        queue_message(NewMessage(content="x"), conversation=other, user=None, at=NOW)
    opted_out = {row.pk: row.has_opted_out for row in all_with_annotations()}
    assert opted_out == {conversation.pk: False, other.pk: True}
    assert listed_as_opted_out() == [other.pk]
    assert list(OptOut.objects.values_list("ended_at", flat=True)) == [None]


def all_with_annotations():
    return with_annotations(Conversation.objects.all(), user=make_user("tom", is_staff=True))


def listed_as_opted_out():
    query = ListQuery.parse("all", {})
    assert query is not None
    rows = list_page(query=query, user=make_user("eva", is_staff=True), at=NOW).rows
    return [row.id for row in rows if row.has_opted_out]


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


def test_a_near_intent_marks_the_message_and_changes_nothing():
    message = make_inbound(content="please stop texting me")

    assert message.suggests_opt_out
    assert OptOut.objects.count() == 0


def test_help_is_answered_once_a_contact_a_day_whichever_number_is_asked():
    make_inbound(content="HELP")
    make_inbound(make_did("447700900123", label="London"), content="HELP")

    assert Message.objects.outbound().filter(is_automatic=True).count() == 1


@pytest.mark.parametrize(
    ("words", "is_opted_out"),
    [
        (("START", "STOP"), True),
        (("STOP", "START"), False),
        (("YES", "CANCEL"), True),
    ],
    ids=["START then STOP", "STOP then START", "YES then CANCEL"],
)
def test_of_two_keywords_the_one_that_arrived_last_holds_though_the_first_was_spooled(
    words, is_opted_out
):
    make_inbound(content="STOP", at=NOW - timedelta(days=1))
    spooled, taken = words

    make_inbound(content=taken, at=NOW + timedelta(seconds=3))
    make_inbound(content=spooled, at=NOW)

    assert OptOut.objects.in_force().exists() is is_opted_out


def test_a_start_that_was_spooled_ends_no_opt_out_that_a_person_recorded_since():
    conversation = make_conversation()
    record_opt_out(conversation=conversation, at=NOW + timedelta(seconds=3), by=make_user())

    make_inbound(content="START", at=NOW)

    assert OptOut.objects.in_force().count() == 1


def test_a_keyword_of_the_number_opts_out_there_and_is_an_ordinary_text_elsewhere():
    number = make_did(opt_out_keywords=["fin"])
    other = make_did("447700900123", label="London")

    make_inbound(number, content=" FIN ")
    make_inbound(other, content="FIN")

    assert list(OptOut.objects.values_list("did_number_id", "message__content")) == [
        (number.pk, " FIN ")
    ]
    assert dict(Conversation.objects.values_list("did_number_id", "needs_reply_since")) == {
        number.pk: None,
        other.pk: NOW,
    }


def test_a_start_that_was_spooled_ends_no_opt_out_that_a_keyword_of_the_number_asked_for_since():
    number = make_did(opt_out_keywords=["fin"])
    make_inbound(number, content="fin", at=NOW + timedelta(seconds=3))

    make_inbound(number, content="START", at=NOW)

    assert OptOut.objects.in_force().count() == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("", "Front desk: our team reads and replies here. Reply STOP to opt out."),
        ("Klingon", "Front desk: our team reads and replies here. Reply STOP to opt out."),
        ("zh-CN", "Front desk：我们的团队会在此查看并回复。回复 STOP 即可退订。"),
        ("中文", "Front desk：我们的团队会在此查看并回复。回复 STOP 即可退订。"),
    ],
)
def test_the_default_reply_to_help_is_in_the_contacts_language(language, words):
    contact = make_inbound().conversation.contact
    contact.language = language
    contact.save()

    make_inbound(content="HELP")

    assert Message.objects.get(is_automatic=True).content == words
