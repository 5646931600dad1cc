"""A reaction that quotes the beginning of a hidden text brings nothing of it back."""

from datetime import timedelta

import pytest

from messaging.models import Conversation, Message, Push
from messaging.services.privacy.redaction import redact_message
from messaging.services.receiving.record import record_push
from messaging.services.search.indexing import index_waiting
from tests.factories import (
    NOW,
    inbound_envelope,
    make_conversation,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]
LATER = NOW + timedelta(minutes=1)
SECRET = "4111 1111 1111 1111 is my card"

CUT = [
    pytest.param("Loved “4111 1111 11…”", id="with an ellipsis"),
    pytest.param("Loved “4111 1111...”", id="with dots"),
    pytest.param("👍 to “4111…”", id="an emoji"),
    pytest.param("Loved “4…”", id="a single digit"),
    pytest.param("Loved “4111 1111 1111 11", id="the text itself cut off"),
    pytest.param("Le gustó «4111 1111…»", id="in Spanish"),
]


def hide(message):
    redact_message(message=message, content="(gone)", by=make_user(), at=NOW)


def arrives(content):
    return record_push(envelope=inbound_envelope(content=content, message_id="mo-9", at=LATER))


def is_told():
    """Whether a digit of the card number can be read anywhere."""
    index_waiting()
    texts = list(Message.objects.values_list("content", "search_text"))
    texts += Conversation.objects.values_list("last_preview", "last_preview")
    bodies = b"".join(bytes(body) for body in Push.objects.values_list("raw_body", flat=True))
    return b"content=4" in bodies or b"4111" in bodies or "4" in str(texts)


@pytest.mark.parametrize("content", CUT)
def test_a_cut_quotation_that_comes_after_the_text_was_hidden_is_not_kept(content):
    hide(make_outbound(content=SECRET, status="delivered"))

    push = arrives(content)

    assert push.outcome == "applied"
    assert not is_told()


@pytest.mark.parametrize("content", CUT)
def test_a_cut_quotation_that_is_there_when_the_text_is_hidden_goes_with_it(content):
    unlike = make_inbound(content=content)
    message = make_outbound(content=SECRET, status="delivered")

    hide(message)

    unlike.refresh_from_db()
    assert unlike.content == "(gone)"
    assert not is_told()


def test_words_around_a_cut_quotation_stay_and_it_needs_a_reply_like_any_text():
    hide(make_outbound(content=SECRET, status="delivered"))

    message = arrives("Loved “4111 1111…”").message

    assert message.content == "Loved “…”"
    assert Conversation.objects.get().last_preview == "Loved “…”"
    assert Conversation.objects.get().needs_reply_since == LATER
    assert arrives("Loved “4111 1111…”").outcome == "duplicate"


def test_a_cut_quotation_of_a_text_that_is_there_is_a_reaction_to_it():
    hide(make_outbound(content=SECRET, status="delivered"))
    shown = make_outbound(content="See you tomorrow at five", status="delivered")

    message = arrives("Loved “See you…”").message

    assert (message.reaction.target, message.content) == (shown, "Loved “See you…”")


@pytest.mark.parametrize(
    "content", ["Loved “See you…”", "Loved “that film”", "She said “well…” and left"]
)
def test_without_a_hidden_text_or_a_cut_reaction_nothing_is_taken_out(content):
    hide(make_outbound(make_conversation(phone="34600000009"), SECRET, status="delivered"))

    assert arrives(content).message.content == content


def test_whole_quotations_and_ordinary_texts_stay_beside_a_hidden_text():
    hide(make_outbound(content=SECRET, status="delivered"))

    texts = ("Loved “that film”", "She said “well…” and left", "See you at 4111…")
    found = [make_inbound(content=text, at=LATER).content for text in texts]

    assert found == list(texts)
