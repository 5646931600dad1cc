"""Django's PostgreSQL backend that hands out no connection which the server has closed.

After a restart of the server every idle connection of the pool is dead, and would fail the first
request that gets it. psycopg's own check asks the server each time a connection is taken, which
costs every push a round trip; a look at the socket costs microseconds and tells the same.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, Error
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """One thread's way to the database, through the process's pool."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Take a living connection; a dead one goes back, and the pool makes another.

        Raises:
            OperationalError: none came within the pool's time-out.
        """
        while True:
            connection = super().get_new_connection(conn_params)
            if not self.pool or is_alive(connection):
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
