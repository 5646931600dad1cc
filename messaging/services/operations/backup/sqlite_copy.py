"""Copy an SQLite database while it is written to, look into the copy, and put it back.

The backup API copies page by page within one read transaction, so the copy is one state and writers
go on. `VACUUM INTO` then writes it again without its free pages: what was deleted or hidden is not
in a backup. The live file is only ever opened through SQLite (ARCHITECTURE.md, "Traps").
"""

from __future__ import annotations

import contextlib
import gzip
import shutil
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.db import connection

from didsms_site.db.sqlite.write_lock import write_lock

from .copies import MIGRATIONS_STATEMENT, Taken, count_statement
from .problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .copies import InSnapshot, Restoring

NAME: Final = "sqlite"
FILE: Final = "database.sqlite3.gz"
_RAW: Final = ".raw.sqlite3"
_COMPACT: Final = ".compact.sqlite3"
#: Text compresses to a quarter with it, at the speed of a disk.
_COMPRESSION: Final = 3
#: The copy, the compact one beside it, and the compressed one.
_ROOM_FACTOR: Final = 2.3
_LOCK_SECONDS: Final = 60.0


def live_path() -> Path:
    """Return the database's file."""
    return Path(str(connection.settings_dict["NAME"]))


def check_tools() -> None:
    """Nothing is needed beside Python."""


def take(folder: Path, *, tables: Sequence[str], in_snapshot: InSnapshot) -> Taken:
    """Write a copy of the database into a folder.

    Args:
        folder: where it goes; it needs twice the room of the database for a while.
        tables: whose rows are counted.
        in_snapshot: called once the state is chosen, before it is read.

    Raises:
        BackupProblem: there is no room, or the database is damaged.
    """
    _check_room(folder)
    raw, compact = folder / _RAW, folder / _COMPACT
    with _words_for_errors(folder):
        with _opened(live_path()) as live, _opened(raw) as target:
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()  # The state is chosen.
            in_snapshot()
            live.backup(target)
            live.execute("ROLLBACK")
        with _opened(raw) as copy:
            copy.execute("VACUUM INTO ?", [str(compact)])
        raw.unlink()
        with _opened(compact) as copy:
            rows = _look(copy, tables, pragma="quick_check")
            migrations = [list(row) for row in copy.execute(MIGRATIONS_STATEMENT)]
    with compact.open("rb") as plain, gzip.open(folder / FILE, "wb", _COMPRESSION) as packed:
        shutil.copyfileobj(plain, packed, 1024 * 1024)
    compact.unlink()
    return Taken(FILE, sqlite3.sqlite_version, "", rows, migrations)


def _check_room(folder: Path) -> None:
    try:
        wanted = live_path().stat().st_size * _ROOM_FACTOR
    except OSError:
        return  # SQLite says it better.
    if shutil.disk_usage(folder).free < wanted:
        raise BackupProblem("no_room", folder=folder.parent)


def prove(file: Path, *, work: Path, rows: dict[str, int]) -> None:
    """Unpack a copy, and compare what it holds with what was counted.

    Args:
        file: the backup's database.
        work: a folder for what is unpacked.
        rows: rows by table.

    Raises:
        BackupProblem: it is damaged, or holds something else.
    """
    scratch = work / _RAW
    try:
        unpack(file, scratch)
        with _words_for_errors(work), _opened(scratch) as copy:
            compare(_look(copy, list(rows), pragma="integrity_check"), rows)
    finally:
        scratch.unlink(missing_ok=True)


def compare(found: dict[str, int], wanted: dict[str, int]) -> None:
    """Refuse a copy whose tables do not hold as many rows as were counted."""
    for table, count in wanted.items():
        if found[table] != count:
            raise BackupProblem("rows_differ", table=table, has=found[table], wants=count)


def unpack(file: Path, target: Path) -> None:
    """Write the database of a backup into a file.

    Raises:
        BackupProblem: it is damaged.
    """
    try:
        with gzip.open(file, "rb") as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1024 * 1024)
    except (gzip.BadGzipFile, EOFError):
        raise BackupProblem("damaged", file=file.name) from None


def put_back(file: Path, *, work: Path, restoring: Restoring) -> None:
    """Put a copy in the database's place, in one transaction, if that is still empty.

    Other processes may have the database open: they see all of it from one moment on.

    Args:
        file: the backup's database.
        work: a folder for what is unpacked.
        restoring: what the copy must hold, and what else must happen in that moment.

    Raises:
        BackupProblem: the copy is damaged, or the target is not empty.
    """
    unpacked = work / _RAW
    unpack(file, unpacked)
    with _words_for_errors(work):
        with _opened(unpacked) as copy:
            compare(_look(copy, list(restoring.rows), pragma="integrity_check"), restoring.rows)
            copy.execute("BEGIN")
            for statement in restoring.statements:
                copy.execute(statement)
            copy.execute("COMMIT")
        lock = write_lock(str(live_path()))
        if not lock.acquire(deadline=time.monotonic() + _LOCK_SECONDS):
            raise BackupProblem("database_away", said="another process goes on writing")
        try:
            with _opened(unpacked) as copy, _opened(live_path()) as live:
                for table in restoring.must_be_empty:
                    if live.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone():  # noqa: S608
                        raise BackupProblem("not_empty", table=table)
                live.execute("PRAGMA synchronous = FULL")
                copy.backup(live)
        finally:
            lock.release()


def _look(copy: sqlite3.Connection, tables: Sequence[str], *, pragma: str) -> dict[str, int]:
    """Check a copy's structure and count its rows."""
    said = copy.execute(f"PRAGMA {pragma}").fetchone()[0]
    if said != "ok":
        raise BackupProblem("corrupt", said=said)
    return {table: copy.execute(count_statement(table)).fetchone()[0] for table in tables}


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as link:
        yield link


@contextlib.contextmanager
def _words_for_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise BackupProblem("no_room", folder=folder.parent) from error
        if error.sqlite_errorcode in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise BackupProblem("corrupt", said=error) from error
        raise BackupProblem("database_away", said=error) from error
