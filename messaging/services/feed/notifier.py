"""The notifier: sends the hints of this process with NOTIFY (PostgreSQL only).

One thread gathers them and sends them on a connection of its own: inside each transaction NOTIFY
would serialize the commits.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import queue
import time
from typing import TYPE_CHECKING, Any, Final

from didsms_site.db.postgresql.base import is_alive
from didsms_site.db.postgresql.plain import open_plain_connection
from messaging.process_thread import ProcessThread

if TYPE_CHECKING:
    import psycopg

logger = logging.getLogger(__name__)

#: A change's id, its kind, its conversation and its DID number; None for what concerns everybody.
Hint = tuple[int, str, int | None, int | None]
CHANNEL: Final = "didsms_changes"
#: PostgreSQL refuses payloads of 8000 bytes and more; a hint takes about 60.
HINTS_PER_NOTIFY: Final = 100
#: After a NOTIFY what comes is gathered for so long: each one costs the server a commit, and every
#: process that listens a wake-up.
GATHER_SECONDS: Final = 0.03


class Notifier:
    """One daemon thread per process that sends gathered hints with NOTIFY."""

    def __init__(self) -> None:
        """Begin without a thread."""
        self._hints: queue.SimpleQueue[list[Hint] | None] = queue.SimpleQueue()
        self._thread = ProcessThread(
            self._run, name="change-notifier", before_start=self._forget_what_was
        )

    def put(self, hints: list[Hint]) -> None:
        """Queue hints; the thread is started in the process that needs it, so after any fork."""
        self._thread.start_if_needed()
        self._hints.put(hints)

    def _forget_what_was(self) -> None:
        self._hints = queue.SimpleQueue()

    def stop(self) -> None:
        """Send what is queued, close the connection, end the thread; ``put`` starts a new one."""
        thread = self._thread.let_go()
        if thread is not None:
            self._hints.put(None)
            thread.join(timeout=5)

    def _run(self) -> None:
        """Announce the first hint after a pause at once, and those right after it together."""
        plain: psycopg.Connection[Any] | None = None
        while True:
            batch, is_last = self._gather()
            try:
                if batch:
                    plain = plain if plain and is_alive(plain) else open_plain_connection()
                    self._notify(plain, batch)
            except Exception:  # noqa: BLE001  (any fault here only delays a hint)
                logger.warning("change hints were not announced; listeners find them in the table")
                is_broken = True
            else:
                is_broken = False
            if plain is not None and (is_broken or is_last):
                with contextlib.suppress(Exception):
                    plain.close()
                plain = None
            if is_last:
                return
            time.sleep(GATHER_SECONDS)

    def _notify(self, plain: psycopg.Connection[Any], batch: list[Hint]) -> None:
        for start in range(0, len(batch), HINTS_PER_NOTIFY):
            part = batch[start : start + HINTS_PER_NOTIFY]
            payload = json.dumps(part, separators=(",", ":"))
            plain.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))

    def _gather(self) -> tuple[list[Hint], bool]:
        """Wait for hints and take all there are; tell whether to stop after them."""
        batch: list[Hint] = []
        taken = self._hints.get()
        while taken is not None:
            batch += taken
            try:
                taken = self._hints.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True


notifier = Notifier()
atexit.register(notifier.stop)  # a short command's last hints must leave before it does
