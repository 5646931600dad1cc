"""Opt-outs from a list that somebody brings: recorded for people nobody has written to, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.models import Contact, OptOut
from messaging.services.history.conversation_events import OptedOut, row_of

from .opt_outs import audit_opt_out, block_what_waits, covered_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User


def opt_outs_like(*, phone_keys: Iterable[str], did_number_id: int | None) -> dict[str, OptOut]:
    """Return the opt-outs in force of numbers, for one DID number or for all, by phone key.

    One of all numbers from which some are taken out counts only where none is.
    """
    rows = OptOut.objects.in_force().filter(
        contact__phone_key__in=list(phone_keys), did_number_id=did_number_id
    )
    if did_number_id is None:
        rows = rows.filter(allowed_numbers__isnull=True)
    return {row.contact.phone_key: row for row in rows.select_related("contact")}


def record_listed_opt_out(
    *, contact: Contact, did_number_id: int | None, by: User, at: datetime
) -> tuple[OptOut, bool, list[int]]:
    """Record that a contact is on a list of opt-outs; must run in a transaction.

    What waits for them is blocked, and each conversation that it covers gets a line, without a hint
    for each: a list has thousands.

    Args:
        contact: whose wish it is.
        did_number_id: from which number; None for all.
        by: who brings the list.
        at: now, aware UTC.

    Returns:
        The opt-out in force, whether it is new, and the numbers that it covers again.
    """
    Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    rows = OptOut.objects.in_force().filter(contact=contact, did_number_id=did_number_id)
    opt_out = rows.first()
    allowed: list[int] = []
    is_new = opt_out is None
    if opt_out is None:
        opt_out = OptOut.objects.create(
            contact=contact, did_number_id=did_number_id, created_at=at, created_by=by
        )
        threads = covered_by(opt_out)
        audit_opt_out("opt_out", opt_out, by=by, at=at, imported=True)
    else:
        allowed = list(opt_out.allowed_numbers.order_by("pk").values_list("pk", flat=True))
        opt_out.allowed_numbers.clear()
        threads = covered_by(opt_out).filter(did_number_id__in=allowed)
    for thread in threads:
        block_what_waits(conversation=thread, at=at)
        event = OptedOut(is_for_all_numbers=did_number_id is None)
        row_of(event, conversation=thread, actor=by, at=at).save(force_insert=True)
    return opt_out, is_new, allowed
