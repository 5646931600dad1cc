"""The worker's part of an import: small transactions, each of which says how far it has come.

What a transaction wrote and that it did so are committed together: an import that was killed goes
on where it was, and no row is imported twice.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from messaging.models import Change, ImportFile, ImportJob, ImportRow
from messaging.services.background.row_guard import RowGuard
from messaging.services.errors import MessagingError
from messaging.services.feed.changes import announce

from .contact_rows import ContactRows
from .findings import Finding, phone_cells
from .jobs import may_import, stored_table
from .opt_out_rows import OptOutRows
from .reply_rows import ReplyRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .findings import Importer
    from .table import Table

logger = logging.getLogger(__name__)

#: Rows of one transaction: looking, and writing, while which others wait for the database.
LOOK_AT: Final = 200
WRITE: Final = 50
#: How long one turn may take: the worker has other things to do.
TURN_SECONDS: Final = 4.0
#: The rest after a transaction, as a share of what it took: others write as well.
REST: Final = 0.5
LONGEST_REST_SECONDS: Final = 0.5
State, Outcome = ImportJob.State, ImportRow.Outcome
AT_WORK: Final = (State.CHECKING, State.RUNNING, State.UNDOING)
_WRITTEN: Final = (Outcome.CREATE, Outcome.CHANGE)
_KINDS: Final[dict[str, Callable[[ImportJob], Importer]]] = {
    ImportJob.Kind.CONTACTS: ContactRows,
    ImportJob.Kind.OPT_OUTS: OptOutRows,
    ImportJob.Kind.SAVED_REPLIES: ReplyRows,
}
_guard: Final = RowGuard("import")


class _Turns:
    """Whose turn it was last in this process: a long import does not hold up the next one."""

    def __init__(self) -> None:
        self.last = 0

    def in_order(self, jobs: Iterable[int]) -> list[int]:
        """Return jobs by id, those behind the one that had the last turn first."""
        return sorted(jobs, key=lambda pk: (pk <= self.last, pk))


_turns: Final = _Turns()


def keep_importing(
    *, clock: Callable[[], float] = time.monotonic, rest: Callable[[float], None] = time.sleep
) -> int:
    """Go on with imports for a moment; return how many transactions there were.

    Args:
        clock: seconds on a clock that nobody sets.
        rest: waits so many seconds.
    """
    ends_at, count = clock() + TURN_SECONDS, 0
    waiting = ImportJob.objects.filter(state__in=AT_WORK).exclude(pk__in=_guard.resting())
    for pk in _turns.in_order(waiting.order_by("pk").values_list("pk", flat=True)):
        with _guard.row(pk, is_atomic=False):
            table: Table | None = None
            while clock() < ends_at:
                begun, _turns.last = clock(), pk
                table = table or _table_of(pk)
                if not _step(pk, table):
                    break
                count += 1
                rest(min(REST * (clock() - begun), LONGEST_REST_SECONDS))
    return count


def _table_of(pk: int) -> Table | None:
    """Return the file of an import whose trial run goes on, None where it needs none."""
    job = ImportJob.objects.filter(pk=pk, state=State.CHECKING).first()
    if job is None:
        return None
    try:
        return stored_table(job)
    except MessagingError as error:
        _fail(pk, error.code)
        return None


def _step(pk: int, table: Table | None) -> bool:
    """Do a little of an import; tell whether there is more."""
    with transaction.atomic():
        job = (
            ImportJob.objects.select_for_update(of=("self",))
            .select_related("owner", "did_number")
            .filter(pk=pk, state__in=AT_WORK)
            .first()
        )
        if job is None:
            return False
        if not may_import(job.owner, kind=job.kind, did_number=job.did_number):
            _stop(job, "not_allowed")
            return False
        importer = _KINDS[job.kind](job)
        if job.state == State.CHECKING:
            return table is not None and _look(job, table, importer)
        if job.state == State.RUNNING:
            return _write(job, importer)
        return _take_back(job, importer)


def _look(job: ImportJob, table: Table, importer: Importer) -> bool:
    """Find out what the next rows of the file are; tell whether there are more."""
    first = job.checked_count + job.has_header
    cells, lines = table.rows[first : first + LOOK_AT], table.lines[first : first + LOOK_AT]
    last: int | None = ImportRow.objects.filter(job=job).aggregate(Max("position"))["position__max"]
    position = -1 if last is None else last
    rows = [
        ImportRow(job=job, line=line, cells=row, phone_cell=at)
        for row, line in zip(cells, lines, strict=True)
        for at in phone_cells(row, columns=job.columns)
    ]
    for row, finding in zip(rows, _without_repeats(job, rows, importer.judge(rows)), strict=True):
        position += 1
        row.position = position
        _note(row, finding)
    ImportRow.objects.bulk_create(rows)
    job.checked_count += len(cells)
    is_over = job.checked_count >= job.row_count
    if is_over:
        job.state, job.counts = State.CHECKED, _counts(job)
    job.save(update_fields=["checked_count", "state", "counts"])
    return not is_over


def _without_repeats(
    job: ImportJob, rows: Sequence[ImportRow], findings: Sequence[Finding]
) -> list[Finding]:
    """Return what was found, a key that came before in the file as a duplicate."""
    keys = {finding.key for finding in findings if finding.key}
    before = ImportRow.objects.filter(job=job, key__in=keys).exclude(outcome=Outcome.INVALID)
    seen = dict(before.order_by("-position").values_list("key", "line"))
    result = []
    for row, finding in zip(rows, findings, strict=True):
        each = finding
        if finding.key in seen and finding.outcome != Outcome.INVALID:
            facts = {"line": seen[finding.key]}
            each = Finding(Outcome.DUPLICATE, finding.key, "in_file", facts)
        elif finding.key and finding.outcome != Outcome.INVALID:
            seen[finding.key] = row.line
        result.append(each)
    return result


def _write(job: ImportJob, importer: Importer) -> bool:
    """Import the next rows; tell whether there are more."""
    looked_at: tuple[str, ...] = _WRITTEN
    if job.kind == ImportJob.Kind.OPT_OUTS:
        # One that was there during the trial run may have ended since, and this list asks for it.
        looked_at = (*_WRITTEN, Outcome.SAME)
    waiting = ImportRow.objects.filter(
        job=job, state=ImportRow.State.WAITING, outcome__in=looked_at
    )
    rows = list(waiting.select_for_update().order_by("position")[:WRITE])
    at = timezone.now()
    if not rows:
        _finish(job, State.DONE)
        return False
    # Things may have changed since the trial run. In one order, so that no two imports block.
    found = zip(rows, importer.judge(rows), strict=True)
    for row, finding in sorted(found, key=lambda pair: pair[1].key):
        _note(row, finding)
        importer.write(row, finding, at=at)
        row.state = ImportRow.State.DONE
        row.save()
    return True


def _take_back(job: ImportJob, importer: Importer) -> bool:
    """Undo the next rows, the last first; tell whether there are more."""
    done = ImportRow.objects.filter(job=job, state=ImportRow.State.DONE, outcome__in=_WRITTEN)
    rows = list(done.select_for_update().order_by("-position")[:WRITE])
    if not rows:
        _finish(job, State.UNDONE)
        return False
    at = timezone.now()
    for row in rows:
        row.state = importer.take_back(row, at=at)
        row.save()
    return True


def _note(row: ImportRow, finding: Finding) -> None:
    row.key, row.outcome = finding.key[:64], finding.outcome
    row.reason, row.facts = finding.reason, finding.facts


def _finish(job: ImportJob, state: str) -> None:
    job.state, job.counts = state, _counts(job)
    if state == State.DONE:
        job.finished_at = timezone.now()
    job.save(update_fields=["state", "counts", "finished_at"])
    # One hint for all of it: open pages fetch what they show.
    announce(kind=Change.Kind.CONVERSATION)


def _stop(job: ImportJob, error: str) -> None:
    job.state, job.error, job.counts = State.FAILED, error, _counts(job)
    job.finished_at = job.finished_at or timezone.now()
    job.save(update_fields=["state", "error", "counts", "finished_at"])
    if job.confirmed_at is None:
        ImportFile.objects.filter(job=job).delete()


def _fail(pk: int, error: str) -> None:
    with transaction.atomic():
        job = ImportJob.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if job is not None and job.state in AT_WORK:
            _stop(job, error)


def _counts(job: ImportJob) -> dict[str, int]:
    """Return how many rows came to which outcome, and to which end after an undo."""
    rows = ImportRow.objects.filter(job=job).order_by()
    outcomes = dict(rows.values_list("outcome").annotate(Count("pk")))
    ends = rows.filter(state__in=[ImportRow.State.UNDONE, ImportRow.State.LEFT])
    return {**outcomes, **dict(ends.values_list("state").annotate(Count("pk")))}
