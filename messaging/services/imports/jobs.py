"""What somebody does with an import: upload, say what the columns mean, confirm, undo, discard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import DidNumber, ImportFile, ImportJob, ImportRow
from messaging.models.import_job import LONGEST_FILE_NAME
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere
from messaging.services.access.team_policy import may_create_replies
from messaging.services.audit.record import Subject, record, storable
from messaging.services.content.field_values import FieldReader
from messaging.services.errors import InvalidInput, WrongState

from .columns import column_names, lacking, recognize
from .decoding import ENCODINGS
from .table import SEPARATORS, Table, read_table

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

#: How long after it an import can be undone.
UNDO_FOR: Final = timedelta(hours=24)
#: Of one person at the same time, confirmed ones not counted.
MOST_UNCONFIRMED: Final = 5
#: States in which nothing was written yet.
UNCONFIRMED: Final = (
    ImportJob.State.UPLOADED,
    ImportJob.State.CHECKING,
    ImportJob.State.CHECKED,
)
_ALSO_TAKES: Final = {
    ImportJob.Kind.CONTACTS: Action.EDIT_CONTACTS,
    ImportJob.Kind.OPT_OUTS: Action.OPT_OUT,
}


@dataclass(frozen=True)
class Upload:
    """What somebody uploads.

    Attributes:
        kind: what it holds, one of `ImportJob.Kind`.
        raw: the file's bytes.
        file_name: as the browser says it.
        did_number: to which number it goes; None for all, where that may be.
        is_private: saved replies for the person alone.
    """

    kind: str
    raw: bytes
    file_name: str = ""
    did_number: DidNumber | None = None
    is_private: bool = False


@dataclass(frozen=True)
class Reading:
    """How a file is to be read.

    Attributes:
        columns: what each column means, as many as the file has.
        has_header: whether its first row holds their names.
        encoding, separator: of the file; "" keeps what was found.
        region: two letters of the country of numbers without a country code; "" for none.
        fills_only: leave what contacts have.
    """

    columns: list[str]
    has_header: bool = True
    encoding: str = ""
    separator: str = ""
    region: str = ""
    fills_only: bool = False


def numbers_to_import_to(user: User, *, kind: str) -> list[DidNumber]:
    """Return the numbers to which a person may import what a kind holds."""
    rows = DidNumber.objects.allowing(user, Action.IMPORT).order_by("pk")
    also = _ALSO_TAKES.get(kind)  # type: ignore[call-overload]  # a word is its kind
    if also is not None:
        allowed = DidNumber.objects.allowing(user, also).order_by().values("pk")
        rows = rows.filter(pk__in=allowed)
    return list(rows)


def may_import(user: User, *, kind: str, did_number: DidNumber | None) -> bool:
    """Tell whether a person may import this to a number, or to all of them."""
    if kind == ImportJob.Kind.SAVED_REPLIES and not may_create_replies(user):
        return False
    numbers = numbers_to_import_to(user, kind=kind)
    if did_number is not None:
        return did_number in numbers
    # An opt-out from all numbers is the safe direction; contacts belong to one.
    return kind != ImportJob.Kind.CONTACTS and (
        bool(numbers) or may_somewhere(Action.IMPORT, user=user)
    )


def start_import(upload: Upload, *, by: User, at: datetime) -> ImportJob:
    """Store a file and recognize its columns; nothing is imported yet.

    Args:
        upload: what and where to.
        by: whose import it is.
        at: now, aware UTC.

    Raises:
        InvalidInput: the file is too large, empty or no table; or the person may not.
    """
    if not may_import(by, kind=upload.kind, did_number=upload.did_number):
        raise InvalidInput(_not_allowed(), field="number", code="not_allowed")
    if len(upload.raw) > settings.IMPORT_MAX_BYTES:
        raise InvalidInput(too_large(), field="file", code="too_large")
    table = read_table(upload.raw, most_rows=settings.IMPORT_MAX_ROWS)
    columns, has_header = recognize(upload.kind, table.rows[:200])
    with transaction.atomic():
        pending = ImportJob.objects.of(by).filter(state__in=UNCONFIRMED)
        if pending.count() >= MOST_UNCONFIRMED:
            raise InvalidInput(
                _("Confirm or discard one of your other imports first."),
                field="file",
                code="too_many",
            )
        job = ImportJob(
            owner=by,
            kind=upload.kind,
            did_number=upload.did_number,
            is_private=upload.is_private,
            file_name=storable(upload.file_name.strip())[:LONGEST_FILE_NAME] or "–",
            created_at=at,
        )
        _read_into(job, table, columns=columns, has_header=has_header)
        job.save()
        ImportFile.objects.create(job=job, raw_bytes=upload.raw)
    return job


def choose_columns(job: ImportJob, reading: Reading) -> ImportJob:
    """Take what the columns mean, and let the worker look at every row.

    Raises:
        InvalidInput: a column that is needed is missing, or one comes twice.
        WrongState: it is confirmed already.
    """
    with transaction.atomic():
        row = _locked(job, states=UNCONFIRMED)
        table = stored_table(row, encoding=reading.encoding, separator=reading.separator)
        is_other = (table.encoding, table.separator) != (row.encoding, row.separator)
        if is_other or len(reading.columns) != len(table.rows[0]):
            # Read in another way it has other columns: they are shown again.
            columns, has_header = recognize(row.kind, table.rows[:200])
            _read_into(row, table, columns=columns, has_header=has_header)
            row.state = ImportJob.State.UPLOADED
        else:
            names = column_names(table.rows[0]) if reading.has_header else []
            _check_columns(row.kind, reading.columns, names=names)
            _read_into(row, table, columns=reading.columns, has_header=reading.has_header)
            row.state = ImportJob.State.CHECKING
        row.region, row.fills_only = reading.region, reading.fills_only
        row.checked_count, row.counts, row.error = 0, {}, ""
        row.save()
        ImportRow.objects.filter(job=row).delete()
    return row


def change_columns(job: ImportJob) -> None:
    """Go back from the trial run to the columns.

    Raises:
        WrongState: it is confirmed already.
    """
    with transaction.atomic():
        row = _locked(job, states=UNCONFIRMED)
        row.state = ImportJob.State.UPLOADED
        row.save(update_fields=["state"])


def confirm(job: ImportJob, *, by: User, at: datetime) -> None:
    """Let the worker import what the trial run found; the file is not needed any more.

    Raises:
        WrongState: there is no finished trial run, or it is confirmed already.
        InvalidInput: the person may not any more.
    """
    with transaction.atomic():
        row = _locked(job, states=(ImportJob.State.CHECKED,))
        if not may_import(by, kind=row.kind, did_number=row.did_number):
            raise InvalidInput(_not_allowed(), field="number", code="not_allowed")
        row.state, row.confirmed_at = ImportJob.State.RUNNING, at
        row.save(update_fields=["state", "confirmed_at"])
        ImportFile.objects.filter(job=row).delete()
        _audit("import_confirmed", row, by=by, at=at)


def undo(job: ImportJob, *, by: User, at: datetime, reason: str = "") -> None:
    """Let the worker take back what an import did, where nobody changed it since.

    Args:
        job: an import that is over.
        by: whose it is.
        at: now, aware UTC.
        reason: for opt-outs, why these people can be messaged again.

    Raises:
        WrongState: it is not over, or too long ago.
        InvalidInput: a reason is needed, or the person may not any more.
    """
    reason = storable(reason.strip())[:300]
    if job.kind == ImportJob.Kind.OPT_OUTS and not reason:
        raise InvalidInput(
            _("Explain why these contacts can be messaged again."), field="reason", code="required"
        )
    with transaction.atomic():
        row = _locked(job, states=(ImportJob.State.DONE, ImportJob.State.FAILED))
        if not can_be_undone(row, at=at):
            raise WrongState(_("This import can’t be undone any more."), code="too_late")
        if not may_import(by, kind=row.kind, did_number=row.did_number):
            raise InvalidInput(_not_allowed(), field="number", code="not_allowed")
        row.state, row.undo_reason, row.undone_at, row.error = (
            ImportJob.State.UNDOING, reason, at, "",
        )  # fmt: skip
        row.save(update_fields=["state", "undo_reason", "undone_at", "error"])
        _audit("import_undone", row, by=by, at=at)


def can_be_undone(job: ImportJob, *, at: datetime) -> bool:
    """Tell whether an import is over, and lately."""
    is_over = job.state in (ImportJob.State.DONE, ImportJob.State.FAILED)
    return (
        is_over
        and job.confirmed_at is not None
        and job.emptied_at is None
        and job.finished_at is not None
        and at - job.finished_at < UNDO_FOR
    )


def discard(job: ImportJob) -> None:
    """Delete an import of which nothing was written.

    Raises:
        WrongState: it is confirmed.
    """
    with transaction.atomic():
        _locked(job, states=UNCONFIRMED).delete()


def stored_table(job: ImportJob, *, encoding: str = "", separator: str = "") -> Table:
    """Return the file of an import as rows.

    Raises:
        WrongState: it is not kept any more.
    """
    kept = ImportFile.objects.filter(job=job).first()
    if kept is None:
        raise WrongState(_("The file is no longer stored. Upload it again."), code="no_file")
    return read_table(
        bytes(kept.raw_bytes),
        most_rows=settings.IMPORT_MAX_ROWS,
        encoding=encoding if encoding in ENCODINGS else job.encoding,
        separator=separator if separator in SEPARATORS else job.separator,
    )


def too_large() -> str:
    """Say how large a file may be."""
    most = settings.IMPORT_MAX_BYTES // 1_000_000
    return _("This file is larger than %(most)d MB. Split it into several.") % {"most": most}


def _read_into(job: ImportJob, table: Table, *, columns: list[str], has_header: bool) -> None:
    job.encoding, job.separator = table.encoding, table.separator
    job.columns, job.has_header = columns, has_header
    job.header = column_names(table.rows[0]) if has_header else [""] * len(table.rows[0])
    job.row_count = len(table.rows) - has_header


def _check_columns(kind: str, columns: list[str], *, names: list[str]) -> None:
    if missing := lacking(kind, columns):
        words = {
            "phone": _("Choose the column that holds the phone numbers."),
            "shortcut": _("Choose the column that holds the shortcuts."),
            "text": _("Choose the column that holds the message texts."),
        }
        raise InvalidInput(words[missing[0]], field="columns", code="missing_column")
    single = [each for each in columns if each not in ("", "phone", "field")]
    reader = FieldReader()
    for name, meaning in zip(names, columns, strict=False):
        if meaning == "field" and name:
            field = reader.field_called(name)
            single.append(f"field {name if field is None else field.key}")
    if len(single) != len(set(single)):
        raise InvalidInput(
            _("Two columns have the same meaning. Choose one of them."),
            field="columns",
            code="column_twice",
        )


def _locked(job: ImportJob, *, states: tuple[str, ...]) -> ImportJob:
    row = ImportJob.objects.select_for_update(of=("self",)).filter(pk=job.pk).first()
    if row is None or row.state not in states:
        raise WrongState(_("This import has changed. Look at it again."), code="moved_on")
    return row


def _audit(action: str, job: ImportJob, *, by: User, at: datetime) -> None:
    facts = {"kind": job.kind, "number": job.did_number_id, **job.counts}
    record(action, actor=by, about=Subject("importjob", job.pk), changes=facts, at=at)


def _not_allowed() -> str:
    return _("Your role doesn’t allow this import.")
