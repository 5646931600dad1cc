"""Delivery issues: messages that a person should look at, until they are marked as resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from messaging.models import Change, Message
from messaging.services.feed.changes import announce
from messaging.services.history.conversation_events import DealtWith, note_event

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


def clear_attention(*, message: Message, by: User, at: datetime) -> bool:
    """Mark a failed, undelivered or unconfirmed message as resolved.

    Args:
        message: the message.
        by: who says so; the thread names them.
        at: now, aware UTC.

    Returns:
        Whether it was not marked before.
    """
    with transaction.atomic():
        cleared = (
            Message.objects.needing_attention()
            .filter(pk=message.pk)
            .update(attention_cleared_at=at)
        )
        if cleared:
            note_event(
                conversation=message.conversation,
                event=DealtWith(message_id=message.pk),
                actor=by,
                at=at,
            )
    return bool(cleared)


def bring_attention_back(*, message: Message) -> bool:
    """Take back that a message was marked as resolved; return whether it was.

    One that was sent again meanwhile stays as it is.
    """
    with transaction.atomic():
        marked = Message.objects.filter(
            pk=message.pk, attention_cleared_at__isnull=False, resends__isnull=True
        )
        is_back = bool(marked.update(attention_cleared_at=None))
        if is_back:
            message.conversation.events.filter(
                kind=DealtWith.kind, facts__message_id=message.pk
            ).delete()
            announce(kind=Change.Kind.CONVERSATION, conversation=message.conversation)
    return is_back
