"""What a server and its database cost in processor time, for measurements."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TICK_MS: Final = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Processor time in milliseconds: of the processes themselves, and of PostgreSQL for them."""

    own_ms: float
    database_ms: float


@dataclass(frozen=True)
class Meter:
    """Reads the processor time of a process, its children, and its PostgreSQL backends.

    Attributes:
        pid: the server's first process.
        database_url: its database; SQLite works inside the processes.
    """

    pid: int
    database_url: str

    def read(self) -> Mapping[int, float]:
        """Return milliseconds used so far by each process, the server's with a negative id."""
        own = {-pid: _cpu_ms(pid) for pid in (self.pid, *_children(self.pid))}
        return own | {pid: _cpu_ms(pid) for pid in self._backends()}

    def since(self, before: Mapping[int, float]) -> Cost:
        """Return what all of them have used since a reading."""
        known = defaultdict(float, before)
        used = {pid: ms - known[pid] for pid, ms in self.read().items()}
        return Cost(
            own_ms=sum(ms for pid, ms in used.items() if pid < 0),
            database_ms=sum(ms for pid, ms in used.items() if pid > 0),
        )

    def _backends(self) -> list[int]:
        if not self.database_url.startswith("postgres"):
            return []
        import psycopg

        with psycopg.connect(self.database_url) as link:
            found = link.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        return [pid for (pid,) in found]


def _children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_ms(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # a server of another machine, or one that has just ended
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK_MS
