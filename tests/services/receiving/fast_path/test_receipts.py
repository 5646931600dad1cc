"""A receipt on the fast path leaves exactly the rows of the long way, or none."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.models import Change, Contact, Conversation, Message, Push, StatusChange
from messaging.nxcloud.push import PushEnvelope
from messaging.services.privacy.redaction import redact_message
from messaging.services.receiving.fast_path import postgresql, sqlite
from messaging.services.receiving.fast_path.entry import take_in_quickly
from messaging.services.receiving.receive import receive_push
from messaging.services.receiving.record import record_push
from messaging.statuses import Status
from tests.factories import DID, NOW, PHONE, make_did, make_outbound, make_user
from tests.processes import until
from tests.services.receiving.fast_path.test_entry import (
    columns_without_a_value,
    counted_by,
    statements_of,
)
from tests.services.sending.test_concurrency import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = NOW + timedelta(minutes=7)
POINTERS = ("last_message_id", "last_inbound_id", "settled_message_id")
GENERATED = {"id", "message_id", "conversation_id", "contact_id", "did_number_id", "redacted_by_id"}


def receipt(*, action="", number_of_message="mt-1", at=LATER, is_turned=False, **fields):
    """A receipt as it comes: a form, or signed JSON where there is an action."""
    sender, recipient = (PHONE, DID) if is_turned else (DID, PHONE)
    given = {
        "messageId": number_of_message,
        "fromPhone": sender,
        "toPhone": f"+{recipient}",
        "content": "Hello",
        "smsStatus": "DELIVRD",
    } | fields
    return PushEnvelope(
        raw_body=json.dumps(given).encode() if action else urlencode(given).encode(),
        content_type="application/json" if action else "application/x-www-form-urlencoded",
        is_signed=bool(action),
        action=action,
        remote_addr="2001:db8::1",
        received_at=at,
        flags=("far_from_our_clock",) if action else (),
    )


def rows():
    """Every row that a receipt can touch, without what numbers and clocks decide."""

    def rows_of(model, *more, left_out=GENERATED):
        names = [field.attname for field in model._meta.concrete_fields]
        names = [*(name for name in names if name not in left_out), *more]
        return [
            {name: _plain(row[name]) for name in names}
            for row in model.objects.order_by("pk").values(*names)
        ]

    order = [None, 0, *Message.objects.order_by("pk").values_list("pk", flat=True)]
    conversations = rows_of(Conversation)
    for row in conversations:
        row.update({name: order.index(row[name]) for name in POINTERS})
    return {
        "conversations": conversations,
        "messages": rows_of(Message),
        "history": rows_of(StatusChange, "message__content"),
        "pushes": rows_of(Push, "message__content", "did_number__number"),
        "changes": list(
            Change.objects.order_by("pk").values_list("kind", "did_number_id", "conversation_id")
        ),
        "contacts": Contact.objects.count(),
    }


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def sent(**changes):
    return make_outbound(
        **{"status": "sent", "provider_message_id": "mt-1", "sent_at": NOW} | changes
    )


EVERY_FIELD = {"type": "1", "size": "2", "price": "0.0360", "receiveTime": "2026-11-22 17:00:00"}
ORDINARY = {
    "a plain one": (sent, receipt()),
    "every field": (sent, receipt(**EVERY_FIELD)),
    "not delivered": (sent, receipt(smsStatus=" undelivr ", **EVERY_FIELD)),
    "the numbers the other way round": (sent, receipt(is_turned=True)),
    "type 0, as one of the published examples": (sent, receipt(type="0")),
    "signed": (sent, receipt(action="dr", **EVERY_FIELD)),
    "signed, the numbers the other way round": (sent, receipt(action="dr", is_turned=True)),
    "signed, with a type that contradicts": (sent, receipt(action="dr", type="0")),
    "unreadable facts": (sent, receipt(size="many", price="cheap", receiveTime="today")),
    "no text": (sent, receipt(content="")),
    "a text that is a keyword": (lambda: sent(content="STOP"), receipt(content="STOP")),
    "after all delivered": (
        lambda: sent(status="undelivered", error_code="not_delivered", billed_segments=3),
        receipt(),
    ),
    "of an unconfirmed message": (
        lambda: sent(status="unconfirmed", sent_at=None, error_code="timeout"),
        receipt(),
    ),
    "at the very time of the entry before": (sent, receipt(at=NOW)),
    "of a message without a history": (
        lambda: (sent(), StatusChange.objects.all().delete()),
        receipt(),
    ),
    "signed, between two of our numbers": (
        lambda: (sent(), make_did(PHONE, label="Also ours")),
        receipt(action="dr"),
    ),
    "of a number that is not active any more": (
        lambda: (sent(), make_did().__class__.objects.update(is_active=False)),
        receipt(),
    ),
}


@pytest.mark.parametrize(("before", "envelope"), ORDINARY.values(), ids=ORDINARY.keys())
def test_both_ways_leave_the_same_rows(before, envelope):
    found = []
    for take_in in (take_in_quickly, record_push):
        with transaction.atomic():
            make_did(id=7)
            before()
            assert take_in(envelope=envelope)
            found.append(_comparable(rows()))
            transaction.set_rollback(True)

    assert found[0] == found[1]
    assert found[0]["pushes"][-1]["outcome"] == "applied"


def _comparable(found):
    """Return rows of which only the order of the conversations is kept of their numbers."""
    order = list(dict.fromkeys(conversation for _kind, _did, conversation in found["changes"]))
    changes = [(kind, did, order.index(one)) for kind, did, one in found["changes"]]
    return found | {"changes": changes}


def hidden():
    redact_message(message=sent(), content="(gone)", by=make_user(), at=NOW)


UNUSUAL = {
    "an unknown id": (sent, receipt(number_of_message="mt-2")),
    "no id": (sent, receipt(number_of_message="")),
    "another word": (sent, receipt(smsStatus="EXPIRED")),
    "no word": (sent, receipt(smsStatus="")),
    "a duplicate": (lambda: sent(status="delivered", has_receipt=True), receipt()),
    "a contradiction": (
        lambda: sent(status="delivered", has_receipt=True),
        receipt(smsStatus="UNDELIVR"),
    ),
    "other numbers": (sent, receipt(toPhone="34699999999")),
    "a message that failed": (lambda: sent(status="failed"), receipt()),
    "a message of theirs with that id": (
        lambda: Message.objects.filter(pk=sent().pk).update(
            direction="inbound", status="received", dedup_key="id:mt-1"
        ),
        receipt(),
    ),
    "earlier than the answer to the request": (sent, receipt(at=NOW - timedelta(seconds=1))),
    "a hidden text": (hidden, receipt()),
    "a form between two of our numbers": (
        lambda: (sent(), make_did(PHONE, label="Also ours")),
        receipt(type="1"),
    ),
    "signed as an inbound message": (sent, receipt(action="mo", toPhone="34699999999")),
}


@pytest.mark.parametrize(("before", "envelope"), UNUSUAL.values(), ids=UNUSUAL.keys())
def test_whatever_is_out_of_the_ordinary_is_left_to_the_long_way(before, envelope):
    make_did()
    before()
    found = rows()

    assert take_in_quickly(envelope=envelope) is False

    assert rows() == found


# Any of them ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """A message as it is, and the receipts that come for it."""

    message: dict = field(default_factory=dict)
    entries: tuple = ()
    is_phone_ours: bool = False
    is_hidden: bool = False
    receipts: tuple = ()


MOMENTS = st.integers(-2, 4).map(lambda seconds: LATER + timedelta(seconds=seconds))
RECEIPTS = st.builds(
    receipt,
    action=st.sampled_from(["", "", "dr", "mo"]),
    number_of_message=st.sampled_from(["mt-1", "mt-1", "mt-1", "mt-2", ""]),
    at=MOMENTS,
    is_turned=st.booleans(),
    smsStatus=st.sampled_from(["DELIVRD", "UNDELIVR", "DELIVRD", "undelivr", "EXPIRED", ""]),
    type=st.sampled_from(["", "0", "1", "2"]),
    size=st.sampled_from(["", "0", "2", "many"]),
    price=st.sampled_from(["", "0.0360", "cheap"]),
    receiveTime=st.sampled_from(["", "2026-11-22 17:00:00", "today"]),
    toPhone=st.sampled_from([f"+{PHONE}", PHONE, "34699999999"]),
)
STORIES = st.builds(
    Story,
    message=st.fixed_dictionaries(
        {
            "status": st.sampled_from(
                ["sent", "sent", "undelivered", "unconfirmed", "delivered", "failed", "sending"]
            ),
            "has_receipt": st.booleans(),
            "sent_at": st.sampled_from([None, NOW]),
            "billed_segments": st.sampled_from([None, 1]),
            "error_code": st.sampled_from([None, "not_delivered"]),
            "provider_message_id": st.sampled_from(["mt-1", "mt-1", "mt-1", None]),
        }
    ),
    entries=st.lists(MOMENTS, max_size=2).map(sorted).map(tuple),
    is_phone_ours=st.sampled_from([False, False, False, True]),
    is_hidden=st.sampled_from([False, False, False, True]),
    receipts=st.lists(RECEIPTS, min_size=1, max_size=4).map(tuple),
)


def tell(story, *, take_in):
    """Write a story's message, take its receipts in, and return what is left of it all."""
    with transaction.atomic():
        make_did(id=7)
        if story.is_phone_ours:
            make_did(PHONE, label="Also ours", id=8)
        message = make_outbound(**story.message)
        for at in story.entries:
            StatusChange.objects.create(message=message, status=message.status, at=at)
        if story.is_hidden:
            redact_message(message=message, content="(gone)", by=make_user("hider"), at=NOW)
        for envelope in story.receipts:
            assert take_in(envelope=envelope)
        found = _comparable(rows())
        transaction.set_rollback(True)
    return found


def by_either_way(*, envelope):
    return take_in_quickly(envelope=envelope) or record_push(envelope=envelope)


@settings(
    max_examples=20,  # each costs a dozen transactions
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=STORIES)
def test_receipts_of_any_kind_leave_the_same_rows_by_either_way(story):
    assert tell(story, take_in=by_either_way) == tell(story, take_in=record_push)


# What else it must not do -----------------------------------------------------------------------


def test_a_receipt_is_counted_as_taken_in_quickly():
    sent()

    assert counted_by(lambda: take_in_quickly(envelope=receipt(type="1"))) == {"done": 1}
    assert counted_by(lambda: take_in_quickly(envelope=receipt(type="1"))) == {"not_ordinary": 1}


#: Columns that a receipt leaves NULL in the rows that it makes; see test_entry.
LEFT_NULL = {
    StatusChange: {"facts", "trace"},
    Push: {"exception", "replayed_at", "replays", "spool_name", "text_digest"},
    Change: set(),
}


@pytest.mark.parametrize("module", [postgresql, sqlite])
def test_every_column_is_written_or_has_a_default_in_the_database(module):
    statements = statements_of(module, of_receipts=True)

    assert {model: columns_without_a_value(model, statements) for model in LEFT_NULL} == LEFT_NULL


def test_every_state_that_a_receipt_moves_forward_is_known():
    for word, target in (("DELIVRD", Status.DELIVERED), ("UNDELIVR", Status.UNDELIVERED)):
        for status in Status:
            with transaction.atomic():
                if status != Status.RECEIVED:
                    sent(status=status.value, queued_at=NOW, not_before=NOW, attempt_started_at=NOW)
                    quickly = take_in_quickly(envelope=receipt(smsStatus=word, type="1"))
                    assert quickly == (Message(status=status).can_become(target)), (
                        f"{status} to {target}"
                    )
                transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_receipts_at_once_are_applied_once():
    message = sent()

    at_once(lambda _turn: receive_push(envelope=receipt(type="1")), range(20))

    assert Counter(Push.objects.values_list("outcome", "message")) == {
        ("applied", message.pk): 1,
        ("duplicate", message.pk): 19,
    }
    assert [entry.status for entry in message.status_changes.all()] == ["queued", "delivered"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("word", ["EXPIRED", "UNDELIVR"])
def test_a_receipt_that_waited_for_another_one_is_left_to_the_long_way(word):
    sent(has_receipt=True)
    found = []

    def wait():
        found.append(take_in_quickly(envelope=receipt(type="1")))
        connection.close()

    with transaction.atomic():
        record_push(envelope=receipt(type="1", smsStatus=word))
        waiting = threading.Thread(target=wait)
        waiting.start()
        until(somebody_waits_for_a_lock)
    waiting.join()

    assert found == [False]
    assert Push.objects.count() == 1


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]
