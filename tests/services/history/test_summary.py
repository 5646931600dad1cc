"""What lists show of a conversation follows from its messages, whatever has happened to them."""

import ast
import random
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

import messaging
from messaging.models import Conversation, DidNumber, Message, Push
from messaging.services.contacts import opt_outs
from messaging.services.conversations import lifecycle
from messaging.services.conversations.sender_blocks import block_sender, unblock_sender
from messaging.services.conversations.undo import state_of, undo, undo_token
from messaging.services.errors import MessagingError
from messaging.services.history.summary import COLUMNS, summary_of
from messaging.services.outbox.cancel import cancel_message
from messaging.services.outbox.eligibility import block_expired_messages
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.reply import send_and_close, send_reply
from messaging.services.outbox.resend import resend_message
from messaging.services.outbox.schedule import release_due_messages, reschedule, send_now
from messaging.services.outbox.undo_window import undo_send
from messaging.services.privacy.redaction import hide_text
from messaging.services.receiving.fast_path.entry import take_in_quickly
from messaging.services.receiving.record import record_push
from messaging.services.receiving.replay import replay_push
from tests.factories import (
    NOW,
    inbound_envelope,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)
from tests.services.sending.scripted_client import Client, accepted, send_turn

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HOUR = timedelta(hours=1)


def stored(conversation_id):
    return Conversation.objects.values(*COLUMNS).get(pk=conversation_id)


def differences():
    """Each conversation whose row says something else than its messages."""
    rows = {row["id"]: row for row in Conversation.objects.values("id", *COLUMNS)}
    found = {pk: {"id": pk, **asdict(summary_of(pk))} for pk in rows}
    return {pk: (rows[pk], found[pk]) for pk in rows if rows[pk] != found[pk]}


# A day of random events ------------------------------------------------------------------------


class Day:
    """Two conversations of one number with everything that can happen in them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.at = NOW
        self.ana = make_user("ana", is_staff=True)
        self.tom = make_user("tom", is_staff=True)
        self.did = make_did()
        self.phones = ("34612345678", "34600000001")
        for phone in self.phones:
            make_conversation(self.did, phone, at=self.at)

    @property
    def conversation(self):
        return self.random.choice(list(Conversation.objects.order_by("pk")))

    def one(self, **conditions):
        """One of the messages that fit; skips the event where there is none."""
        rows = list(Message.objects.filter(**conditions).order_by("pk"))
        if not rows:
            raise Skipped
        return self.random.choice(rows)

    def push(self, content="Hello there", *, is_quick=False, at=None, **extra):
        envelope = inbound_envelope(
            phone=self.random.choice(self.phones), content=content, at=at or self.at, **extra
        )
        # A savepoint of its own, as each push has one.
        with transaction.atomic():
            return (is_quick and take_in_quickly(envelope=envelope)) or record_push(
                envelope=envelope
            )

    def reply(self, *, send=send_reply, **fields):
        new = NewMessage(content="Yes", **fields)
        with transaction.atomic():
            return send(new, conversation=self.conversation, user=self.ana, at=self.at)


class Skipped(Exception):
    """There is nothing that this event could happen to."""


def late_push(day):
    day.push("It waited in the spool", at=day.at - 5 * HOUR)


def reaction(day):
    day.push("Loved “Yes”")


def release(day):
    for row in Message.objects.filter(status__in=["held", "scheduled"])[:2]:
        Message.objects.filter(pk=row.pk).update(not_before=day.at)
    release_due_messages(at=day.at)


def change_scheduled(day):
    reschedule(
        message=day.one(status="scheduled"),
        content=f"Changed at {day.at}",
        send_at=day.at + HOUR,
        cancel_if_they_write=True,
        user=day.tom,
        at=day.at,
    )


def expire(day):
    row = day.one(status="queued")
    Message.objects.filter(pk=row.pk).update(send_at=day.at - timedelta(days=3))
    block_expired_messages(at=day.at)


def switched_off(day):
    day.one(status="queued")
    DidNumber.objects.update(is_active=False)
    send_turn(Client(), at=day.at)
    DidNumber.objects.update(is_active=True)


def receipt(day):
    row = day.one(status__in=["sent", "unconfirmed"], provider_message_id__isnull=False)
    record_push(
        envelope=receipt_envelope(
            message_id=row.provider_message_id,
            content=row.content,
            phone=row.conversation.contact.phone_key,
            status=day.random.choice(["DELIVRD", "UNDELIVR"]),
            at=day.at,
        )
    )


def orphan(day):
    record_push(envelope=receipt_envelope(message_id=f"mt-x{day.at}", content="?", at=day.at))


def replay(day):
    push = day.push("For a number that is not ours yet", did="447700900999")
    did = make_did("447700900999", label="London")
    if push.outcome == Push.Outcome.QUARANTINED:
        replay_push(push=push, at=day.at)
    Push.objects.filter(did_number=did).count()


def repeat(day):
    day.push("Once", message_id="mo-same")


def hide(day):
    hide_text(message=day.one(), content=f"(hidden {day.at})", by=day.ana, at=day.at)


def hidden_again(day):
    """A push brings a text again that was hidden."""
    message = day.one(direction="inbound", redacted_at__isnull=False)
    record_push(
        envelope=inbound_envelope(
            phone=message.conversation.contact.phone_key,
            message_id=message.provider_message_id,
            at=day.at,
        )
    )


def send_and_close_then_undo(day):
    sent = day.reply(is_held=True, send=send_and_close)
    undo_send(message=sent.message, user=day.ana, at=day.at, token=sent.undo)


def close_then_undo(day):
    conversation = day.conversation
    before = state_of(conversation_id=conversation.pk)
    lifecycle.close(conversation=conversation, by=day.ana, at=day.at)
    token = undo_token(before=before, user=day.ana)
    if day.random.random() < 0.5:
        day.push()
    undo(conversation=conversation, token=token, user=day.ana, at=day.at)


def block_then_undo(day):
    conversation = day.conversation
    for pk, token in block_sender(conversation=conversation, by=day.ana, at=day.at).items():
        undo(conversation=Conversation.objects.get(pk=pk), token=token, user=day.ana, at=day.at)


def snooze_and_wake(day):
    lifecycle.snooze(conversation=day.conversation, until=day.at + HOUR / 2, by=day.ana, at=day.at)
    lifecycle.wake_snoozed(at=day.at + HOUR / 2)


EVENTS = {
    "arrival, the fast path": lambda day: day.push(is_quick=True),
    "arrival, the long way": lambda day: day.push("Is\nanybody  there?"),
    "arrival, late": late_push,
    "arrival without a text": lambda day: day.push("", is_quick=True),
    "reaction": reaction,
    "repeat": repeat,
    "stop": lambda day: day.push("STOP"),
    "stop, late": lambda day: day.push("STOP", at=day.at - 3 * HOUR),
    "start": lambda day: day.push("START"),
    "help": lambda day: day.push("HELP"),
    "cancel": lambda day: day.push("CANCEL"),
    "replay": replay,
    "reply": lambda day: day.reply(),
    "reply, held": lambda day: day.reply(is_held=True),
    "reply, scheduled": lambda day: day.reply(send_at=day.at + HOUR),
    "change what is scheduled": change_scheduled,
    "send now": lambda day: send_now(message=day.one(status="scheduled"), at=day.at),
    "reply, scheduled, gives way": lambda day: day.reply(
        send_at=day.at + HOUR, cancel_if_they_write=True
    ),
    "reply by a program": lambda day: queue_message(
        NewMessage(content="Beep"), conversation=day.conversation, user=day.tom, at=day.at
    ),
    "undo": lambda day: undo_send(message=day.one(status="held"), user=day.ana, at=day.at),
    "cancel what waits": lambda day: cancel_message(
        message=day.one(status__in=["queued", "scheduled", "held"]), user=day.tom, at=day.at
    ),
    "release": release,
    "attempt": lambda day: send_turn(Client(accepted(f"mt-{day.at}")), at=day.at),
    "receipt": receipt,
    "orphan": orphan,
    "resend": lambda day: resend_message(
        message=day.one(status__in=["canceled", "blocked", "undelivered"]),
        user=day.tom,
        at=day.at,
    ),
    "expire": expire,
    "number switched off": switched_off,
    "hide": hide,
    "hidden text again": hidden_again,
    "opt-out by a person": lambda day: opt_outs.record_opt_out(
        conversation=day.conversation,
        at=day.at,
        by=day.ana,
        is_for_all_numbers=day.random.random() < 0.5,
    ),
    "opt-out ended by a person": lambda day: opt_outs.end_opt_outs(
        conversation=day.conversation, reason="They called", at=day.at, by=day.ana
    ),
    "block": lambda day: block_sender(
        conversation=day.conversation,
        by=day.ana,
        at=day.at,
        is_for_all_numbers=day.random.random() < 0.5,
    ),
    "unblock": lambda day: unblock_sender(conversation=day.conversation, by=day.ana, at=day.at),
    "block, then undo": block_then_undo,
    "close": lambda day: lifecycle.close(conversation=day.conversation, by=day.ana, at=day.at),
    "close, then undo": close_then_undo,
    "send and close, then undo": send_and_close_then_undo,
    "reopen": lambda day: lifecycle.reopen(conversation=day.conversation, by=day.ana, at=day.at),
    "no reply needed": lambda day: lifecycle.need_no_reply(
        conversation=day.conversation, by=day.ana, at=day.at
    ),
    "snooze and wake": snooze_and_wake,
}


def live(day, names, happened):
    """Let events happen; after each of them the rows say what their messages say."""
    for number, name in enumerate(names):
        day.at += timedelta(minutes=7)
        if day.random.random() < 0.2:  # else most replies would be refused before long
            EVENTS["opt-out ended by a person"](day)
        try:
            EVENTS[name](day)
        except (MessagingError, Skipped):
            continue
        happened.add(name)
        assert differences() == {}, (number, name)


def test_after_every_kind_of_event_the_row_says_what_its_messages_say():
    happened = set()
    for seed in range(3):
        with transaction.atomic():
            day = Day(seed)
            names = [*EVENTS] * 2
            day.random.shuffle(names)
            live(day, names, happened)
            transaction.set_rollback(True)

    assert sorted(set(EVENTS) - happened) == []


# What was wrong while several modules wrote these columns ---------------------------------------


def summary(message):
    return summary_of(message.conversation_id)


def test_list_shows_a_scheduled_text_as_it_was_changed():
    ana = make_user("ana", is_staff=True)
    message, _new = queue_message(
        NewMessage(content="At five", send_at=NOW + HOUR),
        conversation=make_conversation(),
        user=ana,
        at=NOW,
    )

    reschedule(
        message=message,
        content="At six",
        send_at=NOW + HOUR,
        cancel_if_they_write=False,
        user=ana,
        at=NOW,
    )

    assert stored(message.conversation_id)["last_preview"] == "At six"


def test_text_whose_reply_was_blocked_needs_a_reply_again(settings):
    question = make_inbound(content="Are you open?")
    make_outbound(question.conversation, "We are")

    block_expired_messages(at=NOW + timedelta(seconds=settings.OUTBOX_MAX_AGE + 1))

    assert stored(question.conversation_id)["needs_reply_since"] == question.created_at


def test_undo_leaves_a_woken_conversation_where_it_was_in_the_list():
    ana = make_user("ana", is_staff=True)
    conversation = make_inbound().conversation
    lifecycle.snooze(conversation=conversation, until=NOW + HOUR, by=ana, at=NOW)
    lifecycle.wake_snoozed(at=NOW + HOUR)
    sent = send_reply(
        NewMessage(content="Yes", is_held=True),
        conversation=conversation,
        user=ana,
        at=NOW + 2 * HOUR,
    )

    undo_send(message=sent.message, user=ana, at=NOW + 2 * HOUR)

    assert stored(conversation.pk)["last_activity_at"] == NOW + HOUR


def test_text_that_came_before_a_stop_is_not_due_again_when_its_reply_is_canceled():
    question = make_inbound(content="Are you open?")
    make_inbound(content="STOP", at=NOW + HOUR)
    waiting = make_outbound(make_conversation(phone="34600000001"))
    Message.objects.filter(pk=waiting.pk).update(conversation=question.conversation)
    waiting.refresh_from_db()

    cancel_message(message=waiting, user=make_user(), at=NOW + HOUR)

    assert stored(question.conversation_id)["needs_reply_since"] is None


# One writer ------------------------------------------------------------------------------------

OWN = frozenset({*COLUMNS, "settled_message_id"})
WRITING_CALLS = frozenset(
    {"update", "create", "get_or_create", "update_or_create", "bulk_create", "Conversation"}
)
#: The module itself, and the fast path, which the tests above and its own hold against it.
WRITERS = frozenset({"summary.py"})
#: What names them in dictionaries that are written to files.
FILES = frozenset({"services/exports/tables.py"})


def columns_written_in(tree):
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), keywords=keywords):
                if name in WRITING_CALLS:
                    yield from (keyword.arg for keyword in keywords if keyword.arg in OWN)
            case ast.Dict(keys=keys):
                yield from (
                    key.value for key in keys if isinstance(key, ast.Constant) and key.value in OWN
                )
            case ast.Attribute(attr=name, ctx=ast.Store()) if name in OWN:
                yield name
            case ast.Subscript(slice=ast.Constant(value=name), ctx=ast.Store()) if name in OWN:
                yield name


def test_no_other_module_writes_these_columns():
    root = Path(messaging.__file__).parent
    found = {}
    for path in root.rglob("*.py"):
        if path.name in WRITERS or "migrations" in path.parts:
            continue
        name = str(path.relative_to(root))
        if name in FILES:
            continue
        if written := sorted(set(columns_written_in(ast.parse(path.read_text())))):
            found[name] = written

    assert found == {}


def test_a_module_that_writes_them_is_found():
    source = """
row.last_preview = ""
rows.update(needs_reply_since=None)
fields["last_activity_at"] = at
rows.get_or_create(defaults={"last_message_id": 3})
"""
    assert sorted(columns_written_in(ast.parse(source))) == [
        "last_activity_at",
        "last_message_id",
        "last_preview",
        "needs_reply_since",
    ]
