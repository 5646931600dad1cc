"""One message as the thread shows it: its position, its status, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from messaging.models import Message, Reaction
from messaging.services.conversations.reactions import reaction_of, sign_on
from messaging.services.outbox.resend import waits_for_receipt_until
from messaging.statuses import Status


@dataclass
class Bubble:
    """One message as the thread shows it.

    Attributes:
        message: the row.
        at: the time by which it is placed: a scheduled message is shown where it went out.
        starts_run: the first of several by the same sender within three minutes.
        ends_run: the last of them; its foot line speaks for the run.
        is_first_new: the "New" line is above it.
        repeat: the message that was sent again in its place.
        may_be_sent_again: "Send again" is offered.
        may_be_sent_again_at: from when on an unconfirmed message may be repeated, if not yet.
        has_no_receipt: it was accepted, and no receipt came for NO_RECEIPT_AFTER seconds.
        reaction: what the message says about another one, when it is a reaction.
        sign: the emoji with which the contact reacted to it, "" for none.
    """

    message: Message
    at: datetime
    starts_run: bool = True
    ends_run: bool = True
    is_first_new: bool = False
    repeat: Message | None = None
    may_be_sent_again: bool = False
    may_be_sent_again_at: datetime | None = None
    has_no_receipt: bool = False
    reaction: Reaction | None = None
    sign: str = ""
    kind: str = "message"


def bubble_of(message: Message, *, at: datetime, new_from: int) -> Bubble:
    """Return a message as the thread shows it.

    Args:
        message: with its resends and the reactions to it prefetched.
        at: now, aware UTC.
        new_from: the message above which the "New" line is, 0 for none.
    """
    repeat = next(iter(message.resends.all()), None)
    bubble = Bubble(
        message=message,
        at=shown_at(message),
        is_first_new=bool(new_from) and message.pk == new_from,
        repeat=repeat,
        reaction=reaction_of(message),
        sign=sign_on(message.reactions.all()),
    )
    if message.is_inbound:
        return bubble
    bubble.has_no_receipt = _has_no_receipt(message, at=at)
    is_over = repeat is not None or message.redacted_at is not None or _was_taken_back(message)
    if message.is_resendable and not is_over:
        until = waits_for_receipt_until(message=message)
        bubble.may_be_sent_again = until is None or until <= at
        bubble.may_be_sent_again_at = None if bubble.may_be_sent_again else until
    return bubble


def _was_taken_back(message: Message) -> bool:
    """Tell whether its writer took it back: its text went back into the composer."""
    return (
        message.status == Status.CANCELED and message.send_at is None and message.error_code is None
    )


def _has_no_receipt(message: Message, *, at: datetime) -> bool:
    if message.status != Status.SENT or message.has_receipt:
        return False
    sent_at = message.sent_at or message.created_at
    return at - sent_at >= timedelta(seconds=settings.NO_RECEIPT_AFTER)


def shown_at(message: Message) -> datetime:
    """Return where the thread shows a message in time: a scheduled one where it went out."""
    if message.send_at is None:
        return message.created_at
    if message.queued_at is not None:
        return message.queued_at
    return message.created_at if message.status == Status.CANCELED else message.send_at
