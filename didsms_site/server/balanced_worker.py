"""gunicorn's worker of threads, but connections spread evenly over the processes, and bounded.

All processes wait at one socket, and whichever wakes first takes what comes: eight kept-alive
connections can all land in one of two processes, and stay there while the other idles. Here each
process knows how many connections its siblings have, and leaves a new one to a process with fewer.
Of eight connections each of two processes then has four; without it one has six, often more, and
of sixty 53. It costs a push some 10 % of processor time (2026-11-29, `make ablation`), and stays
for the event streams, of which a process takes only so many.
A client that sends or reads too slowly gets no thread or loses it (`patient_worker.py`,
`bounded_socket.py`).
"""

from __future__ import annotations

import mmap
import time
from array import array
from typing import TYPE_CHECKING, Any

from .patient_worker import PatientWorker
from .shared_counter import SLOTS

if TYPE_CHECKING:
    import socket

#: A sibling that has not taken a connection within this time is busy with something else.
PATIENCE_SECONDS = 0.02
STEP_SECONDS = 0.001
FREE = -1
#: Of a process that starts or ends.
TAKES_NONE = -2


class LoadTable:
    """How many connections each process has, in memory that all of them share.

    Made by the master, which alone gives slots out and takes them back; each process writes only
    into its own.
    """

    def __init__(self) -> None:
        """Make it with every slot free."""
        self._counts = memoryview(mmap.mmap(-1, SLOTS * array("i").itemsize)).cast("i")
        for slot in range(SLOTS):
            self._counts[slot] = FREE

    def take_slot(self) -> int:
        """Return a slot for a new process; it counts once it has written there itself."""
        slot = next(slot for slot in range(SLOTS) if self._counts[slot] == FREE)
        self._counts[slot] = TAKES_NONE
        return slot

    def write(self, slot: int, count: int) -> None:
        """Write how many connections a process has, or TAKES_NONE, or FREE when it is gone."""
        self._counts[slot] = count

    def fewest_of_others(self, slot: int) -> int | None:
        """Return the smallest count of the other processes, None when there are none."""
        counts = self._counts.tolist()
        counts[slot] = TAKES_NONE
        return min((count for count in counts if count >= 0), default=None)


class BalancedWorker(PatientWorker):
    """Leaves a new connection for a moment to a process that has fewer.

    Attributes:
        load_table: what all processes share; the configuration sets it before any is forked.
        slot: where this process writes.
    """

    load_table: LoadTable
    slot: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with no connection left to others."""
        super().__init__(*args, **kwargs)
        self._leaves_since = 0.0

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, unless somebody else had better do so."""
        if not self._leaves_it():
            super().accept(listener)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do one turn of gunicorn's loop, and tell the others how many this process has."""
        self._tell()
        super().wait_for_and_dispatch_events(timeout)
        self._tell()

    def _tell(self) -> None:
        self.load_table.write(self.slot, self.nr_conns if self.alive else TAKES_NONE)

    def _leaves_it(self) -> bool:
        fewest = self.load_table.fewest_of_others(self.slot)
        if fewest is None or self.nr_conns <= fewest:
            return False
        now = time.monotonic()
        if now - self._leaves_since > 2 * PATIENCE_SECONDS:
            self._leaves_since = now
        if now - self._leaves_since > PATIENCE_SECONDS:
            return False
        time.sleep(STEP_SECONDS)  # what waits is still there at the next turn, if nobody took it
        return True
