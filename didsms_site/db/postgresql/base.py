"""Django's PostgreSQL backend, with a pool that hands out living connections, warm ones first.

A server that refuses to write (a standby that was the primary a moment ago) counts as one that is
away: what must not be lost waits for it, in the spool or in the worker's memory.

A process that is stopped in the middle of a transaction holds its locks, and what it was writing
would become visible when it wakes. The server ends such a transaction (MOST_IDLE_SECONDS); for the
process that wakes, its database was away.

After a restart of the server every idle connection of the pool is dead, and would fail the first
request that gets it. psycopg's own check asks the server each time a connection is taken, which
costs every push a round trip; a look at the socket costs microseconds and tells the same.

psycopg's pool goes round its connections, so that each request finds a server process that has not
worked for a while. Handed out in the order in which they came back last, few processes do the work
and keep plans and rows in the processor's cache: without it a list costs 9 % more processor time,
a push 5 % (2026-11-29, `make ablation`).
"""

import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper, OperationalError
from django.utils.functional import cached_property
from psycopg import Connection, Error
from psycopg.errors import IdleInTransactionSessionTimeout, ReadOnlySqlTransaction
from psycopg.pq import ConnStatus

from didsms_site.db.slow_queries import TimedCursorWrapper

#: How long a transaction may wait for its client; shorter than what relies on its end
#: (messaging/services/reading/watermarks.py: TARGET_AGE).
MOST_IDLE_SECONDS = 30
_AWAY = (ReadOnlySqlTransaction, IdleInTransactionSessionTimeout)


class LastInFirstOut(deque[Any]):
    """A pool's store: what is put in at the end comes out at the beginning."""

    append = deque.appendleft


_making_pools = threading.Lock()


class ErrorWrapper(DatabaseErrorWrapper):
    """Turns the driver's errors into Django's; Django takes some that pass for faults of ours."""

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        """Raise Django's error in the place of the driver's."""
        if exc_type is not None and issubclass(exc_type, _AWAY):
            self.wrapper.errors_occurred = True  # type: ignore[attr-defined]  # not in the stubs
            raise OperationalError(*exc_value.args).with_traceback(traceback) from exc_value
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    """One thread's way to the database, through the process's pool.

    Attributes:
        on_connect: told of each connection that this thread gets; None tells nobody.
    """

    on_connect: Callable[[Any], None] | None = None

    @cached_property
    def wrap_database_errors(self) -> ErrorWrapper:
        """The context in which the driver's errors become Django's."""
        return ErrorWrapper(self)

    def make_cursor(self, cursor: Any) -> TimedCursorWrapper:
        """Return a cursor that notes slow statements."""
        return TimedCursorWrapper(cursor, self)

    @property
    def pool(self) -> Any:
        """The process's pool; the one who opens it has it from here, with a store of ours."""
        pool = super().pool
        if pool and not isinstance(pool._pool, LastInFirstOut):
            with _making_pools:
                if not isinstance(pool._pool, LastInFirstOut):
                    pool._pool = LastInFirstOut(pool._pool)
        return pool

    def _configure_connection(self, connection: Any) -> bool:
        super()._configure_connection(connection)  # type: ignore[misc]  # not in the stubs
        with connection.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{MOST_IDLE_SECONDS}s'")
        return True

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Take a living connection; a dead one goes back, and the pool makes another.

        Raises:
            OperationalError: none came within the pool's time-out.
        """
        while True:
            connection = super().get_new_connection(conn_params)
            if not self.pool or is_alive(connection):
                if self.on_connect:
                    self.on_connect(connection)
                return connection
            connection.close()
            self.pool.putconn(connection)


def is_alive(connection: Connection[Any]) -> bool:
    """Tell whether the server has not closed an idle connection, without asking it."""
    if connection.closed:
        return False
    low = connection.pgconn
    waiting = select.poll()  # not select.select: it knows no descriptor beyond 1023
    waiting.register(low.socket, select.POLLIN)
    if not waiting.poll(0):
        return True
    # Something came unasked: a notice, or the end. What is a notice is gone once it is read.
    try:
        low.consume_input()
    except Error:
        return False
    return low.status == ConnStatus.OK and not waiting.poll(0)
