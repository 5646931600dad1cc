"""Hide a stored text, for example one with a card number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from messaging.models import Conversation, ConversationEvent, Message

from .events import note_event
from .texts import preview_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


def redact_message(*, message: Message, content: str, by: User, at: datetime) -> Message:
    """Replace a stored text; who and when is kept, the old text is not.

    Args:
        message: the message.
        content: what stands there from now on.
        by: who hides it.
        at: now, aware UTC.
    """
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(
            content=content, redacted_at=at, redacted_by=by, search_text=None
        )
        conversation = message.conversation
        if conversation.last_message_id == message.pk:
            Conversation.objects.filter(pk=conversation.pk).update(last_preview=preview_of(content))
        for push in message.pushes.all():
            push.raw_body = b"(hidden)"
            push.save(update_fields=["raw_body"])
        note_event(conversation=conversation, kind=ConversationEvent.Kind.REDACTED, actor=by, at=at)
    message.content, message.redacted_at, message.redacted_by = content, at, by
    return message
