"""One deadline for everything that can make a thread wait for the database."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections

from didsms_site.db.sqlite.deadline import write_deadline
from messaging.process_thread import ProcessThread

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def database_deadline(*, seconds: float) -> Iterator[None]:
    """Let the database work of this block take at most ``seconds``.

    Then it fails with OperationalError.

    On SQLite it bounds the queue for the write lock and the busy time-out. On PostgreSQL the pool
    has its own time-out for handing out a connection, and a watchdog cuts the connection's socket
    when the time is up, so that a lock, a stopped server or a silent network cannot hold the
    thread.

    Args:
        seconds: how long, from now.
    """
    link = connections[DEFAULT_DB_ALIAS]  # each look at `connection` would look it up again
    if link.vendor == "sqlite":
        with write_deadline(seconds):
            yield
        return
    watch = _Watch(ends_at=time.monotonic() + seconds)
    outer = link.on_connect  # type: ignore[attr-defined]  # our own backend's
    if link.connection is not None:
        watch.over(link.connection)
    link.on_connect = watch.over  # type: ignore[attr-defined]
    try:
        yield
    finally:
        link.on_connect = outer  # type: ignore[attr-defined]
        watch.end()


class _Watch:
    """Watches over the connection that a block works with, also when that is a new one."""

    def __init__(self, *, ends_at: float) -> None:
        self._ends_at = ends_at
        self._key: object | None = None

    def over(self, raw: Any) -> None:
        """Watch over this connection, and no longer over the one before."""
        self.end()
        self._key = _watchdog.watch(raw.fileno(), self._ends_at)

    def end(self) -> None:
        """Watch over nothing."""
        if self._key is not None:
            _watchdog.forget(self._key)
            self._key = None


class _Watchdog:
    """One daemon thread a process that cuts the sockets whose time is up."""

    def __init__(self) -> None:
        self._watched: dict[object, tuple[float, int]] = {}
        self._lock = threading.Lock()
        self._thread = ProcessThread(
            self._run, name="database-watchdog", before_start=self._watched.clear
        )

    def watch(self, descriptor: int, ends_at: float) -> object:
        """Watch over a socket until ``forget``."""
        key = object()
        with self._lock:
            self._thread.start_if_needed()
            self._watched[key] = (ends_at, descriptor)
        return key

    def forget(self, key: object) -> None:
        """Stop watching; after this the descriptor may belong to somebody else."""
        with self._lock:
            self._watched.pop(key, None)

    def _run(self) -> None:
        while True:
            time.sleep(0.1)
            now = time.monotonic()
            with self._lock:
                for key in [key for key, (ends_at, _fd) in self._watched.items() if ends_at <= now]:
                    _ends_at, descriptor = self._watched.pop(key)
                    _cut(descriptor)


def _cut(descriptor: int) -> None:
    """Shut a socket down for both sides; the thread that waits on it sees the end of the stream."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)


_watchdog = _Watchdog()
