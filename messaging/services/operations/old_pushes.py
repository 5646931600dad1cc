"""Which raw pushes may go: applied long ago, on no hold, and not the newest of their kind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Max, Q

from messaging.models import Contact, LegalHold, Message, NumberRetention, Push

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.models.push import PushQuerySet

DONE: Final = (Push.Outcome.APPLIED, Push.Outcome.DUPLICATE)


def old_pushes(*, days: int, at: datetime, did_number_id: int | None = None) -> PushQuerySet:
    """Return the pushes that are old enough.

    Kept in any case: what is on legal hold, quarantined pushes and orphans, and the newest push of
    each DID number and kind, which tells when NXCloud last reached us.

    Args:
        days: how old they must be.
        at: now, aware UTC.
        did_number_id: of which number; of all that have no time of their own when not given.
    """
    rows = Push.objects.filter(outcome__in=DONE, received_at__lt=at - timedelta(days=days))
    if did_number_id is not None:
        rows = rows.filter(did_number=did_number_id)
    else:
        others = NumberRetention.objects.filter(push_days__isnull=False).values("did_number")
        rows = rows.exclude(did_number__in=others)
    return without_held(rows, at=at).exclude(pk__in=newest_pushes(did_number_id))


def newest_pushes(did_number_id: int | None = None) -> list[int]:
    """Return the ids of the newest push of each kind, of one DID number or of each."""
    rows = Push.objects.filter(did_number__isnull=False)
    if did_number_id is not None:
        rows = rows.filter(did_number=did_number_id)
    kinds = rows.values("did_number", "kind").annotate(newest=Max("pk"))
    return list(kinds.values_list("newest", flat=True).order_by())


def without_held(pushes: PushQuerySet, *, at: datetime) -> PushQuerySet:
    """Leave out the pushes of what is on legal hold, or was a day ago.

    While a contact is on hold, pushes whose number has two readings stay too.
    """
    holds = LegalHold.objects.keeping(at=at)
    if not holds.exists():
        return pushes
    contacts, numbers = holds.contacts(), holds.numbers()
    messages = Message.objects.filter(conversation__contact__in=contacts).order_by()
    keys = list(Contact.objects.filter(pk__in=contacts).values_list("phone_key", flat=True))
    rows = pushes.exclude(did_number__in=numbers).exclude(message__in=messages.values("pk"))
    return rows.exclude(Q(phone_key__in=keys) | Q(phone_key__contains=" ")) if keys else rows
