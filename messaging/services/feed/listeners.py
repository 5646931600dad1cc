"""Listen to the change feed outside the request cycle.

A wait ends as soon as somebody has committed something.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from typing import Protocol

from django.db import connection

from didsms_site.db.postgresql.plain import open_plain_connection

from .notifier import CHANNEL

Hint = tuple[int, str, int | None, int | None]


class ChangeListener(Protocol):
    """Something that can wait for a commit elsewhere."""

    def wait(self, *, timeout_seconds: float) -> list[Hint] | None:
        """Wait for a change.

        Returns:
            The hints announced, an empty list when only "something changed" is known, or None
            when nothing happened.

        Raises:
            DatabaseError, InterfaceError: the database is away; make a new listener then.
        """

    def close(self) -> None:
        """Let go of the connection."""


class PostgresListener:
    """LISTEN on a connection of its own."""

    def __init__(self) -> None:
        with connection.wrap_database_errors:
            self._connection = open_plain_connection()
            self._connection.execute(f"LISTEN {CHANNEL}")

    def wait(self, *, timeout_seconds: float) -> list[Hint] | None:
        """See ChangeListener."""
        heard = False
        hints: list[Hint] = []
        with connection.wrap_database_errors:
            for notice in self._connection.notifies(timeout=timeout_seconds, stop_after=1):
                heard = True
                with contextlib.suppress(ValueError):
                    hints += [tuple(hint) for hint in json.loads(notice.payload)]
        return hints if heard else None

    def close(self) -> None:
        """See ChangeListener."""
        with contextlib.suppress(Exception):
            self._connection.close()


class SQLiteListener:
    """Watch ``PRAGMA data_version``, which moves when another connection has committed."""

    def __init__(self, *, poll_seconds: float = 0.03) -> None:
        self._poll_seconds = poll_seconds
        with connection.wrap_database_errors:
            self._connection = sqlite3.connect(
                str(connection.settings_dict["NAME"]),
                isolation_level=None,
                timeout=5,
                check_same_thread=False,
            )
        self._version = self._data_version()

    def _data_version(self) -> int:
        with connection.wrap_database_errors:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def wait(self, *, timeout_seconds: float) -> list[Hint] | None:
        """See ChangeListener."""
        ends_at = time.monotonic() + timeout_seconds
        while True:
            version = self._data_version()
            if version != self._version:
                self._version = version
                return []
            left = ends_at - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(self._poll_seconds, left))

    def close(self) -> None:
        """See ChangeListener."""
        self._connection.close()


def open_listener() -> ChangeListener:
    """Open the listener that fits the configured database."""
    return PostgresListener() if connection.vendor == "postgresql" else SQLiteListener()
