"""Whatever fails, and however it comes together: what was promised holds.

`make chaos` runs it for longer, with other seeds: CHAOS_SECONDS, CHAOS_SEED. What it needs beyond a
database, and does not find, is left out and said: root for a disk that can be filled, PostgreSQL's
programs for a standby, libfaketime for clocks.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes import process_environment, run_manage
from tests.small_disk import small_disk

from .chaos import FAKETIME, Chaos
from .chaos_check import findings
from .cluster import Cluster, cluster
from .conftest import Database
from .proxy import Proxy

pytestmark = pytest.mark.database

SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or time.time_ns() % 1_000_000
#: Of the short run in `make test`: as many faults as fit into it, and none that takes its time.
SHORT_SEED, SHORT_SECONDS = 5, 4.0
DISK_MEGABYTES = 256


@dataclass(frozen=True)
class ClusterDatabase(Database):
    """A database on servers of the test's own; ``direct`` leads to the one that is the primary."""

    cluster: Any = None
    name: str = ""

    def __getattribute__(self, name: str) -> Any:
        if name == "direct":
            return self.cluster.server.rsplit("/", 1)[0] + f"/{self.name}"
        return super().__getattribute__(name)


@pytest.fixture
def disks(database, tmp_path) -> Iterator[list[Path]]:
    """A file system for each node that can be filled; a plain folder where nobody may make one."""
    with contextlib.ExitStack() as stack:
        found = []
        for node in range(2 if database.is_postgresql else 1):
            folder = tmp_path / f"node{node}"
            folder.mkdir()
            with contextlib.suppress(pytest.skip.Exception):
                stack.enter_context(small_disk(folder, megabytes=DISK_MEGABYTES))
            found.append(folder)
        yield found


@contextlib.contextmanager
def on_servers_of_its_own(database: Database) -> Iterator[tuple[Database, Cluster | None]]:
    """Copy a database to a primary with a standby; leave it where that cannot be."""
    with cluster() if database.is_postgresql else contextlib.nullcontext() as servers:
        if servers is None:
            yield database, None
            return
        dump = subprocess.run(["pg_dump", database.direct], capture_output=True, check=True).stdout
        subprocess.run(
            ["psql", "-q", "-v", "ON_ERROR_STOP=1", servers.server],
            input=dump, capture_output=True, check=True,
        )  # fmt: skip
        with Proxy(target=("127.0.0.1", servers.port)) as proxy:
            url = f"postgres://postgres@127.0.0.1:{proxy.port}/postgres"
            moved = ClusterDatabase(
                url=url, direct="", proxy=proxy, cluster=servers, name="postgres"
            )
            yield moved, servers


def say(capsys, line: str) -> None:
    with capsys.disabled():
        print(f"\n{line}")  # noqa: T201


def hold(chaos: Chaos, *, seed: int, seconds: float, folder: Path) -> None:
    """Run it and hold what it leaves against what was promised."""
    again = f"CHAOS_SEED={seed} CHAOS_SECONDS={seconds:.0f} make chaos plays it again"
    try:
        chaos.run(seconds=seconds)
    except BaseException:
        chaos.keep_logs(folder)
        raise
    found = findings(chaos)
    if found:
        chaos.keep_logs(folder)
    assert found == {}, f"{again}; the logs are in {folder}"
    env = process_environment(var_dir=chaos.disks[0], database_url=chaos.database.url)
    run_manage("check_reports", env=env)  # Counters equal rows.


def test_what_was_promised_holds_under_a_few_faults(database, tmp_path, disks):
    chaos = Chaos(seed=SHORT_SEED, database=database, folder=tmp_path, disks=disks)

    hold(chaos, seed=SHORT_SEED, seconds=SHORT_SECONDS, folder=Path("test-results/chaos"))

    assert chaos.faults.total() > 0
    assert chaos.traffic.operations["push"] > 0
    assert chaos.traffic.operations["send"] > 0


@pytest.mark.soak
def test_what_was_promised_holds_under_a_schedule_of_faults(database, tmp_path, disks, capsys):
    say(capsys, f"CHAOS_SEED={SEED} CHAOS_SECONDS={SECONDS:.0f} plays it again")
    with on_servers_of_its_own(database) as (moved, servers):
        skipped = {
            "database failed over": database.is_postgresql and servers is None,
            "disk full": not os.path.ismount(disks[0]),
            "clock stepped (no libfaketime)": FAKETIME is None,
        }
        left_out = [name for name, is_left_out in skipped.items() if is_left_out]
        if left_out:
            say(capsys, f"skipped: {', '.join(left_out)}")
        chaos = Chaos(
            seed=SEED, database=moved, folder=tmp_path, disks=disks,
            cluster=servers, has_clocks=True,
        )  # fmt: skip
        try:
            hold(chaos, seed=SEED, seconds=SECONDS, folder=Path("test-results/chaos"))
        finally:
            say(
                capsys,
                f"{chaos.faults.total()} faults: {dict(chaos.faults)}\n"
                f"{chaos.traffic.operations.total()} operations:"
                f" {dict(chaos.traffic.operations)};"
                f" hidden {len(chaos.traffic.hidden)}, canceled {len(chaos.traffic.canceled)}",
            )
