"""Django's SQLite backend whose writers queue in `write_lock` instead of SQLite's busy handler."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from didsms_site.db.slow_queries import TimedCursorWrapper

from .deadline import current_deadline
from .schema import DatabaseSchemaEditor
from .write_lock import WriteLock, write_lock

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes its place in the queue before it begins to write."""

    SchemaEditorClass = DatabaseSchemaEditor

    _held: WriteLock | None = None
    _held_in_process = 0
    _busy_timeout_ms: int | None = None

    @contextmanager
    def turn_in_queue(self) -> Iterator[None]:
        """Hold the right to write for one statement outside a transaction."""
        self._queue()
        try:
            yield
        finally:
            self._leave_queue()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the file; a new one in the queue.

        Turning it into WAL needs its locks, and SQLite does not wait for them there: of several
        processes that open a new file at once, some would get "database is locked".
        """
        self._busy_timeout_ms = None
        if self.is_in_memory_db() or _is_wal(Path(str(self.settings_dict["NAME"]))):
            return super().get_new_connection(conn_params)
        self._queue(on_connection=False)
        try:
            return super().get_new_connection(conn_params)
        finally:
            self._leave_queue()

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that queues for single statements too."""
        cursor = self.connection.cursor(factory=QueueingCursor)
        cursor.database = self
        return cursor

    def make_cursor(self, cursor: Any) -> TimedCursorWrapper:
        """Return a cursor that notes slow statements."""
        return TimedCursorWrapper(cursor, self)

    # Django's hooks below are not in its type stubs.

    def _start_transaction_under_autocommit(self) -> None:
        self._queue()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._leave_queue_when_done()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_queue_when_done()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave_queue()

    def _queue(self, *, on_connection: bool = True) -> None:
        if self.is_in_memory_db() or self._held:
            return
        wait_seconds = float(self.settings_dict["OPTIONS"].get("timeout", 20))
        wanted = current_deadline()
        deadline = time.monotonic() + wait_seconds
        if wanted is not None:
            deadline = min(deadline, wanted)
        lock = write_lock(str(self.settings_dict["NAME"]))
        try:
            if not lock.acquire(deadline=deadline):
                raise OperationalError("database is locked: no turn to write before the deadline")
        except OSError as error:
            raise OperationalError(f"unable to lock the database file: {error}") from error
        self._held, self._held_in_process = lock, os.getpid()
        if on_connection:
            try:
                self._limit_busy_timeout(deadline if wanted is not None else None, wait_seconds)
            except BaseException:
                self._leave_queue()
                raise

    def _limit_busy_timeout(self, deadline: float | None, wait_seconds: float) -> None:
        """Let SQLite itself wait for the rest of the deadline: others may not use our queue."""
        left = wait_seconds if deadline is None else deadline - time.monotonic()
        # In steps of 100 ms, so that the same value mostly still holds and no statement is needed.
        wanted_ms = max(0, int(left * 10) * 100) or max(0, int(left * 1000))
        if wanted_ms != self._busy_timeout_ms:
            with self.wrap_database_errors:
                self.connection.execute(f"PRAGMA busy_timeout = {wanted_ms}")
            self._busy_timeout_ms = wanted_ms

    def _leave_queue_when_done(self) -> None:
        if self.connection is None or not self.connection.in_transaction:
            self._leave_queue()

    def _leave_queue(self) -> None:
        lock, self._held = self._held, None
        # In a forked child the lock is still the parent's.
        if lock and self._held_in_process == os.getpid():
            lock.release()


def _is_wal(path: Path) -> bool:
    """Return whether the database is in WAL mode already, as far as can be seen from its folder.

    Never by opening the file: closing it again would drop every lock that this process holds on
    it (POSIX locks belong to the process), and the next process that closes its connection would
    take itself for the last one and delete the write-ahead log that we still write to.
    """
    return path.with_name(f"{path.name}-wal").exists()


class QueueingCursor(base.SQLiteCursorWrapper):
    """A cursor whose writes outside a transaction wait for their turn."""

    database: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        """Run a statement."""
        if self.connection.in_transaction or not query.lstrip()[:7].upper().startswith(_WRITES):
            return super().execute(query, params)
        with self.database.turn_in_queue():
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """Run a statement for each set of parameters."""
        if self.connection.in_transaction:
            return super().executemany(query, param_list)
        with self.database.turn_in_queue():
            return super().executemany(query, param_list)
