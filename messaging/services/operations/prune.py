"""Delete what nobody needs any more: old pushes, hints, sessions, notifications and alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max, Q

from messaging.models import (
    Change,
    Contact,
    HealthAlarm,
    LegalHold,
    Mailing,
    Message,
    Notification,
    Presence,
    Push,
    StaffSession,
)
from messaging.services.contacts.legal_holds import held_contacts, held_numbers
from messaging.services.sending.circuit_breaker import current_trip, mail_key

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from messaging.models.push import PushQuerySet

#: A page or worker that was away for longer fetches everything again.
KEEP_CHANGES: Final = timedelta(days=2)
KEEP_PRESENCES: Final = timedelta(days=1)
BATCH: Final = 500


def prune(*, days: int, at: datetime, batch: int = BATCH) -> dict[str, int]:
    """Delete in small transactions; never messages, nor what still needs somebody.

    Kept in any case: what is on legal hold, quarantined pushes and orphans, and the newest push of
    each DID number and kind, which tells when NXCloud last reached us.

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


def _old_pushes(*, before: datetime) -> PushQuerySet:
    newest = Push.objects.filter(did_number__isnull=False).values("did_number", "kind")
    kept = newest.annotate(newest=Max("pk")).values_list("newest", flat=True).order_by()
    done = [Push.Outcome.APPLIED, Push.Outcome.DUPLICATE]
    rows = Push.objects.filter(outcome__in=done, received_at__lt=before)
    return without_held(rows).exclude(pk__in=list(kept))


def without_held(pushes: PushQuerySet) -> PushQuerySet:
    """Leave out the pushes of what is on legal hold.

    While a contact is on hold, pushes whose number has two readings stay too.
    """
    if not LegalHold.objects.in_force().exists():
        return pushes
    contacts = held_contacts()
    messages = Message.objects.filter(conversation__contact__in=contacts).order_by()
    keys = list(Contact.objects.filter(pk__in=contacts).values_list("phone_key", flat=True))
    rows = pushes.exclude(did_number__in=held_numbers()).exclude(message__in=messages.values("pk"))
    return rows.exclude(Q(phone_key__in=keys) | Q(phone_key__contains=" ")) if keys else rows


def _old_mailings(*, before: datetime) -> QuerySet[Mailing]:
    old = Mailing.objects.filter(due_at__isnull=True, sent_at__lt=before)
    trip = current_trip()
    return old if trip is None else old.exclude(key=mail_key(trip))


def _delete(rows: QuerySet[Any], *, batch: int) -> int:
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return deleted
