"""Read an archive back into an empty, migrated didsms, so that nothing is sent.

All rows appear in one transaction, together with the pause and what became of messages that were
waiting (`backup/after_restore.py`, as after a restore). Ids stay as they were: programs know them,
and the hashes of the audit log hold them.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction

from didsms_site import __version__
from messaging.models import AuditEntry, Message, Notification
from messaging.services.audit.record import record
from messaging.services.operations.backup.after_restore import (
    rebuild_summaries,
    settling_statements,
)
from messaging.services.operations.backup.manifest import key_check
from messaging.services.operations.upgrades import pending_migrations, unknown_migrations
from messaging.statuses import Status

from .container import ArchiveReader, open_archive
from .contents import TABLES, WRITTEN_UNASKED, column_name, fields_of, schema, table_name
from .problems import ArchiveProblem
from .row_values import reader_of
from .take import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.models import Model

#: Rows of one statement.
AT_ONCE: Final = 500
#: In the audit log.
IMPORTED: Final = "archive_imported"


@dataclass(frozen=True)
class PutBack:
    """What was read back, and what is missing.

    Attributes:
        made_at: whose state it is.
        rows: by table.
        unconfirmed: messages that were waiting, and may have been sent since.
        scheduled: messages that are due later, and stay so.
        people: accounts that need a new password.
        has_other_key: whether SECRET_KEY is not the one of the archive.
    """

    made_at: datetime
    rows: dict[str, int]
    unconfirmed: int
    scheduled: int
    people: int
    has_other_key: bool


def check_archive(*, path: Path) -> dict[str, int]:
    """Look whether an archive is whole and this version can read it; return its rows by table.

    Raises:
        ArchiveProblem: it is not, or cannot.
    """
    with open_archive(path) as archive:
        _check(archive)
        rows: dict[str, int] = archive.manifest["rows"]
        return rows


def import_archive(*, path: Path, at: datetime) -> PutBack:
    """Read an archive back.

    Args:
        path: of the archive.
        at: now, aware UTC.

    Raises:
        ArchiveProblem: nothing was changed in the database.
    """
    if pending_migrations():
        raise ArchiveProblem("The database isn’t migrated. Run manage.py migrate first.")
    check_empty()
    with open_archive(path) as archive:
        _check(archive)
        manifest = archive.manifest
        made_at = datetime.fromisoformat(manifest["made_at"])
        try:
            with transaction.atomic():
                _lock()
                check_empty()
                _fill(archive)
                unconfirmed = _settle(made_at=made_at, at=at)
                _record(manifest, at=at)
        except (DatabaseError, ValidationError, KeyError, TypeError, ValueError) as error:
            raise ArchiveProblem(f"The database refused the rows: {str(error)[:300]}") from error
    return PutBack(
        made_at=made_at,
        rows=manifest["rows"],
        unconfirmed=unconfirmed,
        scheduled=Message.objects.filter(status=Status.SCHEDULED).count(),
        people=sum(user.has_usable_password() for user in User.objects.filter(is_active=True)),
        has_other_key=key_check() != manifest["key_check"],
    )


def check_empty() -> None:
    """Refuse a database in which somebody has worked.

    Raises:
        ArchiveProblem: a table that the archive fills has rows.
    """
    for model in TABLES:
        if model not in WRITTEN_UNASKED and model._base_manager.exists():
            raise ArchiveProblem(
                f"The database isn’t empty ({table_name(model)} has rows). Import into one that"
                " was just migrated and has no user yet."
            )


def _check(archive: ArchiveReader) -> None:
    """Refuse an archive that is damaged, or whose tables are others than ours."""
    try:
        _check_manifest(archive)
        datetime.fromisoformat(archive.manifest["made_at"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ArchiveProblem("manifest.json in the archive is damaged.") from error


def _check_manifest(archive: ArchiveReader) -> None:
    manifest = archive.manifest
    version = str(manifest.get("version", "?"))
    if manifest.get("format") != FORMAT:
        raise ArchiveProblem(f"The archive was made by a newer didsms ({version}).")
    archive.verify()
    if unknown_migrations((app, name) for app, name in manifest["migrations"]):
        raise ArchiveProblem(
            f"The archive was made by didsms {version}, whose database this version"
            f" ({__version__}) doesn’t know. Import it with didsms {version} or newer."
        )
    theirs, ours = archive.json("schema.json")["tables"], schema()["tables"]
    for name in sorted({*theirs, *ours}):
        if _columns(theirs.get(name)) != _columns(ours.get(name)):
            raise ArchiveProblem(
                f"The archive was made by didsms {version}; its table {name} has other columns than"
                f" here. Import it with didsms {version}, then upgrade that installation."
            )


def _columns(table: dict[str, Any] | None) -> list[tuple[str, str]] | None:
    if table is None:
        return None
    return sorted((column["name"], column["type"]) for column in table["columns"])


def _lock() -> None:
    """Keep everybody else from writing: on SQLite the transaction does so by itself."""
    if connection.vendor == "postgresql":
        names = ", ".join(f'"{table_name(model)}"' for model in TABLES)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def _fill(archive: ArchiveReader) -> None:
    for model in WRITTEN_UNASKED:
        model._base_manager.all().delete()
    # Nobody knows it; by mail people get a new one, as who has forgotten theirs.
    unknown, unusable = make_password(secrets.token_urlsafe(32)), make_password(None)
    for model in TABLES:
        name = table_name(model)
        count = _insert(model, archive.lines(f"data/{name}.jsonl"), passwords=(unusable, unknown))
        if count != archive.manifest["rows"].get(name):
            raise ArchiveProblem(f"data/{name}.jsonl in the archive is damaged.")
    connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(TABLES)):
            cursor.execute(statement)


def _insert(model: type[Model], lines: Iterator[bytes], *, passwords: tuple[str, str]) -> int:
    """Insert rows as they are: no value is made by Django, as `auto_now` would."""
    fields = fields_of(model)
    readers = [reader_of(field, password=lambda has: passwords[has]) for field in fields]
    names = [column_name(field) for field in fields]
    quote = connection.ops.quote_name
    columns = [str(field.column) for field in fields]
    values = ["%s"] * len(columns)
    for field in _made_empty(model):
        columns.append(str(field.column))
        values.append("''")
    statement = (
        f"INSERT INTO {quote(table_name(model))} ({', '.join(map(quote, columns))})"  # noqa: S608
        f" VALUES ({', '.join(values)})"
    )
    count = 0
    batch: list[list[Any]] = []
    for line in lines:
        row = json.loads(line)
        found = [reader(row[name]) for reader, name in zip(readers, names, strict=True)]
        batch.append(
            [
                field.get_db_prep_save(value, connection)
                for field, value in zip(fields, found, strict=True)
            ]
        )
        if len(batch) == AT_ONCE:
            count += _run(statement, batch)
            batch = []
    return count + _run(statement, batch)


def _made_empty(model: type[Model]) -> list[Any]:
    """Return the fields that are in no archive, and may not be null."""
    taken = set(fields_of(model))
    return [f for f in model._meta.local_concrete_fields if f not in taken and not f.null]


def _run(statement: str, batch: list[list[Any]]) -> int:
    if batch:
        with connection.cursor() as cursor:
            cursor.executemany(statement, batch)
    return len(batch)


def _settle(*, made_at: datetime, at: datetime) -> int:
    """Let nothing be sent that was waiting; return how many messages are unconfirmed for that."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        schema_name = ""
        if is_postgresql:
            cursor.execute("SELECT current_schema()")
            schema_name = cursor.fetchone()[0]
        for statement in settling_statements(
            vendor=connection.vendor, schema=schema_name, made_at=made_at, at=at
        ):
            cursor.execute(statement)
    # What people have not been told by now they see on their pages.
    Notification.objects.filter(emailed_at__isnull=True).update(emailed_at=at)
    return rebuild_summaries(made_at=made_at)


def _record(manifest: dict[str, Any], *, at: datetime) -> None:
    record(
        IMPORTED,
        actor=None,
        via=AuditEntry.Via.COMMAND,
        changes={"made_at": manifest["made_at"], "version": manifest["version"]},
        at=at,
    )
