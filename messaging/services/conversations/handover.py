"""Give a conversation to a colleague, with a note, and tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from messaging.models import Notification
from messaging.services.team.notifications import notify

from .lifecycle import assign
from .notes import add_note

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation


def hand_over(
    *, conversation: Conversation, to: User | None, by: User, at: datetime, note: str = ""
) -> bool:
    """Assign a conversation, write the note that goes with it, and tell the new assignee.

    Args:
        conversation: what changes hands.
        to: the new assignee; None for nobody.
        by: who hands it over.
        at: now, aware UTC.
        note: what the new assignee should know; may be empty.

    Returns:
        Whether it changed hands.

    Raises:
        InvalidInput: the colleague does not work with this number, or the note is too long.
    """
    with transaction.atomic():
        changed = assign(conversation=conversation, to=to, by=by, at=at)
        if note.strip():
            add_note(conversation=conversation, author=by, content=note, at=at)
        if changed and to is not None and to != by:
            notify(
                user=to,
                conversation=conversation,
                reason=Notification.Reason.ASSIGNED,
                at=at,
                message_id=conversation.last_message_id,
            )
    return changed
