"""The product under a seeded schedule of faults and traffic; `chaos_check` judges what it leaves.

The seed decides which faults come, in which order and for how long, and what everybody does;
threads and processes have their own pace, so a seed that found something finds it again more often
than not.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from messaging.nxcloud.signing import Credentials
from messaging.simulator import Simulator
from tests.processes import (
    Running,
    Web,
    manage,
    process_environment,
    reserve_port,
    run_manage,
    until,
)

from .chaos_faults import Fault, Faults
from .chaos_traffic import Traffic
from .test_receiving import PATH, add_number

LONGEST_FAULT_SECONDS = 2.0
#: Workers give up a request soon, so that what is unconfirmed is known soon.
TOTAL_TIMEOUT = "3"
#: A stepped clock is so far off at most; the provider refuses what is more than a minute off.
CLOCK_STEP_SECONDS = 45
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
MAKE_TOKEN = (
    "from django.contrib.auth.models import User\n"
    "from rest_framework.authtoken.models import Token\n"
    "print(Token.objects.create(user=User.objects.create_superuser('boss', '', 'x')).key)\n"
)
WAITING = (
    "SELECT count(*) FROM messaging_message"
    " WHERE status IN ('queued', 'held', 'sending', 'scheduled')"
)


class Chaos(Faults):
    """Two nodes (one on SQLite) with web and worker, the provider, traffic and faults.

    Args:
        seed: of the schedule.
        database: of this run alone.
        folder: for logs.
        disks: VAR_DIR of each node; a folder on a file system of its own can be filled.
        cluster: the servers behind ``database`` where they are the test's own; None leaves them be.
        has_clocks: whether the nodes' clocks can be stepped.

    Attributes:
        faults: how many of each kind there were.
    """

    def __init__(
        self,
        *,
        seed: int,
        database: Any,
        folder: Path,
        disks: list[Path],
        cluster: Any = None,
        has_clocks: bool = False,
    ) -> None:
        self.random = random.Random(f"{seed} faults")
        self.database, self.cluster, self.disks = database, cluster, disks
        self.faults: Counter[str] = Counter()
        self._folder, self._has_clocks = folder, has_clocks and FAKETIME is not None
        self._ports = [reserve_port() for _disk in disks]
        self.simulator = Simulator(
            webhook_url=f"http://127.0.0.1:{self._ports[0]}{PATH}",
            credentials=Credentials(
                access_key="test-access-key", access_secret="test-access-secret"
            ),
            receipt_delay_seconds=0.3,
            push_format="form",
        )
        self.traffic = Traffic(seed=seed, ports=self._ports, database=database)
        self.webs: list[Web] = []
        self.workers: list[Running] = []

    def run(self, *, seconds: float) -> None:
        """Let traffic and faults happen for a while, then heal everything and wait for calm."""
        with self.simulator, self._processes():
            self.traffic.start()
            ends_at = time.monotonic() + seconds
            try:
                while time.monotonic() < ends_at:
                    time.sleep(self.random.uniform(0.1, 0.8))
                    self._happen(self.random.choice(self.possible()))
            finally:
                self.traffic.end()
            self._calm_down()

    def clock_file(self, node: int) -> Path:
        """Return what libfaketime reads a node's clock from."""
        return self._folder / f"clock{node}"

    def _happen(self, fault: Fault) -> None:
        name, begin = fault
        with begin():
            time.sleep(self.random.uniform(0.1, LONGEST_FAULT_SECONDS))
        self.faults[name] += 1

    # --- Processes -------------------------------------------------------------------------------

    def environment(self, node: int) -> dict[str, str]:
        """Return what a node's processes get."""
        clock = {}
        if self._has_clocks:
            clock = {
                "LD_PRELOAD": str(FAKETIME),
                "FAKETIME_TIMESTAMP_FILE": str(self.clock_file(node)),
                "FAKETIME_CACHE_DURATION": "1",
                "PYTHONPATH": str(Path(__file__).parent / "stepped_clock"),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        return process_environment(
            var_dir=self.disks[node],
            database_url=self.database.url,
            NXCLOUD_BASE_URL=self.simulator.url,
            NXCLOUD_TOTAL_TIMEOUT=TOTAL_TIMEOUT,
            NXCLOUD_CONNECT_TIMEOUT="1",
            WEB_CONCURRENCY="1",
            **clock,
        )

    @contextlib.contextmanager
    def _processes(self) -> Iterator[None]:
        add_number(self.database)
        for node in range(len(self.disks)):
            self.clock_file(node).write_text("+0")
        env = self.environment(0)
        for name in ("LD_PRELOAD", "PYTHONPATH"):
            env.pop(name, None)
        self.traffic.token = run_manage("shell", "-v0", "-c", MAKE_TOKEN, env=env).strip()
        try:
            for node in range(len(self.disks)):
                self.webs.append(self.start_web(node))
                self.workers.append(self.start_worker(node))
            for web in self.webs:
                web.wait()
            yield
        finally:
            for running in (*self.webs, *self.workers):
                with contextlib.suppress(ProcessLookupError):
                    running.process.send_signal(signal.SIGCONT)
                running.stop()

    def start_web(self, node: int) -> Web:
        """Start a node's web process, as a supervisor would after it has ended."""
        log = self._folder / f"web{node}.log"
        return Web(env=self.environment(node), log=log, port=self._ports[node])

    def start_worker(self, node: int) -> Running:
        """Start a node's worker."""
        log = self._folder / f"worker{node}.log"
        return manage("run_outbox", env=self.environment(node), log=log)

    # --- Calm ------------------------------------------------------------------------------------

    def _calm_down(self) -> None:
        """What was not answered is repeated, and all that waits is done."""
        self.traffic.finish()
        dice = random.Random(0)

        def is_calm() -> bool:
            # Faults of the provider open the circuit breaker, more than once.
            self.traffic.call("sending/resume/", {}, dice)
            time.sleep(0.2)
            return self.database.rows(WAITING) == [(0,)] and not self._spooled()

        until(is_calm, timeout_seconds=300, what="nothing waits any more")

    def _spooled(self) -> list[Path]:
        return [path for disk in self.disks for path in disk.glob("spool/*.push")]

    def keep_logs(self, into: Path) -> None:
        """Copy the logs to where they outlive the test."""
        into.mkdir(parents=True, exist_ok=True)
        for log in self._folder.glob("*.log"):
            shutil.copy(log, into)
