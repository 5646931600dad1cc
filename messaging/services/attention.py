"""Messages that a person should look at, until somebody has dealt with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from messaging.models import Change, Message

from .live import announce

if TYPE_CHECKING:
    from datetime import datetime


def clear_attention(*, message: Message, at: datetime) -> bool:
    """Mark a failed, undelivered or unconfirmed message as dealt with."""
    with transaction.atomic():
        cleared = (
            Message.objects.needing_attention()
            .filter(pk=message.pk)
            .update(attention_cleared_at=at)
        )
        if cleared:
            announce(kind=Change.Kind.CONVERSATION, conversation=message.conversation)
    return bool(cleared)
