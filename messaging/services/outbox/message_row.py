"""The row of a new outbound message: text with the number's signature, size, first status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging.models import Message
from messaging.phone_numbers import calling_code
from messaging.services.content.text import sendable_text
from messaging.sms_text import measure
from messaging.statuses import Status

from .undo_window import UNDO_WINDOW

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation

    from .new_message import NewMessage


def new_row(
    new: NewMessage, *, conversation: Conversation, user: User | None, at: datetime
) -> Message:
    """Return the row of a message, not yet written.

    Args:
        new: what is to be sent; its text is normalized.
        conversation: where; its number and contact are at hand.
        user: who writes it; None for automatic answers.
        at: now, aware UTC.

    Raises:
        InvalidInput: with the number's signature the text is too long.
    """
    signature = _signature_for(new, conversation=conversation)
    text = sendable_text(new.content, signature=signature)
    size = measure(text, calling_code=calling_code(conversation.contact.phone_key))
    return Message(
        conversation=conversation,
        did_number=conversation.did_number,
        direction=Message.Direction.OUTBOUND,
        content=text,
        signature=signature,
        encoding=size.encoding,
        segments=size.segments,
        created_at=at,
        sent_by=user,
        client_id=new.client_id or None,
        resend_of=new.resend_of,
        is_automatic=new.is_automatic,
        cancel_if_they_write=new.cancel_if_they_write and new.send_at is not None,
        **_beginning(new, at=at),
    )


def _signature_for(new: NewMessage, *, conversation: Conversation) -> str | None:
    """Return what is put under a text; a repeat keeps what it had, an automatic answer has none."""
    if new.is_automatic:
        return None
    if new.resend_of is not None:
        return new.resend_of.signature
    return conversation.did_number.signature or None


def _beginning(new: NewMessage, *, at: datetime) -> dict[str, Any]:
    """Return the columns that say how a new message begins."""
    if new.send_at is not None:
        return {"status": Status.SCHEDULED.value, "send_at": new.send_at, "not_before": new.send_at}
    if new.is_held:
        return {"status": Status.HELD.value, "not_before": at + UNDO_WINDOW}
    return {"status": Status.QUEUED.value, "queued_at": at, "not_before": at}
