"""gunicorn's worker of threads, but nobody holds a thread by being silent or slow.

gunicorn gives a thread to every new connection, which then waits for its request: sixty silent
connections keep twelve threads busy for twenty seconds, and a push beside forty silent ones waits
for more than five seconds. Here the loop that waits for all connections also takes in what they
send, and a request gets a thread when all of it has come: the same push takes 15 ms. A push costs
as much as before on SQLite, perhaps a tenth more on PostgreSQL (2026-11-29, `make ablation`).

What is too long to be kept waits for its rest in a thread, but such requests never take more than
half of them. When a connection is closed, its client's last bytes are waited for in the loop as
well (`lingering.py`).
"""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
import time
from collections import deque
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

from .bounded_socket import BoundedSocket
from .lingering import LingeringClients
from .request_arrival import Arrival
from .unreadable import JsonRefusals

#: From the first byte of a request to the end of its headers.
HEAD_SECONDS: Final = 3.0
#: From there to the end of its body; then a thread goes on waiting, see BoundedSocket.
BODY_SECONDS: Final = 2.0
#: Requests that may wait for their rest in a thread at the same time, and how long for the thread.
MOST_HALVES: Final = 8
IN_LINE_SECONDS: Final = 10.0
#: For what a client sends while the process ends.
STOPPING_SECONDS: Final = 2.0
#: How late a silent connection may be noticed.
LOOK_SECONDS: Final = 0.25
PART_BYTES: Final = 64 * 1024
#: No file descriptor is left, of the process or of the machine.
NO_DESCRIPTOR: Final = (errno.EMFILE, errno.ENFILE)
#: What accept() says when there is nothing to accept any more.
GONE: Final = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)


class Waiting:
    """A connection that has no thread.

    Attributes:
        conn: gunicorn's.
        arrival: what has come of its next request.
        ends_at: on the clock of time.monotonic().
    """

    __slots__ = ("arrival", "conn", "ends_at")

    def __init__(self, conn: Any, *, seconds: float) -> None:
        """Begin to wait for a request's first byte."""
        self.conn = conn
        self.arrival = Arrival()
        self.ends_at = time.monotonic() + seconds


class PatientWorker(JsonRefusals, ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Reads requests in its loop, and gives a thread to those that have come."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with no connection."""
        super().__init__(*args, **kwargs)
        self._waiting: dict[Any, Waiting] = {}
        self._lingering = LingeringClients()
        self._halves: set[Any] = set()
        self._halves_in_line: deque[Waiting] = deque()
        self._most_halves = max(1, min(MOST_HALVES, self.cfg.threads // 2))
        self._looked_at = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse TLS: this worker reads requests before gunicorn would take the layer off."""
        if cfg.is_ssl:
            sys.exit("TLS belongs to the proxy in front: leave certfile and keyfile out.")
        super().check_config(cfg, log)

    # --- A connection comes, and waits ---------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection and see what it brings."""
        try:
            plain, address = listener.accept()
        except OSError as error:
            if error.errno in NO_DESCRIPTOR and self._close_idle():
                return  # what waits is still there at the next turn
            if error.errno not in GONE:
                raise
            return
        self.nr_conns += 1
        client = BoundedSocket.of(plain)
        conn = TConn(self.cfg, client, address, listener.getsockname())
        if self.nr_conns >= self.worker_connections:
            self._close_idle()
        self._wait_for_request(conn)

    def _wait_for_request(self, conn: Any, came_already: bytes = b"") -> None:
        """Let a connection wait for its next request, some of which may be here."""
        seconds = self.cfg.keepalive if self.alive else STOPPING_SECONDS
        waiting = Waiting(conn, seconds=seconds)
        conn.sock.setblocking(False)
        self._waiting[conn] = waiting
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, waiting))
        if came_already:
            self._take(waiting, came_already)

    def _on_readable(self, waiting: Waiting, client: BoundedSocket) -> None:
        try:
            data = client.receive_now(PART_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._let_go(waiting)
            return
        if data:
            self._take(waiting, data)
        elif waiting.arrival.has_head:
            self._give_thread(waiting)  # which is told that nothing more comes, and says so
        else:
            self._let_go(waiting)

    def _take(self, waiting: Waiting, data: bytes) -> None:
        arrival = waiting.arrival
        is_first, had_head = not arrival.data, arrival.has_head
        arrival.add(data)
        if arrival.is_for_thread:
            self._give_thread(waiting)
        elif arrival.has_head and not had_head:
            waiting.ends_at = time.monotonic() + BODY_SECONDS
        elif is_first:
            waiting.ends_at = time.monotonic() + HEAD_SECONDS

    # --- It gets a thread, and comes back ------------------------------------------------------

    def _give_thread(self, waiting: Waiting) -> None:
        self._forget(waiting)
        if waiting.arrival.is_complete:
            self._enqueue(waiting)
        elif len(self._halves) < self._most_halves:
            self._halves.add(waiting.conn)
            self._enqueue(waiting)
        else:
            waiting.ends_at = time.monotonic() + IN_LINE_SECONDS
            self._halves_in_line.append(waiting)

    def _enqueue(self, waiting: Waiting) -> None:
        conn = waiting.conn
        conn.sock.received = waiting.arrival.data
        conn.data_ready = True
        self.enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Answer a request in a thread of the pool; its rest has so much time to come."""
        conn.sock.begin_request()
        return super().handle(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep the connection for another request, or close it."""
        self._end_half(conn)
        try:
            is_kept = fs.result() if not fs.cancelled() else False
            if is_kept:
                rest = conn.parser.unreader.take_buffered() + conn.sock.take_received()
                self._wait_for_request(conn, rest)
                return
        except Exception:  # noqa: BLE001  (as gunicorn does: the thread has logged it)
            self._waiting.pop(conn, None)
        self._linger(conn)

    def _end_half(self, conn: Any) -> None:
        if conn in self._halves:
            self._halves.discard(conn)
            if self._halves_in_line:
                following = self._halves_in_line.popleft()
                self._halves.add(following.conn)
                self._enqueue(following)

    # --- It goes ---------------------------------------------------------------------------------

    def _forget(self, waiting: Waiting) -> None:
        del self._waiting[waiting.conn]
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(waiting.conn.sock)

    def _let_go(self, waiting: Waiting) -> None:
        self._forget(waiting)
        self.nr_conns -= 1
        waiting.conn.close()

    def _close_idle(self) -> bool:
        """Close the connection that has been silent for longest, those first that never spoke."""
        found = next((one for one in self._waiting.values() if one.conn.parser is None), None)
        found = found or next(iter(self._waiting.values()), None)
        if found is not None:
            self._let_go(found)
        elif self._halves_in_line:
            self._drop_from_line()
        else:
            return False
        return True

    def _linger(self, conn: Any) -> None:
        self.nr_conns -= 1
        self._lingering.add(conn.sock, poller=self.poller)

    # --- Time passes -----------------------------------------------------------------------------

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do one turn of gunicorn's loop, and look whose time is over."""
        is_anybody_there = self._waiting or self._lingering or self._halves_in_line
        super().wait_for_and_dispatch_events(LOOK_SECONDS if is_anybody_there else timeout)
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = time.monotonic()
            self._end_what_is_over(self._looked_at)

    def _end_what_is_over(self, now: float) -> None:
        for waiting in [one for one in self._waiting.values() if one.ends_at <= now]:
            if waiting.arrival.has_head:
                self._give_thread(waiting)
            else:
                self._let_go(waiting)
        self._lingering.end_late(now)
        while self._halves_in_line and self._halves_in_line[0].ends_at <= now:
            self._drop_from_line()

    def _drop_from_line(self) -> None:
        self.nr_conns -= 1
        self._halves_in_line.popleft().conn.close()

    def _cap_keepalive(self, deadline: float) -> None:
        """Stop soon: those without a thread have until then."""
        for waiting in self._waiting.values():
            waiting.ends_at = min(waiting.ends_at, deadline)
        while self._halves_in_line:
            self._drop_from_line()

    def murder_keepalived(self, force: bool = False) -> None:
        """Close, at the very end, whatever is still open without a thread."""
        if force:
            for waiting in list(self._waiting.values()):
                self._let_go(waiting)
            self._lingering.end_all()
