"""Labels on a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from messaging.models import ConversationEvent

from .events import note_event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation, Label


Kind = ConversationEvent.Kind


def add_label(*, conversation: Conversation, label: Label, by: User, at: datetime) -> bool:
    """Put a label on a conversation; return whether it was not there."""
    with transaction.atomic():
        if conversation.labels.filter(pk=label.pk).exists():
            return False
        conversation.labels.add(label)
        note_event(conversation=conversation, kind=Kind.LABELED, actor=by, detail=label.name, at=at)
    return True


def change_labels(
    *,
    conversation: Conversation,
    add: Iterable[Label],
    remove: Iterable[Label],
    by: User,
    at: datetime,
) -> bool:
    """Put labels on a conversation and take others off; return whether anything changed."""
    with transaction.atomic():
        added = [add_label(conversation=conversation, label=label, by=by, at=at) for label in add]
        removed = [
            remove_label(conversation=conversation, label=label, by=by, at=at) for label in remove
        ]
    return any((*added, *removed))


def remove_label(*, conversation: Conversation, label: Label, by: User, at: datetime) -> bool:
    """Take a label off a conversation; return whether it was there."""
    with transaction.atomic():
        if not conversation.labels.filter(pk=label.pk).exists():
            return False
        conversation.labels.remove(label)
        note_event(
            conversation=conversation, kind=Kind.UNLABELED, actor=by, detail=label.name, at=at
        )
    return True
