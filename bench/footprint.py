"""Measure what web, worker and database take of memory and disk, at rest and at work.

    python -m bench.footprint [--seconds 30] [--only small|sqlite|postgresql]

Memory is PSS: a page that several processes share counts once in all. `small` is web and worker
under one roof (`python -m didsms_site.serve`) on SQLite. Work is half messages that come in and
half that programs send, with a receipt for each; the rate that was reached is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

from messaging.nxcloud.signing import Credentials
from messaging.simulator import Simulator
from tests.processes import (
    TEST_SECRETS,
    Running,
    Web,
    manage,
    process_environment,
    reserve_port,
    run_manage,
    until,
)
from tests.system.cluster import cluster
from tests.system.test_receiving import DID, PATH, push

MB: Final = 1_000_000
THREADS: Final = 8
REST_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.5
#: Messages per second, in and out together.
RATES: Final = {"small": 20, "sqlite": 100, "postgresql": 100}
KEY, SECRET = TEST_SECRETS["NXCLOUD_ACCESS_KEY"], TEST_SECRETS["NXCLOUD_ACCESS_SECRET"]
PREPARE: Final = (
    "from django.contrib.auth.models import User\n"
    "from rest_framework.authtoken.models import Token\n"
    "from messaging.models import DidNumber\n"
    f"DidNumber.objects.create(number='{DID}', max_per_second=1000)\n"
    "print(Token.objects.create(user=User.objects.create_superuser('boss', '', 'x')).key)\n"
)


def children_of() -> dict[int, list[int]]:
    """Return the processes of this machine by their parent."""
    found: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            found.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    return found


def memory_of(root: int) -> int:
    """Return the bytes of a process and all below it."""
    children, waiting, total = children_of(), [root], 0
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


@dataclass
class Load:
    """So many messages a second, half in and half out.

    Attributes:
        done: how many were taken.
    """

    port: int
    token: str
    per_second: float
    done: int = 0
    _next: float = field(default_factory=time.monotonic)
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, seconds: float) -> None:
        """Work for a while."""
        ends_at = time.monotonic() + seconds
        self._next = time.monotonic()
        threads = [threading.Thread(target=self._work, args=(ends_at,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, ends_at: float) -> None:
        while time.monotonic() < ends_at:
            with self._lock:
                number = self._count = self._count + 1
                at = self._next = max(self._next + 1 / self.per_second, time.monotonic() - 1)
            time.sleep(max(0.0, at - time.monotonic()))
            if self._push(number) if number % 2 else self._send(number):
                with self._lock:
                    self.done += 1

    def _push(self, number: int) -> bool:
        return push(self.port, f"mo-{number:07d}") == (200, b"success")

    def _send(self, number: int) -> bool:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        body = {"sender": DID, "phone": f"+346{number % 5000:08d}", "content": f"answer {number}"}
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        try:
            link.request("POST", "/api/v1/messages/", json.dumps(body), headers)
            return link.getresponse().status == 201
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()


def watch(parts: dict[str, int], work: Callable[[], None]) -> dict[str, int]:
    """Return the most that each part took while the work was done."""
    most = dict.fromkeys([*parts, "all"], 0)
    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        now = {name: memory_of(pid) for name, pid in parts.items()}
        now["all"] = sum(now.values())
        most = {name: max(most[name], now[name]) for name in most}
        thread.join(LOOK_SECONDS)
    return most


@contextlib.contextmanager
def product(kind: str, env: dict[str, str], port: int, folder: Path) -> Iterator[dict[str, int]]:
    """Run it; yield its parts and their processes."""
    log = folder / "log"
    with contextlib.ExitStack() as stack:
        if kind == "small":
            command = [sys.executable, "-m", "didsms_site.serve"]
            both = stack.enter_context(Running(command, env={**env, "PORT": str(port)}, log=log))
            parts = {"web and worker": both.process.pid}
        else:
            web = stack.enter_context(Web(env=env, log=log, port=port))
            worker = stack.enter_context(manage("run_outbox", env=env, log=log))
            parts = {"web": web.process.pid, "worker": worker.process.pid}
        until(lambda: push(port, "first") == (200, b"success"))
        until(lambda: "started" in log.read_text("utf-8"))
        yield parts


def measure(kind: str, *, folder: Path, database: Any, seconds: float) -> None:
    """Print the figures of one way to run it."""
    rate, port = RATES[kind], reserve_port()
    url = f"sqlite:///{folder}/didsms.sqlite3" if database is None else database.server
    with Simulator(
        webhook_url=f"http://127.0.0.1:{port}{PATH}",
        credentials=Credentials(access_key=KEY, access_secret=SECRET),
        receipt_delay_seconds=0.5,
        push_format="form",
    ) as simulator:
        env = process_environment(
            var_dir=folder,
            database_url=url.replace("postgresql://", "postgres://"),
            NXCLOUD_BASE_URL=simulator.url,
        )
        run_manage("migrate", "-v0", env=env)
        token = run_manage("shell", "-v0", "-c", PREPARE, env=env).strip()
        with product(kind, env, port, folder) as parts:
            if database is not None:
                parts["database"] = database.pid
            time.sleep(REST_SECONDS)
            at_rest = watch(parts, lambda: time.sleep(REST_SECONDS))
            before = disk(folder, database)
            load = Load(port=port, token=token, per_second=rate)
            at_work = watch(parts, lambda: load.run(seconds))
            after = disk(folder, database)
    print(f"\n{kind}: {load.done / seconds:.0f} of {rate} messages a second", flush=True)
    for name in at_rest:
        print(
            f"  {name:<16}{at_rest[name] / MB:6.0f} MB at rest{at_work[name] / MB:6.0f} MB at work"
        )
    grown = (after - before) / max(1, load.done)
    print(
        f"  disk            {before / MB:6.0f} MB empty  {grown:8.0f} bytes a message", flush=True
    )


def disk(folder: Path, database: Any) -> int:
    """Return the bytes of the database, after what waits to be written into it."""
    if database is None:
        path = folder / "didsms.sqlite3"
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as link:
            link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.stat().st_size
    with psycopg.connect(database.server, autocommit=True) as link:
        link.execute("CHECKPOINT")
        row = link.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0


def main() -> None:
    """Measure each way."""
    parser = argparse.ArgumentParser(description="See the module.")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--only", choices=tuple(RATES))
    options = parser.parse_args()
    for kind in [options.only] if options.only else RATES:
        with tempfile.TemporaryDirectory(prefix="didsms-footprint-") as name:
            if kind != "postgresql":
                measure(kind, folder=Path(name), database=None, seconds=options.seconds)
                continue
            with cluster() as servers:
                if servers is None:
                    print("PostgreSQL was not measured: its programs are missing", file=sys.stderr)
                    continue
                measure(kind, folder=Path(name), database=servers, seconds=options.seconds)


if __name__ == "__main__":
    main()
