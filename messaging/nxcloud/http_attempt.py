"""The state of one HTTP request: has it begun to leave, and is there time left for it."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from messaging.nxcloud.trace import BEGUN, CONNECTED, LOOKED_UP, Trace
from messaging.process_thread import ProcessThread
from messaging.stopwatch import steady_seconds


class Attempt:
    """The state of one request, shared by its connection and its watchdog.

    Args:
        connect_timeout_seconds: for each address of the host.
        total_timeout_seconds: for all of it, from now on.
        is_in_time: asked right before bytes leave; False keeps them here.
        trace: remembers where its time goes.
    """

    def __init__(
        self,
        *,
        connect_timeout_seconds: float,
        total_timeout_seconds: float,
        is_in_time: Callable[[], bool],
        trace: Trace | None = None,
    ) -> None:
        self.connect_timeout_seconds = connect_timeout_seconds
        self.total_timeout_seconds = total_timeout_seconds
        self.had_begun = False
        self.is_in_time = is_in_time
        self.trace = trace or Trace()
        self._deadline = steady_seconds() + total_timeout_seconds
        self._lock = threading.Lock()
        self._is_over = False
        self._handle: socket.socket | None = None

    def __enter__(self) -> Attempt:
        _watchdog.watch(self, seconds=self.total_timeout_seconds)
        return self

    def __exit__(self, *exc_info: object) -> None:
        _watchdog.forget(self)
        with self._lock:
            self._is_over = True
            if self._handle is not None:
                self._handle.close()

    def seconds_left(self) -> float:
        """Return the time left for all of it; raise TimeoutError when there is none."""
        left = self._deadline - steady_seconds()
        if left <= 0 or self._is_over:
            raise TimeoutError("total time is over")
        return left

    def guard(self, sock: socket.socket) -> None:
        """Let the watchdog shut this socket down.

        It gets a descriptor of its own: TLS replaces the socket object, and the response
        outlives the connection.
        """
        with self._lock:
            self.seconds_left()
            self._handle = sock.dup()

    def begin_sending(self) -> None:
        """Note that bytes leave from here on; raise TimeoutError when it is too late for that.

        The process may have been stopped at any moment before, so this is the last look.
        """
        with self._lock:
            self.seconds_left()
            if not self.is_in_time():
                raise TimeoutError("the caller's time for it is over")
            self.had_begun = True
            self.trace.mark(BEGUN)

    def shut_down(self) -> None:
        """End it where it is: its time is over."""
        with self._lock:
            self._is_over = True
            if self._handle is not None:
                with suppress(OSError):
                    self._handle.shutdown(socket.SHUT_RDWR)


class _Watchdog:
    """One daemon thread a process that ends the attempts whose time is over.

    A thread for each attempt would cost a tenth of its processor time.
    """

    def __init__(self) -> None:
        self._watched: dict[Attempt, float] = {}
        self._changed = threading.Condition()
        self._thread = ProcessThread(
            self._run, name="nxcloud-watchdog", before_start=self._forget_all
        )

    def watch(self, attempt: Attempt, *, seconds: float) -> None:
        """End an attempt after some seconds, unless it is forgotten before."""
        self._thread.start_if_needed()
        ends_at = time.monotonic() + seconds
        with self._changed:
            is_first = all(ends_at < other for other in self._watched.values())
            self._watched[attempt] = ends_at
            if is_first:
                self._changed.notify()

    def forget(self, attempt: Attempt) -> None:
        """Watch an attempt no longer."""
        with self._changed:
            self._watched.pop(attempt, None)

    def _run(self) -> None:
        while True:
            for attempt in self._wait():
                attempt.shut_down()

    def _wait(self) -> list[Attempt]:
        """Wait for the first that is over; return those that are, which are forgotten."""
        with self._changed:
            first = min(self._watched.values(), default=None)
            left = None if first is None else first - time.monotonic()
            if left is None or left > 0:
                self._changed.wait(left)
            now = time.monotonic()
            over = [attempt for attempt, ends_at in self._watched.items() if ends_at <= now]
            for attempt in over:
                del self._watched[attempt]
        return over

    def _forget_all(self) -> None:
        self._watched = {}
        self._changed = threading.Condition()


_watchdog = _Watchdog()


class _LookUpThreads:
    """Daemon threads that look names up; each waits for the next one when it is done.

    A thread for each look-up would cost as much as the look-up.
    """

    def __init__(self) -> None:
        self._idle: deque[queue.SimpleQueue[Callable[[], None]]] = deque()
        os.register_at_fork(after_in_child=self._idle.clear)

    def run(self, look_up: Callable[[], None]) -> None:
        """Run a look-up in a thread that is idle, else in a new one."""
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = queue.SimpleQueue()
            threading.Thread(
                target=self._work, args=(inbox,), daemon=True, name="nxcloud-look-up"
            ).start()
        inbox.put(look_up)

    def _work(self, inbox: queue.SimpleQueue[Callable[[], None]]) -> None:
        while True:
            inbox.get()()
            self._idle.append(inbox)


_look_up_threads = _LookUpThreads()


def _look_up(host: str, port: int, seconds: float) -> list[tuple[Any, ...]]:
    """Resolve a name within a time that the resolver itself does not know."""
    outcome: queue.SimpleQueue[list[tuple[Any, ...]] | Exception] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            outcome.put([*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError) as error:
            outcome.put(error)

    _look_up_threads.run(resolve)
    try:
        found = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError("the name could not be looked up in time") from None
    if isinstance(found, Exception):
        raise found
    return found


def connect(attempt: Attempt, host: str, port: int) -> socket.socket:
    """Connect to the first address that answers."""
    last_error: OSError = OSError("the name has no address")
    found = _look_up(host, port, attempt.seconds_left())
    attempt.trace.mark(LOOKED_UP)
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(min(attempt.connect_timeout_seconds, attempt.seconds_left()))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            attempt.guard(sock)
        except OSError as error:
            sock.close()
            last_error = error
        else:
            attempt.trace.mark(CONNECTED)
            return sock
    raise last_error
