"""Write everything that is the company's into one archive, in the state of one moment."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from didsms_site import __version__
from messaging.models import AuditEntry
from messaging.services.audit.erasure import chain_all
from messaging.services.audit.record import record
from messaging.services.operations.backup.manifest import key_check
from messaging.services.operations.upgrades import pending_migrations
from messaging.services.pushes.spool import files_set_aside, waiting_files

from .container import check_free, new_archive
from .contents import TABLES, column_name, fields_of, schema, table_name
from .problems import ArchiveProblem
from .row_values import to_json
from .viewer import write_pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from django.db.models import Model

#: Of the archive's shape.
FORMAT: Final = 1
#: Rows of one query.
AT_ONCE: Final = 1000
#: In the audit log.
EXPORTED: Final = "archive_exported"


@dataclass(frozen=True)
class Taken:
    """An archive that is whole.

    Attributes:
        rows: by table.
        size_bytes: of the file.
        in_spool: pushes that wait on this node, and are in no archive.
    """

    rows: dict[str, int]
    size_bytes: int
    in_spool: int


def export_archive(*, path: Path, at: datetime) -> Taken:
    """Write an archive while everything runs.

    Args:
        path: of the file to make.
        at: now, aware UTC.

    Raises:
        ArchiveProblem: it could not be made; nothing is left under its name.
    """
    if not path.name or not path.parent.is_dir():
        raise ArchiveProblem(f"{path.parent} isn’t a folder.")
    check_free(path)
    if pending_migrations():
        raise ArchiveProblem("The database isn’t migrated. Run manage.py migrate first.")
    record(EXPORTED, actor=None, via=AuditEntry.Via.COMMAND, at=at)
    # Its hashes prove the log also where another SECRET_KEY can make no seals.
    chain_all()
    with new_archive(path, made_at=at) as archive, one_state():
        rows = {}
        for model in TABLES:
            counted = _Counted(model)
            archive.add(f"data/{table_name(model)}.jsonl", counted.lines())
            rows[table_name(model)] = counted.rows
        archive.add("schema.json", [json.dumps(schema(), indent=1).encode()])
        write_pages(archive, made_at=at, rows=rows)
        archive.finish(
            {
                "product": "didsms",
                "format": FORMAT,
                "version": __version__,
                "made_at": at.isoformat(),
                "engine": connection.vendor,
                "migrations": sorted(map(list, MigrationRecorder(connection).applied_migrations())),
                "rows": rows,
                "key_check": key_check(),
            }
        )
    return Taken(rows, path.stat().st_size, len(waiting_files()) + len(files_set_aside()))


@contextlib.contextmanager
def one_state() -> Iterator[None]:
    """Read one state of the database within, while others write."""
    if connection.in_atomic_block:
        yield
        return
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        # Not Django's transaction: on SQLite that one keeps others from writing.
        cursor.execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" if is_postgresql else "BEGIN"
        )
        try:
            for limit in _LIMITS if is_postgresql else ():
                cursor.execute(f"SET LOCAL {limit} = 0")
            yield
        finally:
            cursor.execute("ROLLBACK")


_LIMITS: Final = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


class _Counted:
    """A table's rows as lines; how many there were is known after the last.

    Attributes:
        rows: how many were read.
    """

    def __init__(self, model: type[Model]) -> None:
        self.rows = 0
        self._model = model

    def lines(self) -> Iterator[bytes]:
        """Yield the lines, many at once."""
        fields = fields_of(self._model)
        names = [column_name(field) for field in fields]
        for batch in self._batches([field.attname for field in fields]):
            lines = [
                _line(
                    {
                        name: to_json(field, value)
                        for name, field, value in zip(names, fields, row, strict=True)
                    }
                )
                for row in batch
            ]
            self.rows += len(lines)
            yield "".join(lines).encode()

    def _batches(self, attributes: list[str]) -> Iterator[list[tuple[Any, ...]]]:
        rows = self._model._base_manager.order_by("pk")
        key = attributes.index(self._model._meta.pk.attname)
        found = list(rows.values_list(*attributes)[:AT_ONCE])
        while found:
            yield found
            found = list(rows.filter(pk__gt=found[-1][key]).values_list(*attributes)[:AT_ONCE])


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
