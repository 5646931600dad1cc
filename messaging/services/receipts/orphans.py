"""Orphans: receipts that came before their message was known. Apply them once it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef

from messaging.models import Message, Push
from messaging.nxcloud.errors import UnusablePush
from messaging.services.background.row_guard import is_about_the_row
from messaging.services.pushes.hidden_pushes import body_to_keep, outcome_to_keep
from messaging.services.pushes.outcomes import PushOutcome
from messaging.services.pushes.stored_pushes import envelope_of, fields_of
from messaging.statuses import Status

from .delivery_receipts import MATCH_WINDOW, apply_delivery_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

logger = logging.getLogger(__name__)


def match_orphans_to(*, message: Message, at: datetime) -> int:
    """Apply the orphans that a message explains, after its send gained an id or became unconfirmed.

    Must run in the transaction that changed the message.

    Returns:
        How many orphans found their message.
    """
    orphans = Push.objects.orphans().order_by("id")
    matched = 0
    if message.provider_message_id:
        matched += _apply_orphans(
            orphans=orphans.filter(provider_message_id=message.provider_message_id), at=at
        )
    if message.status in {Status.UNCONFIRMED, Status.SENT, Status.FAILED, Status.QUEUED}:
        thread = orphans.filter(
            did_number_id=message.did_number_id,
            phone_key=message.conversation.contact.phone_key,
            received_at__gte=at - MATCH_WINDOW,
        )
        matched += _apply_orphans(orphans=thread, at=at)
    return matched


def rematch_orphans(*, since: datetime, at: datetime) -> int:
    """Apply orphans whose message is known by now.

    Two transactions may have passed each other unseen.

    Args:
        since: only receipts that arrived after this.
        at: now, aware UTC.

    Returns:
        How many found their message.
    """
    outbound = Message.objects.outbound()
    known = outbound.filter(provider_message_id=OuterRef("provider_message_id"))
    doubtful = outbound.filter(
        provider_message_id__isnull=True,
        status__in=[Status.UNCONFIRMED, Status.SENT],
        did_number_id=OuterRef("did_number_id"),
        conversation__contact__phone_key=OuterRef("phone_key"),
    )
    orphans = (
        Push.objects.orphans()
        .filter(Exists(known) | Exists(doubtful), received_at__gte=since)
        .order_by("id")
    )
    if not orphans.exists():
        return 0
    with transaction.atomic():
        return _apply_orphans(orphans=orphans, at=at)


def _apply_orphans(*, orphans: Iterable[Push], at: datetime) -> int:
    return sum(_apply_orphan(push=push, at=at) for push in orphans)


def _quarantine(push: Push, *, reason: str, exception: str | None = None) -> None:
    Push.objects.filter(pk=push.pk).update(
        outcome=Push.Outcome.QUARANTINED, reason=reason, exception=exception
    )


def _apply_orphan(*, push: Push, at: datetime) -> bool:
    """Apply one orphan if its message is known by now; tell whether it is."""
    try:
        with transaction.atomic():  # what fails must undo neither the send's outcome nor the others
            return _match(push=push, at=at)
    except UnusablePush as error:
        _quarantine(push, reason=error.reason)
    except Exception as error:
        if not is_about_the_row(error):
            raise
        logger.exception("applying orphan %s failed; it is quarantined", push.pk)
        _quarantine(push, reason="exception", exception=type(error).__name__[:100])
    return False


def _match(*, push: Push, at: datetime) -> bool:
    if push.did_number is None:
        return False
    envelope = envelope_of(push)
    effect = apply_delivery_receipt(
        fields=fields_of(envelope),
        did=push.did_number.number,
        phone=push.phone_key,
        received_at=push.received_at,
    )
    if effect.outcome == Push.Outcome.ORPHAN:
        return False
    found = PushOutcome(effect.outcome, message=effect.message, phone_key=push.phone_key)
    body = body_to_keep(envelope=envelope, push_outcome=found)
    Push.objects.filter(pk=push.pk).update(
        outcome=effect.outcome,
        reason=effect.reason or "matched_later",
        flags=sorted({*push.flags, *effect.flags, *body.flags}),
        message=effect.message,
        phone_key=outcome_to_keep(found, body=body).phone_key,
        replayed_at=at,
        raw_body=body.raw_body,
        text_digest=body.text_digest,
    )
    return True
