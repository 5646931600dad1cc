"""A daemon thread that each process starts for itself, when it first needs it.

A server forks its processes, and a fork takes no thread along: what was started before it is
missing in the child, together with the locks that other threads held at that moment.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from weakref import WeakSet


def _nothing() -> None:
    pass


class ProcessThread:
    """One daemon thread, of whichever process asks for it."""

    def __init__(
        self,
        run: Callable[[], None],
        *,
        name: str,
        before_start: Callable[[], None] = _nothing,
    ) -> None:
        """Describe the thread; nothing is started yet.

        Args:
            run: what it does until it is let go or the process ends.
            name: of the thread, for logs and debuggers.
            before_start: puts away what a parent process, or a thread that was let go, left
                behind. Other callers of `start_if_needed` wait until it is done.
        """
        self._run = run
        self._name = name
        self._before_start = before_start
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        _all.add(self)

    @property
    def is_started(self) -> bool:
        """Whether this process has started it."""
        return self._thread is not None

    def start_if_needed(self) -> None:
        """Start it, unless this process has started it already; cheap enough for every call."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is not None:
                return
            self._before_start()
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            thread.start()
            self._thread = thread

    def let_go(self) -> threading.Thread | None:
        """Return the thread that was started, None where there is none.

        It is the caller's to end; the next `start_if_needed` starts another.
        """
        with self._lock:
            thread, self._thread = self._thread, None
        return thread

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._thread = None


_all: WeakSet[ProcessThread] = WeakSet()


def _forget_after_fork() -> None:
    for thread in list(_all):
        thread._forget()


os.register_at_fork(after_in_child=_forget_after_fork)
