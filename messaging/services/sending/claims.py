"""Claim a queued message for one worker, before a socket is opened.

The claim is committed first, so a message whose worker dies is never sent a second time: its lease
runs out and it becomes unconfirmed.

`claim_due_messages` is the long way: it also blocks what must not be sent any more, and makes the
probe of a queue that is paused. The fast path (`fast_path`) claims what is ordinary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from messaging.models import DidNumber, Message
from messaging.reasons import Reason, ReasonCode
from messaging.services.background.row_guard import RowGuard
from messaging.services.history.message_status import change_status
from messaging.services.outbox.eligibility import block, reason_not_to_send
from messaging.services.receipts.orphans import match_orphans_to
from messaging.statuses import Status
from messaging.stopwatch import Stopwatch

from .circuit_breaker import claim_probe, current_trip

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from messaging.models import CircuitBreakerTrip
    from messaging.models.message import MessageQuerySet

#: A slot that was taken late by as much moves the next one no further: the rate holds on average.
LATE_SLOT: Final = timedelta(milliseconds=50)
#: Added to NXCLOUD_TOTAL_TIMEOUT: how long a claim is trusted without news of its worker.
LEASE_MARGIN: Final = timedelta(seconds=10)
#: A message leaves so long before its claim runs out at the latest: workers' clocks differ.
LAST_MOMENT: Final = LEASE_MARGIN / 2

_guard = RowGuard("claiming message")
_lost_guard = RowGuard("recovering message")


@dataclass(frozen=True)
class Claim:
    """A message that this worker alone may send now: what is needed to send it, no row.

    Attributes:
        message_id: of the row, which is in status sending.
        attempts: all attempts with this one; with the worker's name it tells whose claim it is.
        sender: our DID number, digits.
        phone: the recipient's address.
        content: the text.
        began_at: when the attempt began, aware UTC, as the row says.
        provider_code: what the provider said to the attempt before, "" if nothing.
        is_probe: whether the breaker is open and this message tries whether the cause is gone.
        watch: started before the claim was made.
    """

    message_id: int
    attempts: int
    sender: str
    phone: str
    content: str = field(repr=False)
    began_at: datetime
    provider_code: str = ""
    is_probe: bool = False
    watch: Stopwatch = field(default_factory=Stopwatch)

    def is_in_time(self) -> bool:
        """Tell whether the message may still leave; ask right before it does.

        A worker that was stopped for longer than the lease has lost the claim: the message may be
        called unconfirmed, its followers may have gone, and a person may have sent it again.
        """
        return is_in_time(self.watch)


def claim_of(message: Message, *, is_probe: bool = False, watch: Stopwatch | None = None) -> Claim:
    """Return the claim of a message that is being sent, with its conversation and number."""
    assert message.attempt_started_at is not None  # noqa: S101  (by the table's constraint)
    return Claim(
        message_id=message.pk,
        attempts=message.attempts,
        sender=message.did_number.number,
        phone=message.conversation.contact.phone_key,
        content=message.content,
        began_at=message.attempt_started_at,
        provider_code=message.provider_code,
        is_probe=is_probe,
        watch=watch or Stopwatch(),
    )


def is_in_time(watch: Stopwatch) -> bool:
    """Tell whether a claim of that age may still be made, or sent."""
    return watch.seconds() < (lease() - LAST_MOMENT).total_seconds()


def claim_due_messages(
    *, worker: str, limit: int, at: datetime, watch: Stopwatch | None = None
) -> list[Claim]:
    """Claim up to ``limit`` messages, at most one for each DID number, and commit.

    Args:
        worker: the claiming worker's name.
        limit: how many requests it can have in flight now.
        at: now, aware UTC.
        watch: started before ``at`` was taken; the age of the claims is told by it.

    Returns:
        The claims; the caller must send each of them.
    """
    watch = watch or Stopwatch()
    if limit < 1:
        return []
    trip = current_trip()
    if trip is not None:
        return _claim_probe(worker=worker, trip=trip, at=at, watch=watch)
    candidates = _numbers_with_due_messages(at=at).filter(
        Q(next_send_at__isnull=True) | Q(next_send_at__lte=at)
    )
    if not candidates.exists():
        return []
    claims: list[Claim] = []
    with transaction.atomic():
        # A writer of the number's messages holds a key of its row, and is not waited for.
        numbers = candidates.select_for_update(
            skip_locked=True, no_key=True, of=("self",)
        ).order_by(F("next_send_at").asc(nulls_first=True))
        for number in numbers[:limit]:
            if not is_in_time(watch):
                break  # We were stopped or waited long: such a claim would be born too old.
            due = Message.objects.due(at=at)
            message = _claim_first(due, number=number, worker=worker, at=at)
            if message is not None:
                following = first_slot(number.next_send_at, at=at) + gap(number.max_per_second)
                DidNumber.objects.filter(pk=number.pk).update(next_send_at=following)
                claims.append(claim_of(message, watch=watch))
    return claims


def first_slot(next_send_at: datetime | None, *, at: datetime) -> datetime:
    """Return the slot that a number's next message takes, if it is taken now."""
    return max(next_send_at or at, at - LATE_SLOT)


def gap(max_per_second: int) -> timedelta:
    """Return the time between two slots of a number."""
    return timedelta(seconds=1 / max_per_second)


def failed_lately() -> list[int]:
    """Return the messages that could not be claimed a moment ago, and rest."""
    return _guard.resting()


def _numbers_with_due_messages(*, at: datetime) -> QuerySet[DidNumber]:
    due = Message.objects.due(at=at).exclude(pk__in=_guard.resting())
    due = due.heads().filter(did_number_id=OuterRef("pk"))
    return DidNumber.objects.filter(Exists(due))


def _claim_probe(
    *, worker: str, trip: CircuitBreakerTrip, at: datetime, watch: Stopwatch
) -> list[Claim]:
    """Claim the one message that tries whether the cause of a trip is gone.

    The DID numbers take turns.
    """
    may_try = Message.objects.queued().not_asked_to_wait(at=at)
    may_try = may_try.exclude(pk__in=_guard.resting())
    if trip.next_probe_at > at or not may_try.heads().exists():
        return []
    with transaction.atomic():
        if not is_in_time(watch) or not claim_probe(trip=trip, at=at):
            return []
        numbers = (
            DidNumber.objects.filter(Exists(may_try.filter(did_number_id=OuterRef("pk"))))
            .select_for_update(skip_locked=True, no_key=True, of=("self",))
            .order_by(F("last_probe_at").asc(nulls_first=True), "pk")
        )
        for number in numbers:
            message = _claim_first(may_try, number=number, worker=worker, at=at)
            if message is not None:
                DidNumber.objects.filter(pk=number.pk).update(last_probe_at=at)
                return [claim_of(message, is_probe=True, watch=watch)]
    return []


def _claim_first(
    rows: MessageQuerySet, *, number: DidNumber, worker: str, at: datetime
) -> Message | None:
    """Claim the number's oldest of some messages that nothing holds back.

    Block those that must not go any more.
    """
    while True:
        message = (
            rows.filter(did_number=number)
            .exclude(pk__in=_guard.resting())  # what failed a moment ago
            .heads()
            .select_related("conversation__contact", "did_number")
            .in_queue_order()
            .first()
        )
        if message is None:
            return None
        with _guard.row(message.pk):
            if not _block(message=message, at=at):
                return message if _claim(message=message, worker=worker, at=at) else None


def _block(*, message: Message, at: datetime) -> bool:
    """Block a message that must not be sent any more; tell whether it is one."""
    reason = reason_not_to_send(message=message, at=at)
    if reason is not None:
        block(message=message, reason=reason, at=at)
    return reason is not None


def _claim(*, message: Message, worker: str, at: datetime) -> bool:
    return change_status(
        message=message,
        to=Status.SENDING,
        at=at,
        claimed_by=worker,
        attempt_started_at=at,
        attempts=message.attempts + 1,
        trace={"worker": worker},
    )


def lease() -> timedelta:
    """Return how long a claim lasts without its worker."""
    return timedelta(seconds=settings.NXCLOUD_TOTAL_TIMEOUT) + LEASE_MARGIN


def recover_lost_claims(*, at: datetime) -> int:
    """Turn claims whose worker is gone into unconfirmed messages; return how many."""
    lost = Message.objects.filter(
        status=Status.SENDING, attempt_started_at__lt=at - lease()
    ).exclude(pk__in=_lost_guard.resting())
    if not lost.exists():
        return 0
    count = 0
    with transaction.atomic():
        for message in lost.select_for_update(skip_locked=True, of=("self",)).select_related(
            "conversation__contact"
        ):
            with _lost_guard.row(message.pk):
                lost_it = Reason(ReasonCode.WORKER_LOST)
                if change_status(message=message, to=Status.UNCONFIRMED, at=at, error=lost_it):
                    match_orphans_to(message=message, at=at)
                    count += 1
    return count
