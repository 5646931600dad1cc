"""What is wrong now, for each number and for all of didsms: codes with figures, no words."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from messaging.models import DidNumber, HealthAlarm, RejectedRequestCount, WorkerSighting
from messaging.services.sending.queue_state import QueueState, queue_state

from .backup.check import check_backup
from .health_checks import check_clock, check_disk, check_quarantine, check_spool
from .number_health import health_of_numbers, silences
from .round_trip import last_round_trip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

Kind = HealthAlarm.Kind
#: What is wrong: kind, id of the number or None for the line, figures.
Found = dict[tuple[str, int | None], dict[str, Any]]

#: Each node sees its own disk only.
OF_ONE_NODE: Final = frozenset({Kind.SPOOL, Kind.DISK})
SPOOL_WAITS: Final = timedelta(minutes=2)
QUEUE_WAITS: Final = timedelta(minutes=10)
WORKER_GONE_FOR: Final = timedelta(minutes=2)
#: As many in the present hour and the one before.
LEAST_REFUSED: Final = 5
#: Refusals that say our settings and NXCloud's do not fit; the others are strangers' calls.
OF_SIGNATURE: Final = (
    "no_access_key", "no_secret", "bad_access_key", "bad_sign", "bad_algorithm", "too_old",
    "too_new", "unsigned_not_accepted", "address_not_allowed",
)  # fmt: skip


def node_name() -> str:
    """Return what this machine is called in alarms about its disk."""
    return socket.gethostname()[:60]


def what_is_wrong(*, at: datetime) -> Found:
    """Look at everything that can raise an alarm.

    Args:
        at: now, aware UTC.
    """
    return {**dict(_of_numbers(at=at)), **{(kind, None): facts for kind, facts in _of_line(at=at)}}


def _of_numbers(*, at: datetime) -> Iterator[tuple[tuple[str, int | None], dict[str, Any]]]:
    health = health_of_numbers(numbers=DidNumber.objects.active(), at=at)
    for one in health:
        if one.receipts_missing:
            facts: dict[str, Any] = {
                "share": one.now.share_late,
                "usual": one.usual.share_late,
                "accepted": one.now.accepted,
            }
            yield (Kind.RECEIPTS_MISSING.value, one.number.pk), facts
        if one.receipts_slow:
            facts = {"seconds": one.now.receipt_seconds, "usual": one.usual.receipt_seconds}
            yield (Kind.RECEIPTS_SLOW.value, one.number.pk), facts
    for pk, silence in silences(health=health, at=at).items():
        yield (Kind.NUMBER_SILENT.value, pk), {"hours": silence.hours, "usual": silence.usual}
    trip = last_round_trip(at=at)
    if trip is not None and trip.arrived_at is None:
        facts = {"from": trip.sender.name, "status": trip.sent.status}
        yield (Kind.ROUND_TRIP.value, trip.target.pk), facts


def _of_line(*, at: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    queue = queue_state()
    count = _refused_lately(at=at)
    if count >= LEAST_REFUSED:
        yield Kind.SIGNATURES_REFUSED.value, {"count": count}
    for kind, check in ((Kind.QUARANTINE, check_quarantine()), (Kind.CLOCK, check_clock())):
        if not check.is_ok:
            yield kind.value, dict(check.facts)
    backup = check_backup(at=at)
    if not backup.is_ok:
        yield Kind.BACKUP.value, {"state": backup.state, **backup.facts}
    yield from _of_disk()
    if not queue.pauses and queue.oldest and at - queue.oldest > QUEUE_WAITS:
        seconds = int((at - queue.oldest).total_seconds())
        yield Kind.QUEUE_OLD.value, {"seconds": seconds, "count": queue.depth}
    if _worker_is_gone(queue, at=at):
        yield Kind.WORKER_GONE.value, {"count": queue.depth}


def _refused_lately(*, at: datetime) -> int:
    """Return how many requests with a wrong signature the present hour and the last one had."""
    hours = [at, at - timedelta(hours=1)]
    rows = RejectedRequestCount.objects.filter(
        day__in={hour.date() for hour in hours}, reason__in=OF_SIGNATURE
    )
    return sum(
        row.hours.get(str(hour.hour), 0) for row in rows for hour in hours if row.day == hour.date()
    )


def _of_disk() -> Iterator[tuple[str, dict[str, Any]]]:
    spool, disk = check_spool(), check_disk()
    waits = spool.facts.get("oldest_seconds")
    if not spool.is_ok or (isinstance(waits, float) and waits > SPOOL_WAITS.total_seconds()):
        yield Kind.SPOOL.value, {"node": node_name(), "state": spool.state, **spool.facts}
    if not disk.is_ok:
        yield Kind.DISK.value, {"node": node_name(), "state": disk.state, **disk.facts}


def _worker_is_gone(queue: QueueState, *, at: datetime) -> bool:
    """Tell whether nobody sends: a worker that died, or messages that none has fetched."""
    last = WorkerSighting.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if last is not None:
        return at - last > WORKER_GONE_FOR
    return queue.oldest is not None and at - queue.oldest > WORKER_GONE_FOR
