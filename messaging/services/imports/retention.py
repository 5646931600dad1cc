"""How long the rows of an import are kept, and what goes from them when a person is erased."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import Q

from messaging.models import ImportFile, ImportJob, ImportRow
from messaging.services.errors import InvalidInput

from .columns import PHONE
from .decoding import decode
from .jobs import UNCONFIRMED
from .table import LONGEST_CELL, MOST_COLUMNS, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

#: An import that nobody confirms is deleted after this.
UNCONFIRMED_FOR: Final = timedelta(days=1)
#: The rows of one that is over, with the reasons of those that were rejected.
ROWS_FOR: Final = timedelta(days=7)
#: What is left of it: kind, counts, times.
JOBS_FOR: Final = timedelta(days=90)
#: Rows of one statement.
BATCH: Final = 500
ERASED: Final = "…"
_PARTS: Final = re.compile(r"[\W_]+")


def forget_imports(*, at: datetime) -> int:
    """Delete what is kept no longer; return how many imports lost something.

    Args:
        at: now, aware UTC.
    """
    old = ImportJob.objects.filter(state__in=UNCONFIRMED, created_at__lt=at - UNCONFIRMED_FOR)
    gone = ImportJob.objects.filter(created_at__lt=at - JOBS_FOR, emptied_at__isnull=False)
    over = ImportJob.objects.filter(finished_at__lt=at - ROWS_FOR, emptied_at__isnull=True)
    over = over.exclude(state=ImportJob.State.UNDOING)
    count = 0
    for job in [*old, *gone, *over]:
        while keys := list(ImportRow.objects.filter(job=job).values_list("pk", flat=True)[:BATCH]):
            ImportRow.objects.filter(pk__in=keys).delete()
        count += 1
    over.update(emptied_at=at, header=[], undo_reason="")
    ImportJob.objects.filter(Q(pk__in=old.values("pk")) | Q(pk__in=gone.values("pk"))).delete()
    return count


def unconfirmed_telling_of(*, tells_of: Callable[[str], bool]) -> list[int]:
    """Return the ids of stored files in which somebody is; they are read cell by cell.

    Args:
        tells_of: whether a text tells of the person.
    """
    found = []
    for kept in ImportFile.objects.select_related("job").iterator(chunk_size=1):
        try:
            is_in_it = any(map(tells_of, _texts_of(kept)))
        except InvalidInput:  # as after a limit was lowered: nobody can import it any more
            is_in_it = True
        if is_in_it:
            found.append(kept.job_id)
    return found


def _texts_of(kept: ImportFile) -> Iterator[str]:
    """Yield the cells of a stored file, then the lines of which an import would not read all."""
    raw, job = bytes(kept.raw_bytes), kept.job
    table = read_table(
        raw,
        most_rows=settings.IMPORT_MAX_ROWS,
        encoding=job.encoding,
        separator=job.separator,
    )
    yield from (cell for row in table.rows for cell in row if cell)
    for line in decode(raw, encoding=table.encoding).splitlines():
        is_wide = not table.is_vcard and line.count(table.separator) >= MOST_COLUMNS
        if table.is_vcard or is_wide or len(line) > LONGEST_CELL:
            yield line


def erase_import_rows(
    *, phone_key: str, contact_id: int, tells_of: Callable[[str], bool], jobs: list[int]
) -> int:
    """Take a person out of what is kept of imports; must run in the erasure's transaction.

    Args:
        phone_key: their normalized number.
        contact_id: their row.
        tells_of: whether a text tells of them.
        jobs: imports that go altogether, as `unconfirmed_telling_of` returns them.

    Returns:
        How many rows there were.
    """
    count = ImportRow.objects.filter(job__in=jobs).count()
    ImportJob.objects.filter(pk__in=jobs, state__in=UNCONFIRMED).delete()
    theirs = Q(key=phone_key) | Q(contact_id=contact_id)
    unread = Q(outcome=ImportRow.Outcome.INVALID)
    for row in (
        ImportRow.objects.filter(theirs | unread)
        .select_related("job")
        .order_by("pk")
        .iterator(chunk_size=BATCH)
    ):
        is_theirs = row.key == phone_key or row.contact_id == contact_id
        if is_theirs or any(tells_of(str(cell)) for cell in row.cells):
            count += ImportRow.objects.filter(pk=row.pk).update(
                cells=[], key="", facts=_kept(row), before={}, after={}, contact=None,
                conversation=None, opt_out=None, state=_ended(row),
            )  # fmt: skip
            _erase_from_others_of_the_line(row, tells_of=tells_of)
    for job in ImportJob.objects.exclude(file_name=ERASED):
        names: dict[str, Any] = {}
        # "elena.vcf" is in two parts, of which one is a name.
        if any(map(tells_of, [job.file_name, *_PARTS.split(job.file_name)])):
            names["file_name"] = ERASED
        if any(tells_of(str(cell)) for cell in job.header):
            names["header"] = [ERASED for _cell in job.header]
        if names:
            ImportJob.objects.filter(pk=job.pk).update(**names)
    return count


def _erase_from_others_of_the_line(row: ImportRow, *, tells_of: Callable[[str], bool]) -> None:
    """Take the number out of the rows of other numbers that were on the same line of the file."""
    near = ImportRow.objects.filter(
        job=row.job_id,
        line=row.line,
        position__range=(row.position - MOST_COLUMNS, row.position + MOST_COLUMNS),
    )
    columns = row.job.columns
    for other in near.exclude(pk=row.pk):
        cells = [
            ""
            if columns[at : at + 1] == [PHONE] and at != other.phone_cell and tells_of(str(cell))
            else cell
            for at, cell in enumerate(other.cells)
        ]
        if cells != other.cells:
            ImportRow.objects.filter(pk=other.pk).update(cells=cells)


def _kept(row: ImportRow) -> dict[str, Any]:
    """Return what belongs to a row's reason without what it quotes."""
    return {name: fact if isinstance(fact, int) else ERASED for name, fact in row.facts.items()}


def _ended(row: ImportRow) -> str:
    """Return a state in which neither an import nor an undo looks at the row again."""
    is_ended = row.outcome in (ImportRow.Outcome.INVALID, ImportRow.Outcome.DUPLICATE)
    return row.state if is_ended else ImportRow.State.LEFT
