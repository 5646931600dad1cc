"""What a server's processes and its database's have used of the processor."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

_TICK_MS: Final = 1000 / os.sysconf("SC_CLK_TCK")


#: What each process has used so far, in milliseconds, by side and process.
Reading = Mapping[str, Mapping[int, float]]


class Used(NamedTuple):
    """Processor time in milliseconds.

    Attributes:
        own: of the server's processes.
        database: of PostgreSQL's processes for this database; 0 on SQLite.
    """

    own: float
    database: float


@dataclass(frozen=True)
class Meter:
    """Reads the processor time of one server.

    Attributes:
        pid: the process whose children do the work.
        database_url: of PostgreSQL; anything else has no processes of its own.
    """

    pid: int
    database_url: str

    def read(self) -> Reading:
        """Return what each process has used so far."""
        return {
            "own": {pid: _cpu_ms(pid) for pid in _children(self.pid)},
            "database": {pid: _cpu_ms(pid) for pid in self._backends()},
        }

    def used_since(self, before: Reading) -> Used:
        """Return what all of them have used since a reading; those that ended count for nothing."""
        now = self.read()
        return Used(*(_difference(before[side], now[side]) for side in Used._fields))

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


def _difference(before: Mapping[int, float], now: Mapping[int, float]) -> float:
    known = defaultdict(float, before)
    return sum(used - known[pid] for pid, used in now.items())


def _children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_ms(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # a server of another machine, or one that has just ended
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK_MS
