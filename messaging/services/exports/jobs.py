"""What somebody does with exports: ask for one, look how far it is, take its files, delete it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _

from messaging.models import AuditEntry, ExportJob, ExportPart, KeyLimits, limits_of
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere, refusal
from messaging.services.audit.record import Subject, record
from messaging.services.errors import InvalidInput

from .tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models.export_job import ExportJobQuerySet

#: Of one person at the same time; the oldest that is over makes room.
MOST_KEPT: Final = 5
#: Of one person at work at the same time.
MOST_RUNNING: Final = 2
#: In the audit log.
DOWNLOADED: Final = "export_downloaded"


@dataclass(frozen=True)
class ExportFile:
    """One file of an export.

    Attributes:
        job_id: whose.
        table: which.
        name: what it is called when it is downloaded.
        byte_count: how long it is.
        row_count: how many rows it has.
        tag: tells it from any other file, for `ETag`.
    """

    job_id: int
    table: str
    name: str
    byte_count: int
    row_count: int

    @property
    def tag(self) -> str:
        """A file does not change once its export is ready."""
        return f'"{self.job_id}-{self.table}-{self.byte_count}"'


def start_export(*, tables: Iterable[str], file_format: str, by: User, at: datetime) -> ExportJob:
    """Ask for an export; the worker writes its files.

    Args:
        tables: names of TABLES.
        file_format: one of `ExportJob.Format`.
        by: whose it is; a key that they came with limits it.
        at: now, aware UTC.

    Raises:
        PermissionDenied: they may export nothing.
        InvalidInput: nothing, or something unknown, was asked for (field ``tables`` or ``format``);
            too many of theirs are at work.
    """
    if not may_somewhere(Action.EXPORT, user=by):
        raise PermissionDenied(refusal())
    wanted = set(tables)
    chosen = [name for name in TABLES if name in wanted]
    if not chosen or len(chosen) < len(wanted):
        raise InvalidInput(_("Choose what to export."), field="tables", code="required")
    if file_format not in ExportJob.Format.values:
        raise InvalidInput(_("Choose a format."), field="format", code="required")
    numbers = limits_of(by).numbers
    with transaction.atomic():
        own = ExportJob.objects.of(by)
        if own.filter(state=ExportJob.State.RUNNING).count() >= MOST_RUNNING:
            raise InvalidInput(
                _("Wait until your other exports are ready."), field="tables", code="too_many"
            )
        over = own.exclude(state=ExportJob.State.RUNNING).order_by("-pk")
        for old in over[MOST_KEPT - 1 :]:
            old.delete()
        job = ExportJob.objects.create(
            owner=by,
            tables=chosen,
            format=file_format,
            number_ids=None if numbers is None else sorted(numbers),
            table=chosen[0],
            created_at=at,
        )
        _audit("export_started", job, by=by, at=at, tables=chosen, format=file_format)
    return job


def exports_seen_by(user: User) -> ExportJobQuerySet:
    """Return a person's own exports; with a key for some numbers, those asked for with the same."""
    rows = ExportJob.objects.of(user)
    if not may_somewhere(Action.EXPORT, user=user):
        return rows.none()
    numbers = limits_of(user).numbers
    return rows if numbers is None else rows.filter(number_ids=sorted(numbers))


def owner_of(job: ExportJob) -> User:
    """Return whose an export is, with the limits of the key that they came with."""
    owner = job.owner
    if job.number_ids is not None:
        owner.key_limits = KeyLimits(frozenset(job.number_ids))  # type: ignore[attr-defined]
    return owner


def files_of(job: ExportJob) -> list[ExportFile]:
    """Return the files of an export that is ready; none before."""
    if job.state != ExportJob.State.DONE:
        return []
    parts = ExportPart.objects.filter(job=job).order_by().values("table")
    sizes = dict(parts.annotate(size=Sum("byte_count")).values_list("table", "size"))
    return [
        ExportFile(
            job_id=job.pk,
            table=name,
            name=f"didsms-{name}-{job.created_at:%Y-%m-%d}.{job.format}",
            byte_count=sizes.get(name, 0),
            row_count=job.counts.get(name, 0),
        )
        for name in job.tables
    ]


def open_file(
    job: ExportJob, file: ExportFile, *, begin: int, end: int, by: User, at: datetime
) -> Iterator[bytes]:
    """Return some bytes of a file, part by part.

    That it was taken is recorded: with its beginning, or if nothing of it was taken before. Where
    a download goes on there is a row already.

    Args:
        job: an export that is ready.
        file: one of its files.
        begin: the first byte.
        end: the byte after the last one.
        by: who takes it.
        at: now, aware UTC.
    """
    if begin == 0 or not _was_taken(job, file):
        _audit(DOWNLOADED, job, by=by, at=at, table=file.table, rows=file.row_count)
    return _bytes_of(job, table=file.table, begin=begin, end=end)


def _was_taken(job: ExportJob, file: ExportFile) -> bool:
    told = AuditEntry.objects.filter(
        action=DOWNLOADED, object_type="exportjob", object_id=str(job.pk)
    )
    return told.filter(changes__table=file.table).exists()


def _bytes_of(job: ExportJob, *, table: str, begin: int, end: int) -> Iterator[bytes]:
    """Read each part by itself: no cursor stays open for as long as a slow reader takes."""
    parts = (
        ExportPart.objects.filter(job=job, table=table, begins_at__lt=end)
        .filter(begins_at__gt=begin - F("byte_count"))
        .order_by("begins_at")
    )
    for pk in list(parts.values_list("pk", flat=True)):
        part = ExportPart.objects.get(pk=pk)
        raw = zlib.decompress(bytes(part.packed))
        yield raw[max(0, begin - part.begins_at) : max(0, end - part.begins_at)]


def delete_export(job: ExportJob, *, by: User, at: datetime) -> None:
    """Delete an export with its files; one at work stops."""
    with transaction.atomic():
        _audit("export_deleted", job, by=by, at=at)
        job.delete()


def end_of_file(job: ExportJob, table: str) -> int:
    """Return how many bytes of a file are written."""
    last = ExportPart.objects.filter(job=job, table=table).aggregate(
        end=Max(F("begins_at") + F("byte_count"))
    )
    return last["end"] or 0


def _audit(action: str, job: ExportJob, *, by: User, at: datetime, **facts: object) -> None:
    record(action, actor=by, about=Subject("exportjob", job.pk), changes=facts, at=at)
