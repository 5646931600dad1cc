"""How much room this node's disk has for the pushes that the spool may have to take."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

#: A push with the longest body that is taken, and its envelope.
PUSH_BYTES: Final = 260 * 1024
#: Below it a push may not be kept: the node counts as full.
LEAST_FREE_BYTES: Final = 4 * PUSH_BYTES
#: Below the smaller of both somebody should make room.
LOW_BYTES: Final = 500 * 1024 * 1024
LOW_SHARE: Final = 0.1
#: A file is written as a test so often at most: anybody may ask /readyz.
WRITE_EVERY_SECONDS: Final = 5.0
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Room:
    """What the file system says.

    Attributes:
        free_bytes: for a process without privileges.
        total_bytes: of the file system.
        free_files: how many more it takes; None where it does not count them.
    """

    free_bytes: int
    total_bytes: int
    free_files: int | None

    @property
    def is_full(self) -> bool:
        """Whether a push may not be kept."""
        return self.free_bytes < LEAST_FREE_BYTES or self.free_files == 0

    @property
    def is_low(self) -> bool:
        """Whether somebody should make room."""
        return self.is_full or self.free_bytes < min(LOW_BYTES, LOW_SHARE * self.total_bytes)


def room_in(folder: Path) -> Room:
    """Ask how much room there is.

    Raises:
        OSError: the folder cannot be reached.
    """
    found = os.statvfs(folder)
    return Room(
        free_bytes=found.f_bavail * found.f_frsize,
        total_bytes=found.f_blocks * found.f_frsize,
        free_files=found.f_favail if found.f_files else None,
    )


class _WriteTest:
    """Writes as much as a push may need, and remembers for a moment that it could be done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: tuple[str, float] = ("", 0.0)

    def __call__(self, folder: Path) -> None:
        """Write a file durably and remove it, unless that was done a moment ago.

        Raises:
            OSError: the disk does not take it.
        """
        with self._lock:
            done_in, done_at = self._done
            if done_in == str(folder) and time.monotonic() - done_at < WRITE_EVERY_SECONDS:
                return
            _write_and_remove(folder / f".probe-{os.getpid()}-{secrets.token_hex(4)}")
            self._done = (str(folder), time.monotonic())


def _write_and_remove(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"\x00" * PUSH_BYTES)
            file.flush()
            os.fsync(file.fileno())
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


check_writing = _WriteTest()


def is_without_room(error: OSError) -> bool:
    """Tell whether the disk or a quota is full, rather than closed to us."""
    return error.errno in _NO_ROOM
