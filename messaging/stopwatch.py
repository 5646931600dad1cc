"""How much time has passed, also while the process or the whole machine was suspended."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

#: Counts on while the machine sleeps; where a system has none, the clock that counts while a
#: process is stopped.
_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


def steady_seconds() -> float:
    """Return seconds on a clock that nobody sets and that suspension does not stop."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


@dataclass(frozen=True)
class Stopwatch:
    """Started when it is made.

    It looks at two clocks and believes the one that is further on. A virtual machine that was
    paused from outside sees it only by its wall clock, once that has been set right.
    """

    _steady: float = field(default_factory=lambda: steady_seconds())
    _wall: float = field(default_factory=lambda: time.time())

    def seconds(self) -> float:
        """Return how long ago it was started."""
        return max(steady_seconds() - self._steady, time.time() - self._wall)
