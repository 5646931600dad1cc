"""The fast path leaves exactly the rows of the long way, or none."""

import dataclasses
import re
from datetime import timedelta

import pytest
from django.db.models import NOT_PROVIDED, AutoField, IntegerField

from didsms_site.server.shared_counter import QUICK_ARRIVALS
from messaging.models import Change, Contact, Conversation, DidNumber, Message, Push
from messaging.nxcloud.push import PushEnvelope
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.privacy.redaction import redact_message
from messaging.services.receiving.fast_path import entry, postgresql, sqlite
from messaging.services.receiving.fast_path.entry import take_in_quickly
from messaging.services.receiving.receive import receive_push
from messaging.services.receiving.record import record_push
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
    "two segments only because it goes to Malaysia": inbound_envelope(
        at=LATER, message_id="mo-9", phone="60123456789", content="x" * 155
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
        NewMessage(content="x", send_at=NOW + timedelta(days=1), cancel_if_they_write=True),
        conversation=make_conversation(),
        user=None,
        at=NOW,
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


# What it knows of the tables -----------------------------------------------------------------

#: Columns that an ordinary inbound message leaves NULL. If you add a column to one of these
#: tables, give it a default in the database (db_default), or write it in the fast path too (both
#: databases), or say here that NULL is right for a message that has just come.
LEFT_NULL = {
    Contact: {"blocked_at", "blocked_by_id", "erased_at", "search_text"},
    Conversation: {"added_at", "assignee_id", "blocked_at", "blocked_by_id", "snoozed_until"},
    Message: {
        "asked_to_wait_until",
        "attempt_started_at",
        "attention_cleared_at",
        "client_id",
        "error_code",
        "error_facts",
        "is_damaged",
        "not_before",
        "queued_at",
        "redacted_at",
        "redacted_by_id",
        "resend_of_id",
        "search_text",
        "send_at",
        "sent_at",
        "sent_by_id",
        "signature",
        "text_digest",
    },
    Push: {"exception", "replayed_at", "replays", "spool_name", "text_digest"},
    Change: set(),
}


#: What is in the statements for receipts only.
RECEIPTS = re.compile("'receipt'|'status'|messaging_statuschange|UPDATE messaging_message")


def columns_written(statements, table):
    """Return the columns of a table that some SQL writes."""
    inserted = re.findall(rf"INSERT INTO {table}\s*\(([^)]*)\)", statements)
    updated = re.findall(rf"UPDATE {table} SET(.*?)\bWHERE\b", statements, re.DOTALL)
    names = [name.strip() for columns in inserted for name in columns.split(",")]
    return {*names, *re.findall(r"(\w+) = ", " ".join(updated))}


def statements_of(module, *, of_receipts=False):
    """Return the SQL of a module that writes an inbound message, or a receipt."""
    texts = [text for text in vars(module).values() if isinstance(text, str)]
    return "\n".join(
        text
        for text in texts
        if "messaging_" in text and bool(RECEIPTS.search(text)) == of_receipts
    )


def columns_without_a_value(model, statements):
    """Return the columns that neither the SQL nor the database gives a value."""
    written = columns_written(statements, model._meta.db_table)
    return {
        field.column
        for field in model._meta.concrete_fields
        if field.column not in written
        and field.db_default is NOT_PROVIDED
        and not isinstance(field, AutoField)
    }


@pytest.mark.parametrize("module", [postgresql, sqlite])
def test_every_column_is_written_or_has_a_default_in_the_database(module):
    statements = statements_of(module)

    assert {model: columns_without_a_value(model, statements) for model in LEFT_NULL} == LEFT_NULL


def test_what_is_left_out_may_be_null():
    assert [
        field.column
        for model, columns in LEFT_NULL.items()
        for field in model._meta.concrete_fields
        if field.column in columns and not field.null
    ] == []


def test_a_column_that_somebody_adds_is_noticed():
    field = IntegerField()
    field.set_attributes_from_name("added")

    class Meta:
        db_table = "messaging_change"
        concrete_fields = (*Change._meta.concrete_fields, field)

    class Changed:
        _meta = Meta

    assert columns_without_a_value(Changed, statements_of(sqlite)) == {"added"}


# How often it gives way -----------------------------------------------------------------------


def counted():
    return {
        sample.labels["outcome"]: sample.value
        for family in QUICK_ARRIVALS.collect()
        for sample in family.samples
    }


def counted_by(action):
    before = counted()
    action()
    return {
        word: count - before.get(word, 0)
        for word, count in counted().items()
        if count > before.get(word, 0)
    }


def test_what_became_of_a_push_on_the_quick_way_is_counted():
    make_did()

    assert counted_by(lambda: take_in_quickly(envelope=inbound_envelope())) == {"done": 1}
    assert counted_by(lambda: take_in_quickly(envelope=inbound_envelope(content="stop"))) == {
        "not_ordinary": 1
    }


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_that_arrives_at_the_same_moment_is_counted_as_a_conflict(monkeypatch, caplog):
    make_did()
    take_in_quickly(envelope=inbound_envelope(message_id="mo-1"))
    # SQLite looks first, with the write lock in its hands; a look that saw nothing is a race.
    find = sqlite._FIND.replace("WHERE dedup_key = :dedup_key", "WHERE id < 0")
    monkeypatch.setattr(sqlite, "_FIND", find)

    again = inbound_envelope(message_id="mo-1")
    assert counted_by(lambda: take_in_quickly(envelope=again)) == {"conflict": 1}
    assert (caplog.messages, Message.objects.count()) == ([], 1)


@pytest.mark.django_db(transaction=True)
def test_a_rule_of_the_tables_that_the_quick_way_does_not_know_is_counted_and_logged(
    monkeypatch, caplog
):
    make_did()
    really = entry.values_of

    def values_of(envelope, fields):
        return really(envelope, fields) | {"encoding": None}

    monkeypatch.setattr(entry, "values_of", values_of)
    push = inbound_envelope(content="a secret")

    assert counted_by(lambda: take_in_quickly(envelope=push)) == {"refused": 1}
    assert Message.objects.count() == 0
    (line,) = caplog.messages
    assert "encoding" in line
    assert "secret" not in line


@pytest.mark.django_db(transaction=True)
def test_a_push_that_the_quick_way_is_refused_is_kept_by_the_long_way(monkeypatch):
    make_did()
    really = entry.values_of
    monkeypatch.setattr(
        entry,
        "values_of",
        lambda envelope, fields: really(envelope, fields) | {"encoding": None},
    )

    receive_push(envelope=inbound_envelope(content="Hello"))

    assert list(Message.objects.values_list("content", flat=True)) == ["Hello"]
