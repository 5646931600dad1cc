"""The worker's run through the numbers whose messages or raw pushes are kept for a time.

Once a day each of them is gone through once, from the oldest message on. Each step looks at a few
thousand ids without a lock and then deletes at most a hundred messages in a transaction of its own,
which also notes how far it has come: another worker, or the same one after a crash, goes on there.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction
from django.db.models import Q

from messaging.db.search_index import forget_deleted_words
from messaging.models import Message, NumberRetention, Push
from messaging.services.audit.record import Subject, record

from .old_messages import BATCH, aged, deletable, delete_messages
from .old_pushes import old_pushes

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

EVERY: Final = timedelta(days=1)
#: Ids that one look goes through.
WINDOW: Final = 5000
PUSHES: Final = 500
#: What a turn takes at most, and the rest between two transactions in it.
TURN_SECONDS: Final = 2.0
REST_SECONDS: Final = 0.02


def keep_retention(*, at: datetime, seconds: float = TURN_SECONDS) -> Counter[str]:
    """Delete what is older than its number keeps it, for some seconds.

    Args:
        at: now, aware UTC.
        seconds: how long; the next turn goes on where this one ends.

    Returns:
        How many rows of each kind went.
    """
    counts: Counter[str] = Counter()
    ends = time.monotonic() + seconds
    for pk in list(_due(at=at).order_by("pk").values_list("pk", flat=True)):
        while (step := _step(pk, at=at)) is not None:
            counts.update(step)
            if time.monotonic() >= ends:
                break
            time.sleep(REST_SECONDS if step else 0)
        if time.monotonic() >= ends:
            break
    if counts["messages"]:
        forget_deleted_words(connection)
    return counts


def prune_numbers(*, at: datetime) -> Counter[str]:
    """Delete what is older than its number keeps it, to the end; for the command line.

    A day that a shortened time waits is waited for all the same.
    """
    NumberRetention.objects.filter(run_at__isnull=True).update(ran_at=None)
    counts: Counter[str] = Counter()
    while _due(at=at).exists():
        counts.update(keep_retention(at=at))
        time.sleep(REST_SECONDS)  # a worker may be at it
    return counts


def _due(*, at: datetime) -> QuerySet[NumberRetention]:
    is_set = Q(message_days__isnull=False) | Q(push_days__isnull=False)
    may = Q(waits_until__isnull=True) | Q(waits_until__lte=at)
    is_time = Q(run_at__isnull=False) | Q(ran_at__isnull=True) | Q(ran_at__lte=at - EVERY)
    return NumberRetention.objects.filter(is_set, may, is_time)


def _step(pk: int, *, at: datetime) -> Counter[str] | None:
    """Do one step of one number's run; None when the run is over, or somebody else is at it."""
    row = NumberRetention.objects.filter(pk=pk).first()
    if row is None:
        return None
    ids, reached = _next_messages(row, at=at)
    with transaction.atomic():
        same = NumberRetention.objects.filter(
            pk=pk, run_after=row.run_after, run_at=row.run_at, waits_until=row.waits_until,
            message_days=row.message_days, push_days=row.push_days,
        )  # fmt: skip
        locked = same.select_for_update(of=("self",), skip_locked=True).first()
        if locked is None:
            return None
        locked.run_at = locked.run_at or at
        if reached is not None:
            counts = delete_messages(
                ids,
                did_number_id=locked.did_number_id,
                before=_before(locked, at=at),
                at=at,
            )
            locked.run_after = reached
        else:
            counts = _delete_pushes(locked, at=at)
        total = Counter(locked.run_counts)
        total.update(counts)
        locked.run_counts = dict(total)
        is_over = reached is None and not counts
        if is_over:
            _end(locked, at=at)
        locked.save()
    return None if is_over else counts


def _before(row: NumberRetention, *, at: datetime) -> datetime:
    return (row.run_at or at) - timedelta(days=row.message_days or 0)


def _next_messages(row: NumberRetention, *, at: datetime) -> tuple[list[int], int | None]:
    """Return some ids that may go, and up to which id was looked; None behind the last one."""
    if row.message_days is None:
        return [], None
    before = _before(row, at=at)
    later = Message.objects.filter(pk__gt=row.run_after).order_by("pk")
    first = later.values_list("pk", flat=True).first()
    if first is None:
        return [], None
    last = first + WINDOW
    rows = aged(did_number_id=row.did_number_id, before=before).filter(pk__gte=first, pk__lt=last)
    found = deletable(rows, before=before, at=at).order_by("pk").values_list("pk", flat=True)
    ids = list(found[:BATCH])
    return ids, ids[-1] if len(ids) == BATCH else last - 1


def _delete_pushes(row: NumberRetention, *, at: datetime) -> Counter[str]:
    if row.push_days is None:
        return Counter()
    rows = old_pushes(days=row.push_days, at=row.run_at or at, did_number_id=row.did_number_id)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:PUSHES])
    return +Counter(pushes=Push.objects.filter(pk__in=ids).delete()[0])


def _end(row: NumberRetention, *, at: datetime) -> None:
    """End a run, and say in the audit log what went."""
    if row.run_counts:
        changes = {**row.run_counts, "message_days": row.message_days, "push_days": row.push_days}
        record(
            "retention_run",
            actor=None,
            about=Subject("didnumber", row.did_number_id),
            changes=changes,
            at=at,
        )
    row.run_at, row.run_after, row.run_counts, row.ran_at = None, 0, {}, at
