"""The worker's part of an export: some rows at a time, each time with how far it has come.

Rows are read outside of the transaction that stores them: on SQLite nobody waits for the reading.
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from messaging.models import ExportJob, ExportPart
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere
from messaging.services.background.row_guard import RowGuard

from .jobs import end_of_file, owner_of
from .lines import beginning, lines_of
from .tables import ALSO_READ, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

#: Rows of one part.
ROWS: Final = 1000
#: How long one turn may take: the worker has other things to do.
TURN_SECONDS: Final = 4.0
#: The rest after each part, as a share of what it took.
REST: Final = 0.5
LONGEST_REST_SECONDS: Final = 0.5
State = ExportJob.State
_guard: Final = RowGuard("export")


def keep_exporting(
    *, clock: Callable[[], float] = time.monotonic, rest: Callable[[float], None] = time.sleep
) -> int:
    """Go on with exports for a moment; return how many parts were written.

    Args:
        clock: seconds on a clock that nobody sets.
        rest: waits so many seconds.
    """
    ends_at, count = clock() + TURN_SECONDS, 0
    waiting = ExportJob.objects.filter(state=State.RUNNING).exclude(pk__in=_guard.resting())
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        with _guard.row(pk, is_atomic=False):
            while clock() < ends_at:
                begun = clock()
                if not _step(pk):
                    break
                count += 1
                rest(min(REST * (clock() - begun), LONGEST_REST_SECONDS))
    return count


def _step(pk: int) -> bool:
    """Write some rows of an export; tell whether there is more."""
    job = ExportJob.objects.filter(pk=pk, state=State.RUNNING).select_related("owner").first()
    if job is None:
        return False
    owner = owner_of(job)
    if not may_somewhere(Action.EXPORT, user=owner):
        _stop(job, error="not_allowed")
        return False
    if not job.totals:
        return _begin(job, owner)
    table = TABLES[job.table]
    rows = table.rows(owner).filter(pk__gt=job.last_id).order_by("pk")
    if also := ALSO_READ.get(job.table):
        rows = rows.prefetch_related(*also)
    found = list(rows[:ROWS])
    raw = lines_of((table.read(row) for row in found), file_format=job.format)
    if job.table not in job.counts:
        raw = beginning(table.columns, file_format=job.format) + raw
    return _store(job, raw, rows=len(found), last_id=found[-1].pk if found else job.last_id)


def _begin(job: ExportJob, owner: User) -> bool:
    """Count the rows, for the person who watches."""
    totals = {name: TABLES[name].rows(owner).order_by().count() for name in job.tables}
    return bool(_at_same_place(job).update(totals=totals))


def _store(job: ExportJob, raw: bytes, *, rows: int, last_id: int) -> bool:
    """Store a part and how far it is; nothing where another worker did, or it was deleted."""
    is_last = rows < ROWS
    counts = {**job.counts, job.table: job.counts.get(job.table, 0) + rows}
    following = job.tables[job.tables.index(job.table) + 1 :]
    changes: dict[str, object] = {"counts": counts, "last_id": last_id}
    if is_last and following:
        changes |= {"table": following[0], "last_id": 0}
    elif is_last:
        changes |= {"state": State.DONE, "finished_at": timezone.now()}
    packed = zlib.compress(raw)
    with transaction.atomic():
        if not _at_same_place(job).update(**changes):
            return False
        if raw:
            ExportPart.objects.create(
                job=job,
                table=job.table,
                begins_at=end_of_file(job, job.table),
                byte_count=len(raw),
                packed=packed,
            )
    return not is_last or bool(following)


def _at_same_place(job: ExportJob):  # type: ignore[no-untyped-def]  # a queryset of one row
    """Return the export if nobody has gone on with it since it was read."""
    return ExportJob.objects.filter(
        pk=job.pk, state=State.RUNNING, table=job.table, last_id=job.last_id
    )


def _stop(job: ExportJob, *, error: str) -> None:
    with transaction.atomic():
        stopped = ExportJob.objects.filter(pk=job.pk, state=State.RUNNING)
        stopped.update(state=State.FAILED, error=error, finished_at=timezone.now())
        ExportPart.objects.filter(job=job).delete()
