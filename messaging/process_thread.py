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
            run: what it does; it may return, and is started again when it is needed again.
            name: of the thread, for logs and debuggers.
            before_start: puts away what a parent process or an earlier thread left behind. Other
                callers of `start_if_needed` wait until it is done.
        """
        self._run = run
        self._name = name
        self._before_start = before_start
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        _all.add(self)

    @property
    def is_running(self) -> bool:
        """Whether it runs in this process."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start_if_needed(self) -> None:
        """Start it, unless it runs in this process already; cheap enough for every call."""
        if self.is_running:
            return
        with self._lock:
            if self.is_running:
                return
            self._before_start()
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            thread.start()
            self._thread = thread

    def let_go(self) -> threading.Thread | None:
        """Return the thread that runs, None where there is none.

        It is the caller's to end; `start_if_needed` starts another.
        """
        with self._lock:
            thread, self._thread = self._thread, None
        return thread if thread is not None and thread.is_alive() else None

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._thread = None


_all: WeakSet[ProcessThread] = WeakSet()


def _forget_after_fork() -> None:
    for thread in list(_all):
        thread._forget()


os.register_at_fork(after_in_child=_forget_after_fork)
