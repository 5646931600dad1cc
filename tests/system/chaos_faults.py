"""What fails, and how it heals: each fault is a context that ends when it is over."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg

Fault = tuple[str, Callable[[], AbstractContextManager[None]]]
SLOW_NETWORK_SECONDS = 0.05


class Faults:
    """The faults of a run; the run itself has processes, database, provider and disks."""

    random: random.Random
    database: Any
    cluster: Any
    simulator: Any
    disks: list[Path]
    webs: list[Any]
    workers: list[Any]
    _has_clocks: bool

    def possible(self) -> list[Fault]:
        """Return the faults of which each may come next."""
        found: list[Fault] = [
            ("web killed", lambda: self._killed(self.webs, self.start_web)),
            ("worker killed", lambda: self._killed(self.workers, self.start_worker)),
            ("web stopped", lambda: self._stopped(self.webs)),
            ("worker stopped", lambda: self._stopped(self.workers)),
            ("provider out", lambda: self._provider(outage=True)),
            ("provider slow", lambda: self._provider(answer_delay_seconds=1.5)),
            ("provider silent", lambda: self._provider(answer_delay_seconds=5.0)),
        ]
        if self.database.is_postgresql:
            found += [
                ("database cut", lambda: self._proxied("refuse")),
                ("database silent", lambda: self._proxied("silent")),
                ("network slow", self._slow_network),
                ("database read-only", self._read_only),
            ]
        else:
            found.append(("database locked", self._locked))
        if self.cluster is not None:
            found.append(("database failed over", self._failed_over))
        if any(os.path.ismount(disk) for disk in self.disks):
            found.append(("disk full", self._full_disk))
        if self._has_clocks:
            found.append(("clock stepped", self._stepped_clock))
        return found

    def start_web(self, node: int) -> Any:
        """Start a node's web process."""
        raise NotImplementedError

    def start_worker(self, node: int) -> Any:
        """Start a node's worker."""
        raise NotImplementedError

    def clock_file(self, node: int) -> Path:
        """Return what a node's clock is read from."""
        raise NotImplementedError

    @contextlib.contextmanager
    def _killed(self, running: list[Any], start: Callable[[int], Any]) -> Iterator[None]:
        node = self.random.randrange(len(running))
        running[node].kill()
        yield
        running[node] = start(node)

    @contextlib.contextmanager
    def _stopped(self, running: list[Any]) -> Iterator[None]:
        process = self.random.choice(running).process
        process.send_signal(signal.SIGSTOP)
        yield
        process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def _provider(self, **changes: Any) -> Iterator[None]:
        settings = self.simulator.settings
        before = {name: getattr(settings, name) for name in changes}
        settings.change(changes)
        yield
        settings.change(before)

    @contextlib.contextmanager
    def _proxied(self, mode: Any) -> Iterator[None]:
        self.database.proxy.become(mode)
        yield
        self.database.proxy.become("open")

    @contextlib.contextmanager
    def _slow_network(self) -> Iterator[None]:
        self.database.proxy.delay_seconds = SLOW_NETWORK_SECONDS
        yield
        self.database.proxy.delay_seconds = 0.0

    @contextlib.contextmanager
    def _read_only(self) -> Iterator[None]:
        """Let the server take no writing, as one that follows another, or has no room, does."""
        self._allow_writing(False)
        yield
        self._allow_writing(True)

    def _allow_writing(self, is_allowed: bool) -> None:
        direct = self.database.direct
        name = direct.rsplit("/", 1)[1]
        how = "RESET" if is_allowed else "SET"
        value = "" if is_allowed else " = on"
        options = "-c default_transaction_read_only=off"
        with psycopg.connect(direct, autocommit=True, options=options) as link:
            link.execute(f'ALTER DATABASE "{name}" {how} default_transaction_read_only{value}')
            link.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()",
                [name],
            )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = sqlite3.connect(self.database.direct, isolation_level=None, timeout=60)
        with contextlib.closing(lock):
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:  # The product writes without a pause.
                yield
                return
            yield
            lock.execute("ROLLBACK")

    @contextlib.contextmanager
    def _failed_over(self) -> Iterator[None]:
        """Kill the primary; its standby takes over, and gets a standby of its own."""
        self.database.proxy.become("refuse")
        self.cluster.crash()
        yield
        self.cluster.promote()
        self.database.proxy.lead_to(("127.0.0.1", self.cluster.port))
        self.database.proxy.become("open")
        self.cluster.rebuild()

    @contextlib.contextmanager
    def _full_disk(self) -> Iterator[None]:
        disk = self.random.choice([disk for disk in self.disks if os.path.ismount(disk)])
        filler = disk / "filler"
        with filler.open("ab", buffering=0) as file:
            for size in (1_048_576, 4096, 64):
                with contextlib.suppress(OSError):  # It is full.
                    while file.write(b"x" * size) == size:
                        pass
            yield
        filler.unlink()

    @contextlib.contextmanager
    def _stepped_clock(self) -> Iterator[None]:
        from .chaos import CLOCK_STEP_SECONDS

        node = self.random.randrange(len(self.disks))
        step = self.random.choice([-1, 1]) * self.random.randint(2, CLOCK_STEP_SECONDS)
        self.clock_file(node).write_text(f"{step:+d}")
        yield
        self.clock_file(node).write_text("+0")
