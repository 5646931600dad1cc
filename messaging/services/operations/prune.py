"""Delete what nobody needs any more: old pushes, hints, sessions, notifications and alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max

from messaging.models import (
    Change,
    HealthAlarm,
    Mailing,
    Notification,
    Presence,
    Push,
    StaffSession,
)
from messaging.services.sending.circuit_breaker import current_trip, mail_key

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

#: A page or worker that was away for longer fetches everything again.
KEEP_CHANGES: Final = timedelta(days=2)
KEEP_PRESENCES: Final = timedelta(days=1)
BATCH: Final = 500


def prune(*, days: int, at: datetime, batch: int = BATCH) -> dict[str, int]:
    """Delete in small transactions; never messages, nor what still needs somebody.

    Kept in any case: quarantined pushes and orphans, and the newest push of each DID number and
    kind, which tells when NXCloud last reached us.

    Args:
        days: how old applied pushes and notifications must be.
        at: now, aware UTC.
        batch: rows in one transaction.

    Returns:
        How many rows of each kind were deleted.
    """
    before = at - timedelta(days=days)
    kinds: dict[str, QuerySet[Any]] = {
        "pushes": _old_pushes(before=before),
        "changes": Change.objects.filter(at__lt=at - KEEP_CHANGES),
        "presences": Presence.objects.filter(seen_at__lt=at - KEEP_PRESENCES),
        "sessions": StaffSession.objects.filter(expire_date__lt=at),
        "notifications": Notification.objects.filter(created_at__lt=before),
        "mailings": _old_mailings(before=before),
        "alarms": HealthAlarm.objects.filter(ended_at__lt=before),
    }
    return {name: _delete(rows, batch=batch) for name, rows in kinds.items()}


def _old_pushes(*, before: datetime) -> QuerySet[Push]:
    newest = Push.objects.filter(did_number__isnull=False).values("did_number", "kind")
    kept = newest.annotate(newest=Max("pk")).values_list("newest", flat=True).order_by()
    done = [Push.Outcome.APPLIED, Push.Outcome.DUPLICATE]
    return Push.objects.filter(outcome__in=done, received_at__lt=before).exclude(pk__in=list(kept))


def _old_mailings(*, before: datetime) -> QuerySet[Mailing]:
    old = Mailing.objects.filter(due_at__isnull=True, sent_at__lt=before)
    trip = current_trip()
    return old if trip is None else old.exclude(key=mail_key(trip))


def _delete(rows: QuerySet[Any], *, batch: int) -> int:
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return deleted
