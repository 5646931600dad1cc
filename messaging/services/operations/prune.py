"""Delete what nobody needs any more: old pushes, messages, hints, sessions, notifications."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from messaging.models import (
    Change,
    HealthAlarm,
    Mailing,
    Notification,
    NumberRetention,
    Presence,
    StaffSession,
)
from messaging.services.sending.circuit_breaker import current_trip, mail_key

from .number_retention import preview
from .old_pushes import old_pushes
from .retention_run import prune_numbers

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

#: A page or worker that was away for longer fetches everything again.
KEEP_CHANGES: Final = timedelta(days=2)
KEEP_PRESENCES: Final = timedelta(days=1)
BATCH: Final = 500


def prune(*, days: int, at: datetime, batch: int = BATCH) -> dict[str, int]:
    """Delete in small transactions; of messages only what its number does not keep any longer.

    Args:
        days: how old applied pushes must be, except of numbers with a time of their own
            (`number_retention.py`), and notifications. What stays in any case: `old_pushes.py`.
        at: now, aware UTC.
        batch: rows in one transaction.

    Returns:
        How many rows of each kind were deleted.
    """
    before = at - timedelta(days=days)
    kinds: dict[str, QuerySet[Any]] = {
        "pushes": old_pushes(days=days, at=at),
        "changes": Change.objects.filter(at__lt=at - KEEP_CHANGES),
        "presences": Presence.objects.filter(seen_at__lt=at - KEEP_PRESENCES),
        "sessions": StaffSession.objects.filter(expire_date__lt=at),
        "notifications": Notification.objects.filter(created_at__lt=before),
        "mailings": _old_mailings(before=before),
        "alarms": HealthAlarm.objects.filter(ended_at__lt=before),
    }
    counts = Counter({name: _delete(rows, batch=batch) for name, rows in kinds.items()})
    counts["messages"] = 0
    gone = prune_numbers(at=at)
    counts.update({name: gone[name] for name in ("pushes", "messages")})
    return dict(counts)


def previewed(*, days: int, at: datetime) -> list[str]:
    """Return in lines what `prune` would delete of pushes and messages; nothing is locked.

    Args:
        days: as for `prune`.
        at: now, aware UTC.
    """
    lines = [
        f"{old_pushes(days=days, at=at).count()} pushes of numbers without a time of their own"
    ]
    for row in NumberRetention.objects.select_related("did_number").order_by("did_number__number"):
        if row.message_days is None and row.push_days is None:
            continue
        found = preview(
            number=row.did_number, message_days=row.message_days, push_days=row.push_days, at=at
        )
        waits = ""
        if row.waits_until is not None and row.waits_until > at:
            waits = f", not before {row.waits_until:%Y-%m-%d %H:%M} UTC"
        lines.append(
            f"{row.did_number.number}: {found.messages} messages of {found.conversations}"
            f" conversations, {found.pushes} pushes{waits}; {found.held} old messages are on legal"
            f" hold, {found.kept} stay for other reasons"
        )
    return lines


def _old_mailings(*, before: datetime) -> QuerySet[Mailing]:
    old = Mailing.objects.filter(due_at__isnull=True, sent_at__lt=before)
    trip = current_trip()
    return old if trip is None else old.exclude(key=mail_key(trip))


def _delete(rows: QuerySet[Any], *, batch: int) -> int:
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return deleted
