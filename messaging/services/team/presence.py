"""Who is viewing a conversation and who is replying; it expires when it is not renewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import Change, Presence
from messaging.services.feed.changes import announce

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation

#: A page renews its presence every twenty seconds while it is visible.
VIEWING_LASTS: Final = timedelta(seconds=45)
#: A writer renews it every four seconds while typing.
REPLYING_LASTS: Final = timedelta(seconds=12)


@dataclass(frozen=True)
class Colleague:
    """Somebody else who is in the conversation now."""

    user: User
    is_replying: bool
    ends_at: datetime


def note_presence(
    *, conversation: Conversation, user: User, at: datetime, is_replying: bool
) -> bool:
    """Record that somebody looks at a conversation, or types in its reply box.

    Returns:
        Whether others see a change; only then they are told.
    """
    with transaction.atomic():
        row, is_new = Presence.objects.get_or_create(
            conversation=conversation,
            user=user,
            defaults={"seen_at": at, "replying_at": at if is_replying else None},
        )
        if not is_new and row.seen_at > at:
            return False  # It was held up on its way; a younger call says how it is now.
        was_here = not is_new and row.seen_at > at - VIEWING_LASTS
        was_replying = (
            bool(row.replying_at and row.replying_at > at - REPLYING_LASTS) and not is_new
        )
        if not is_new:
            row.seen_at, row.replying_at = at, at if is_replying else None
            row.save(update_fields=["seen_at", "replying_at"])
        changed = not was_here or was_replying != is_replying
        if changed:
            announce(kind=Change.Kind.PRESENCE, conversation=conversation)
    return changed


def leave(*, conversation: Conversation, user: User) -> bool:
    """Record that somebody closed the conversation; return whether they were in it."""
    with transaction.atomic():
        gone, _rows = Presence.objects.filter(conversation=conversation, user=user).delete()
        if gone:
            announce(kind=Change.Kind.PRESENCE, conversation=conversation)
    return bool(gone)


def colleagues_in(*, conversation: Conversation, user: User, at: datetime) -> list[Colleague]:
    """Return who else is in a conversation now, writers first."""
    rows = (
        Presence.objects.filter(conversation=conversation, seen_at__gt=at - VIEWING_LASTS)
        .exclude(user=user)
        .select_related("user")
        .order_by("user__first_name", "user__username")
    )
    people = [
        Colleague(
            user=row.user,
            is_replying=bool(row.replying_at and row.replying_at > at - REPLYING_LASTS),
            ends_at=row.replying_at + REPLYING_LASTS
            if row.replying_at and row.replying_at > at - REPLYING_LASTS
            else row.seen_at + VIEWING_LASTS,
        )
        for row in rows
    ]
    return sorted(people, key=lambda person: not person.is_replying)
