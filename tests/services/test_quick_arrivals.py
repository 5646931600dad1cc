"""The quick way in leaves exactly the rows of the long way, or none."""

import dataclasses
from datetime import timedelta

import pytest

from messaging.models import Change, Contact, Conversation, DidNumber, Message, Push
from messaging.nxcloud.push import PushEnvelope
from messaging.services.composing import queue_message
from messaging.services.quick_arrivals import take_in_quickly
from messaging.services.recording import record_push
from messaging.services.redacting import redact_message
from tests.factories import (
    DID,
    NOW,
    PHONE,
    form_envelope,
    inbound_envelope,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = NOW + timedelta(minutes=7)
GENERATED = {"id", "created_at", "conversation_id", "contact_id", "message_id"}
POINTERS = {"last_message_id", "last_inbound_id"}


def signed(**fields):
    import json

    return PushEnvelope(
        raw_body=json.dumps(fields).encode(),
        content_type="application/json",
        is_signed=True,
        action="mo",
        remote_addr="2001:db8::1",
        received_at=LATER,
        flags=("far_from_our_clock",),
    )


ORDINARY = {
    "a plain text": inbound_envelope(at=LATER, message_id="mo-9", content="Hello there"),
    "every field": inbound_envelope(
        at=LATER,
        message_id="mo-9",
        content="Price?\r\n是的 😀",
        type="0",
        size="2",
        price="0.0360",
        receiveTime="2026-11-22 17:00:00",
        smsStatus="DELIVRD",
    ),
    "unreadable facts": inbound_envelope(
        at=LATER, message_id="mo-9", size="many", price="cheap", receiveTime="today"
    ),
    "a short code": inbound_envelope(at=LATER, message_id="mo-9", phone="10086"),
    "letters": inbound_envelope(at=LATER, message_id="mo-9", phone="NX Bank"),
    "late": inbound_envelope(at=LATER, message_id="mo-9", receiveTime="2026-11-21 17:00:00"),
    "CESU-8": dataclasses.replace(
        form_envelope(at=LATER),
        raw_body=f"messageId=mo-9&toPhone={DID}&fromPhone={PHONE}"
        "&content=%ED%A0%BD%ED%B8%80".encode(),
    ),
    "a damaged sender": dataclasses.replace(
        form_envelope(at=LATER),
        raw_body=f"messageId=mo-9&toPhone={DID}&fromPhone=NX%FFBANK&content=Hi".encode(),
    ),
    "no text": form_envelope(at=LATER, messageId="mo-9", toPhone=DID, fromPhone=PHONE),
    "a near opt-out": inbound_envelope(
        at=LATER, message_id="mo-9", content="please stop texting me"
    ),
    "a quotation": inbound_envelope(at=LATER, message_id="mo-9", content="What does “END” mean?"),
    "signed": signed(messageId="mo-9", toPhone=DID, fromPhone=f"+{PHONE}", content="Hi"),
    "signed numbers": signed(
        messageId=9, toPhone=int(DID), fromPhone=int(PHONE), content="Hi", price=0.036, size=1
    ),
}
BEFORE = {
    "nothing": lambda: None,
    "the contact on another number": lambda: make_inbound(
        make_did("447700900123", label="London"), message_id="before"
    ),
    "an open conversation that waits for an answer": lambda: make_inbound(
        content="Earlier", message_id="before"
    ),
    "an open conversation that was answered": lambda: make_outbound(content="Yes"),
    "the contact blocked on another number": lambda: blocked_elsewhere(),
}


def blocked_elsewhere():
    message = make_inbound(make_did("447700900123", label="London"), message_id="before")
    Conversation.objects.filter(pk=message.conversation_id).update(blocked_at=NOW, status="closed")


def all_rows():
    """Every row that a push can touch, without what numbers and clocks decide."""

    def rows(model, left_out=GENERATED):
        names = [field.attname for field in model._meta.concrete_fields]
        return [
            {name: _plain(row[name]) for name in names if name not in left_out}
            for row in model.objects.order_by("pk").values(*names)
        ]

    newest = Message.objects.latest("pk")
    conversation = newest.conversation
    return {
        "contacts": rows(Contact),
        "conversations": rows(Conversation, GENERATED | POINTERS),
        "messages": rows(Message),
        "pushes": rows(Push),
        "change": Change.objects.order_by("-pk").values_list("kind", "did_number_id").first(),
        "pointers": (
            conversation.last_message_id == newest.pk,
            conversation.last_inbound_id == newest.pk,
        ),
        "push of": Push.objects.latest("pk").message_id == newest.pk,
    }


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE.keys())
@pytest.mark.parametrize("envelope", ORDINARY.values(), ids=ORDINARY.keys())
def test_both_ways_leave_the_same_rows(envelope, before, django_db_blocker):
    from django.db import transaction

    found = []
    for take_in in (take_in_quickly, record_push):
        with transaction.atomic():
            make_did(id=7)
            make_did("447700900123", label="London", id=8)
            before()
            assert take_in(envelope=envelope)
            found.append(all_rows())
            transaction.set_rollback(True)

    assert found[0] == found[1]


def closed():
    make_inbound()
    Conversation.objects.update(status="closed")


def blocked():
    make_inbound()
    Conversation.objects.update(blocked_at=NOW)


def blocked_on_all_numbers():
    make_inbound()
    Contact.objects.update(blocked_at=NOW)


def blocked_before_it_wrote_to_this_number():
    make_inbound(make_did("447700900123", label="London"))
    Contact.objects.update(blocked_at=NOW)


def waiting_to_be_canceled():
    queue_message(
        conversation=make_conversation(),
        content="x",
        user=None,
        at=NOW,
        send_at=NOW + timedelta(days=1),
        cancel_if_they_write=True,
    )


def hidden():
    message = make_inbound(message_id="mo-1", content="4111 1111")
    redact_message(message=message, content="(gone)", by=make_user(), at=NOW)


UNUSUAL = {
    "a number that is not ours": (lambda: None, inbound_envelope(did="447700900999")),
    "between two of our numbers": (
        lambda: make_did(PHONE, label="Also ours"),
        inbound_envelope(),
    ),
    "a keyword": (lambda: None, inbound_envelope(content=" stop ")),
    "a damaged text": (lambda: None, inbound_envelope(content="a\x00b")),
    "a hidden text again": (hidden, inbound_envelope(message_id="mo-1", content="4111 1111")),
    "a keyword of the number": (
        lambda: DidNumber.objects.update(opt_out_keywords=["n", "fin"]),
        inbound_envelope(content=" FIN "),
    ),
    "a reaction": (
        lambda: make_outbound(status="delivered", content="See you at 5"),
        inbound_envelope(content="Loved “See you at 5”"),
    ),
    "a reaction to nothing": (lambda: None, inbound_envelope(content="Loved “See you at 5”")),
    "no id": (lambda: None, form_envelope(toPhone=DID, fromPhone=PHONE, content="x")),
    "type 1": (lambda: None, inbound_envelope(type="1")),
    "a duplicate": (lambda: make_inbound(message_id="mo-1"), inbound_envelope(message_id="mo-1")),
    "an id of our own": (
        lambda: make_outbound(status="sent", provider_message_id="mt-1"),
        inbound_envelope(message_id="mt-1"),
    ),
    "a closed conversation": (closed, inbound_envelope()),
    "a blocked sender": (blocked, inbound_envelope()),
    "a sender blocked on all numbers": (blocked_on_all_numbers, inbound_envelope()),
    "a sender blocked on all numbers, new on this one": (
        blocked_before_it_wrote_to_this_number,
        inbound_envelope(),
    ),
    "a message to cancel when they write": (waiting_to_be_canceled, inbound_envelope()),
    "not usable": (lambda: None, form_envelope(content="no numbers")),
}


@pytest.mark.parametrize(("before", "envelope"), UNUSUAL.values(), ids=UNUSUAL.keys())
def test_whatever_is_out_of_the_ordinary_is_left_to_the_long_way(before, envelope):
    make_did()
    before()
    counts = [model.objects.count() for model in (Contact, Conversation, Message, Push, Change)]

    assert take_in_quickly(envelope=envelope) is False

    assert counts == [
        model.objects.count() for model in (Contact, Conversation, Message, Push, Change)
    ]


def test_a_number_with_keywords_of_its_own_takes_other_texts_quickly():
    make_did(opt_out_keywords=["n", "fin"])

    assert take_in_quickly(envelope=inbound_envelope(content="Finally"))
    assert take_in_quickly(envelope=inbound_envelope(message_id="mo-10", content=""))


def test_an_inactive_number_receives_quickly_too():
    make_did(is_active=False)

    assert take_in_quickly(envelope=inbound_envelope())
    assert DidNumber.objects.get().pushes.count() == 1
