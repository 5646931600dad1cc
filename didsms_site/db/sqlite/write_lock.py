"""The queue in which writers of one SQLite file wait: a FIFO among threads, flock among processes.

SQLite's own busy handler sleeps and tries again, so one that asks at the right moment wins and a
few unlucky writers wait for seconds. Here BEGIN IMMEDIATE is issued only by the writer whose turn
it is.
"""

import fcntl
import os
import threading
import time
from collections import deque
from pathlib import Path

# While its own threads queue, a process keeps the file lock this long before others get a turn:
# handing it over costs a polling interval of idle time.
_TURN_SECONDS = 0.005
_FIRST_POLL_SECONDS = 0.0002
_LONGEST_POLL_SECONDS = 0.004


class ProcessLock:
    """flock on two files: who waits for the lock holds the queue's head, so nobody overtakes it.

    With one file the process that has just released it would take it again before a waiting
    process has woken up. The kernel releases both when a process dies.
    """

    def __init__(self, database: str) -> None:
        """Remember the names; the files are opened at the first use."""
        self._paths = (Path(f"{database}-queue"), Path(f"{database}-lock"))
        self._files: tuple[int, int] | None = None
        self._held_since: float | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process holds the lock."""
        return self._held_since is not None

    @property
    def is_turn_over(self) -> bool:
        """Whether this process has held it long enough for others to get a turn."""
        return self._held_since is not None and time.monotonic() - self._held_since > _TURN_SECONDS

    def acquire(self, *, deadline: float) -> bool:
        """Take the lock before the deadline (time.monotonic()), or return False."""
        head, lock = self._open()
        if not _poll(head, deadline):
            return False
        try:
            if not _poll(lock, deadline):
                return False
        finally:
            fcntl.flock(head, fcntl.LOCK_UN)
        self._held_since = time.monotonic()
        return True

    def release(self) -> None:
        """Give the lock to other processes; nothing happens when it is not held."""
        if self._held_since is not None:
            self._held_since = None
            fcntl.flock(self._open()[1], fcntl.LOCK_UN)

    def abandon(self) -> None:
        """Forget files inherited through fork; unlocking them would unlock the parent's."""
        if self._files:
            for file in self._files:
                os.close(file)
        self._files = None
        self._held_since = None

    def _open(self) -> tuple[int, int]:
        if self._files is None:
            head, lock = (os.open(path, os.O_CREAT | os.O_RDWR, 0o660) for path in self._paths)
            self._files = (head, lock)
        return self._files


def _poll(file: int, deadline: float) -> bool:
    pause = _FIRST_POLL_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_POLL_SECONDS)
        else:
            return True


class WriteLock:
    """The right to write to one SQLite file, among all threads of all processes of this machine.

    Threads get it in the order in which they asked: it is handed to the one who waits longest.
    """

    def __init__(self, database: str) -> None:
        """Make the lock for the file of that name; use `write_lock` to share one per process."""
        self._guard = threading.Lock()
        self._is_held = False
        self._waiting: deque[threading.Lock] = deque()
        self._processes = ProcessLock(database)

    def acquire(self, *, deadline: float) -> bool:
        """Wait until it is this thread's turn, at most until the deadline (time.monotonic()).

        Raises:
            OSError: The files beside the database cannot be opened or locked.
        """
        if not self._wait_for_turn(deadline):
            return False
        try:
            if self._processes.is_held or self._processes.acquire(deadline=deadline):
                return True
        except BaseException:
            self._hand_over()
            raise
        self._hand_over()
        return False

    def release(self) -> None:
        """Let the next writer in."""
        self._hand_over()

    def abandon(self) -> None:
        """Forget everything in a forked child: what is held belongs to the parent."""
        self._processes.abandon()

    def _wait_for_turn(self, deadline: float) -> bool:
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            if turn.acquire(timeout=max(0.0, deadline - time.monotonic())):
                return True
        except BaseException:
            if not self._stop_waiting(turn):
                self._hand_over()
            raise
        return not self._stop_waiting(turn)

    def _stop_waiting(self, turn: threading.Lock) -> bool:
        """Leave the queue; False when the turn came at the last moment and is ours."""
        with self._guard:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True

    def _hand_over(self) -> None:
        with self._guard:
            next_turn = self._waiting.popleft() if self._waiting else None
            self._is_held = next_turn is not None
            try:
                if next_turn is None or self._processes.is_turn_over:
                    self._processes.release()
            finally:
                if next_turn:
                    next_turn.release()


_locks: dict[str, WriteLock] = {}
_locks_guard = threading.Lock()


def write_lock(database: str) -> WriteLock:
    """Return this process's lock for a database file."""
    with _locks_guard:
        if database not in _locks:
            _locks[database] = WriteLock(database)
        return _locks[database]


def _reset_after_fork() -> None:
    global _locks_guard
    # A thread of the parent may have held it at the moment of the fork.
    _locks_guard = threading.Lock()
    for lock in _locks.values():
        lock.abandon()
    _locks.clear()


os.register_at_fork(after_in_child=_reset_after_fork)
