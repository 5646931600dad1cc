"""A number's signature is part of every text that a person or a program sends from it."""

from datetime import timedelta

import pytest

from messaging.models import Conversation, DidNumber, Message
from messaging.services.content.text import sendable_text
from messaging.services.content.variables import fill
from messaging.services.conversations.drafts import draft_of, save_draft
from messaging.services.errors import ClientIdConflict, InvalidInput
from messaging.services.outbox.api_message import Addressed, submit_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.reply import send_first, send_reply
from messaging.services.outbox.resend import resend_message
from messaging.services.outbox.schedule import reschedule
from messaging.services.receiving.record import record_push
from messaging.sms_text import MAX_CHARACTERS, measure
from tests.factories import (
    DID,
    NOW,
    PHONE,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)
from tests.golden import golden_cases
from tests.services.sending.scripted_client import Client, accepted, send_turn

CASES = golden_cases("outgoing_texts.json")
HOUR = timedelta(hours=1)
BAKERY = "Ana's Bakery\nReply STOP to end"


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_text_and_its_length_are_those_that_the_browser_shows(case):
    written = case["text"] * case.get("repeat", 1)
    text = sendable_text(fill(written, values=case["values"]), signature=case["signature"])

    assert text == case.get("sent", f"{written}\n{case['signature']}")
    assert (measure(text).units, measure(text).segments) == (case["units"], case["segments"])


@pytest.fixture
def ana(db):
    return make_user("ana", is_staff=True)


@pytest.fixture
def did(db):
    return make_did(signature=BAKERY)


@pytest.fixture
def conversation(did):
    return make_conversation(did)


def sent_texts():
    client = Client(accepted("mt-1"))
    send_turn(client, at=NOW + HOUR)
    return [content for _sender, _phone, content in client.sent]


@pytest.mark.database
@pytest.mark.parametrize(
    "send",
    [
        lambda ana, thread: send_reply(
            NewMessage(content="Yes"), conversation=thread, user=ana, at=NOW
        ),
        lambda ana, thread: send_first(
            NewMessage(content="Yes"), did_number=thread.did_number, phone=PHONE, user=ana, at=NOW
        ),
        lambda ana, thread: submit_message(
            Addressed(new=NewMessage(content="Yes"), sender=DID, phone=f"+{PHONE}"),
            user=ana,
            at=NOW,
        ),
    ],
    ids=["a reply", "a first text", "the API"],
)
def test_signature_is_sent_stored_and_counted(ana, conversation, send):
    send(ana, conversation)

    message = Message.objects.get()
    assert (message.content, message.body) == (f"Yes\n{BAKERY}", "Yes")
    assert message.segments == measure(message.content).segments
    assert Conversation.objects.get().last_preview == "Yes Ana's Bakery Reply STOP to end"


@pytest.mark.database
def test_provider_gets_the_text_as_it_is_stored(conversation):
    make_outbound(conversation, "Yes")

    assert sent_texts() == [f"Yes\n{BAKERY}"]


def test_number_without_a_signature_sends_the_text_alone(ana):
    message = make_outbound(make_conversation(), "Yes", user=ana)

    assert (message.content, message.signature, message.body) == ("Yes", None, "Yes")


def test_answer_to_help_goes_without_it(did):
    make_inbound(did, content="HELP")

    assert BAKERY not in Message.objects.get(is_automatic=True).content


def test_message_keeps_the_signature_that_it_had(ana, conversation):
    message = make_outbound(conversation, "Yes", user=ana)
    DidNumber.objects.update(signature="Another one")

    message.refresh_from_db()
    assert (message.content, message.body) == (f"Yes\n{BAKERY}", "Yes")


def test_repeat_says_what_was_said_and_nothing_twice(ana, conversation):
    failed = make_outbound(conversation, "Yes", user=ana, status="failed")
    DidNumber.objects.update(signature="Another one")

    again, _new = resend_message(message=failed, user=ana, at=NOW)

    assert (again.content, again.body) == (f"Yes\n{BAKERY}", "Yes")


def test_scheduled_text_is_changed_without_its_signature(ana, conversation):
    message, _new = queue_message(
        NewMessage(content="At five", send_at=NOW + HOUR),
        conversation=conversation,
        user=ana,
        at=NOW,
    )

    changed = reschedule(
        message=message,
        content="At six",
        send_at=NOW + HOUR,
        cancel_if_they_write=False,
        user=ana,
        at=NOW,
    )

    assert (changed.content, changed.body) == (f"At six\n{BAKERY}", "At six")
    assert changed.segments == measure(changed.content).segments


def test_same_client_id_with_the_same_text_is_the_same_message_whatever_the_signature_is_now(
    ana, conversation
):
    new = NewMessage(content="Yes", client_id="c-1")
    first, _new = queue_message(new, conversation=conversation, user=ana, at=NOW)
    DidNumber.objects.update(signature="Another one")

    again, is_new = queue_message(new, conversation=conversation, user=ana, at=NOW)

    assert (again.pk, is_new) == (first.pk, False)
    with pytest.raises(ClientIdConflict):
        queue_message(
            NewMessage(content="No", client_id="c-1"), conversation=conversation, user=ana, at=NOW
        )


def test_draft_of_what_was_sent_is_not_kept(ana, conversation):
    send_reply(
        NewMessage(content="Yes", client_id="c-1"), conversation=conversation, user=ana, at=NOW
    )

    kept = save_draft(
        conversation=conversation,
        user=ana,
        texts={"reply": "Yes"},
        client_ids={"reply": "c-1"},
    )

    assert kept.taken == {"reply"}
    assert draft_of(conversation=conversation, user=ana).reply == ""


@pytest.mark.database
def test_receipt_without_a_known_id_is_matched_by_the_whole_text(conversation):
    message = make_outbound(conversation, "Yes", status="unconfirmed")

    record_push(envelope=receipt_envelope(message_id="mt-9", content=f"Yes\n{BAKERY}"))

    message.refresh_from_db()
    assert (message.status, message.provider_message_id) == ("delivered", "mt-9")


def test_both_together_are_at_most_as_long_as_one_text(ana, conversation):
    most = MAX_CHARACTERS - len(f"\n{BAKERY}")
    make_outbound(conversation, "x" * most, user=ana)

    with pytest.raises(InvalidInput, match="With the signature") as caught:
        make_outbound(conversation, "x" * (most + 1), user=ana)

    assert caught.value.code == "too_long"


def test_signature_alone_is_no_text(ana, conversation):
    with pytest.raises(InvalidInput) as caught:
        make_outbound(conversation, " ", user=ana)

    assert caught.value.code == "required"
