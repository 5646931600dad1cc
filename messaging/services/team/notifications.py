"""Tell people what concerns them: a mention, an assignment, a message that waits too long.

It reaches them by email (`email_notifications.py`) and in the browser (`browser_notifications.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from messaging.models import Notification

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation


def notify(
    *,
    user: User,
    conversation: Conversation,
    reason: Notification.Reason,
    at: datetime,
    message_id: int | None = None,
) -> Notification:
    """Note that a person should hear of something, with the reason why."""
    return Notification.objects.create(
        user=user, conversation=conversation, reason=reason, created_at=at, message_id=message_id
    )


def see_notifications(*, conversation: Conversation, user: User, at: datetime) -> int:
    """Mark what concerns a conversation as seen by the user who opened it; return how many."""
    return Notification.objects.filter(
        user=user, conversation=conversation, seen_at__isnull=True
    ).update(seen_at=at)


def mentioned_or_theirs(user: User) -> Q:
    """Keep mentions, and of the assignments those that still hold: not undone, not handed on."""
    return Q(reason=Notification.Reason.MENTION) | Q(
        reason=Notification.Reason.ASSIGNED, conversation__assignee=user
    )
