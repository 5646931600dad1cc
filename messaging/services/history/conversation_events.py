"""The lines that a thread shows between its messages: who did what to the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from messaging.models import Change, ConversationEvent
from messaging.services.feed.changes import announce

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation


#: The detail of an opt-out or a block that holds for all numbers.
FOR_ALL_NUMBERS: Final = "all"


def note_event(
    *,
    conversation: Conversation,
    kind: ConversationEvent.Kind,
    actor: User | None,
    at: datetime,
    subject: User | None = None,
    detail: str = "",
) -> None:
    """Write a line into a thread and tell the browsers; must run in the change's transaction.

    Args:
        conversation: whose thread.
        kind: what was done.
        actor: who did it; None for the program or the contact.
        at: when, aware UTC.
        subject: whom it concerns: the new assignee.
        detail: what else there is to say, cut at 300 characters.
    """
    ConversationEvent.objects.create(
        conversation=conversation,
        kind=kind,
        actor=actor,
        subject=subject,
        detail=detail[:300],
        at=at,
    )
    announce(kind=Change.Kind.CONVERSATION, conversation=conversation)
