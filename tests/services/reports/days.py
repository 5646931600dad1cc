"""Random days of traffic through the real services, and figures counted by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User

from messaging.models import Conversation, DidNumber, Message
from messaging.reasons import Reason
from messaging.services.conversations.lifecycle import close, need_no_reply
from messaging.services.history.message_status import change_status
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.undo_window import undo_send
from messaging.services.privacy.redaction import redact_message
from messaging.services.receiving.record import record_push
from messaging.statuses import Status
from tests.factories import NOW, inbound_envelope, make_conversation, receipt_envelope

PHONES = ("34612345678", "447700900123", "8613812345678", "14155550123")


@dataclass
class Days:
    """Some days of work on some numbers.

    Attributes:
        numbers: ours.
        people: who answers.
        dice: decides everything.
        at: the time on the clock; it only goes on.
        answers: what the reports should know of answers: message id to seconds.
    """

    numbers: list[DidNumber]
    people: list[User]
    dice: Random
    at: datetime = NOW
    answers: dict[int, float] = field(default_factory=dict)
    _due: dict[int, datetime] = field(default_factory=dict)
    _count: int = 0

    def go_on(self, steps: int) -> None:
        """Let so many things happen."""
        for _step in range(steps):
            self.at += timedelta(seconds=self.dice.choice((5, 40, 900, 7000, 40_000)))
            self.dice.choice(
                (self.receive, self.receive, self.answer, self.answer, self.send_otherwise,
                 self.move_on, self.move_on, self.receipt, self.receipt, self.settle, self.hide)
            )()  # fmt: skip

    def receive(self) -> None:
        did, phone = self.dice.choice(self.numbers), self.dice.choice(PHONES)
        self._count += 1
        priced = {"size": str(self.dice.choice((1, 2))), "price": "0.0360"}
        push = record_push(
            envelope=inbound_envelope(
                did=did.number,
                phone=phone,
                content=f"Question {self._count}",
                at=self.at,
                **(priced if self.dice.random() < 0.5 else {}),
            )
        )
        assert push is not None
        assert push.message is not None
        self._due.setdefault(push.message.conversation_id, self.at)

    def answer(self) -> None:
        conversation = self._conversation()
        is_held = self.dice.random() < 0.3
        message = self._write(conversation, self.dice.choice(self.people), is_held=is_held)
        if is_held and self.dice.random() < 0.5:
            undo_send(message=message, user=message.sent_by, at=self.at)
            return
        due = self._due.pop(conversation.pk, None)
        if due is not None:
            self.answers[message.pk] = (self.at - due).total_seconds()

    def send_otherwise(self) -> None:
        """Write what is nobody's answer: automatic, or for later."""
        conversation = self._conversation()
        if self.dice.random() < 0.5:
            self._write(conversation, None, is_automatic=True)
        else:
            later = self.at + timedelta(hours=3)
            self._write(conversation, self.dice.choice(self.people), send_at=later)

    def move_on(self) -> None:
        """Move what waits towards the provider."""
        message = self._any(status__in=["queued", "held", "scheduled", "sending"])
        if message is None:
            return
        steps = {
            "held": {"to": Status.QUEUED, "queued_at": self.at, "not_before": self.at},
            "scheduled": {"to": Status.QUEUED, "queued_at": self.at, "not_before": self.at},
            "queued": {"to": Status.SENDING, "attempt_started_at": self.at},
            "sending": self.dice.choice(
                (
                    {"to": Status.SENT, "provider_message_id": f"out-{message.pk}",
                     "sent_at": self.at},
                    {"to": Status.FAILED, "error": Reason("9006")},
                    {"to": Status.UNCONFIRMED, "error": Reason("no_answer")},
                )
            ),
        }  # fmt: skip
        change_status(message=message, at=self.at, **steps[message.status])

    def receipt(self) -> None:
        """Let a receipt come, maybe days late, maybe the second one, maybe without a price."""
        message = self._any(provider_message_id__isnull=False, direction="outbound")
        if message is None:
            return
        priced = {"size": self.dice.choice("12"), "price": "0.0450"}
        record_push(
            envelope=receipt_envelope(
                message_id=message.provider_message_id,
                status=self.dice.choice(("DELIVRD", "DELIVRD", "UNDELIVR", "ACCEPTD")),
                content=message.content,
                did=message.did_number.number,
                phone=message.conversation.contact.phone_key,
                at=self.at,
                **(priced if self.dice.random() < 0.8 else {}),
            )
        )

    def settle(self) -> None:
        conversation = self._conversation()
        by = self.dice.choice(self.people)
        act = self.dice.choice((close, need_no_reply))
        act(conversation=conversation, by=by, at=self.at)
        conversation.refresh_from_db()
        if conversation.status == "closed" or conversation.needs_reply_since is None:
            settled = conversation.settled_message_id
            if settled and settled >= (conversation.last_inbound_id or 0):
                self._due.pop(conversation.pk, None)

    def hide(self) -> None:
        message = self._any(direction="inbound")
        if message is not None:
            redact_message(message=message, content="hidden", by=self.people[0], at=self.at)

    def _write(self, conversation: Conversation, user: User | None, **more: object) -> Message:
        message, _new = queue_message(
            NewMessage(content="Good answer", **more),
            conversation=conversation,
            user=user,
            at=self.at,
        )
        return message

    def _conversation(self) -> Conversation:
        return make_conversation(self.dice.choice(self.numbers), self.dice.choice(PHONES))

    def _any(self, **conditions: object) -> Message | None:
        rows = list(
            Message.objects.filter(**conditions)
            .select_related("conversation__contact", "did_number")
            .order_by("pk")
        )
        return self.dice.choice(rows) if rows else None
