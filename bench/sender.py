"""Measure the worker beside eight bare threads that only sign and send, in one run.

    python -m bench.sender [--rounds 3] [--messages 1500] [--only sqlite]

A provider answers after 20 ms and takes eight messages at once. The yardstick is eight threads of
`requests`, each message on a connection of its own; the shipped worker sends the same number of
messages of 40 DID numbers, from the queue in the database, one after the other in turns. Then one
number at its rate, and one, two and four workers at a provider that takes 64 at once.

Rates are taken between a fifth and nine tenths of the messages, as the provider saw them arrive.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.databases import LOCAL_SERVER, postgresql_database
from tests.processes import Running, manage, process_environment, run_manage, until

ROOT = Path(__file__).resolve().parent.parent
LATENCY_MS = 20
AT_ONCE = 8
NUMBERS = 40
#: So high that the numbers' own rates limit nothing.
NO_LIMIT = 1000
#: Messages per second of the one number that is held to its rate.
ONE_RATE = 50
_TICKS = os.sysconf("SC_CLK_TCK")

FILL = """
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from messaging.models import DidNumber, Message, StatusChange
from messaging.services.outbox.recipients import start_conversation
now = timezone.now()
numbers = [
    DidNumber.objects.update_or_create(
        number=f"86150{{turn:08d}}", defaults={{"max_per_second": {rate}, "next_send_at": None}}
    )[0]
    for turn in range({numbers})
]
threads = [
    start_conversation(did_number=number, phone=f"+346{{turn:08d}}", at=now)
    for turn in range(200 // {numbers}) for number in numbers
]
rows = Message.objects.bulk_create([
    Message(
        conversation=thread, did_number_id=thread.did_number_id, direction="outbound",
        status="queued", content=f"Your code is {{turn:06d}}", created_at=now, encoding="GSM-7",
        segments=1, queued_at=now + timedelta(microseconds=turn), not_before=now, search_text="",
    )
    for turn in range({messages}) for thread in [threads[turn % len(threads)]]
])
StatusChange.objects.bulk_create(
    StatusChange(message=row, status="queued", at=now) for row in rows
)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
"""


@dataclass(frozen=True)
class Turn:
    """What one turn measured.

    Attributes:
        rate: messages per second.
        own_ms: processor time of the sending processes for each message, in milliseconds.
        server_ms: the same of PostgreSQL; None where there is none on this machine.
    """

    rate: float
    own_ms: float
    server_ms: float | None = None


class Provider(Running):
    """`bench.provider` in a process of its own."""

    def __init__(self, *, at_once: int, log: Path) -> None:
        log.unlink(missing_ok=True)
        super().__init__(
            [sys.executable, "-m", "bench.provider", str(LATENCY_MS), str(at_once)],
            env=os.environ,
            log=log,
        )
        until(lambda: self.output.strip().isdecimal())
        self.url = f"http://127.0.0.1:{self.output.strip()}"

    def times(self) -> list[float]:
        """Return when the messages since the last call arrived."""
        with urllib.request.urlopen(f"{self.url}/times") as answer:  # noqa: S310
            found: list[float] = json.load(answer)
        return found


def rate_of(times: list[float]) -> float:
    """Return messages per second, without the first fifth and the last tenth."""
    middle = sorted(times)[len(times) // 5 : len(times) * 9 // 10]
    return (len(middle) - 1) / (middle[-1] - middle[0])


def bare_turn(provider: Provider, *, messages: int) -> Turn:
    """Let the yardstick send."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.bare_sender", f"{provider.url}/didsms/mtsend", str(messages)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Turn(rate_of(provider.times()), float(done.stdout))


class Installation:
    """One database with its queue, and the workers on it."""

    def __init__(self, *, url: str, folder: Path) -> None:
        self.folder = folder
        self.env = process_environment(var_dir=folder, database_url=url)
        self._is_postgresql = url.startswith("postgres")
        run_manage("migrate", "-v0", env=self.env)

    def turn(
        self,
        provider: Provider,
        *,
        messages: int,
        workers: int = 1,
        numbers: int = NUMBERS,
        rate: int = NO_LIMIT,
    ) -> Turn:
        """Fill the queue and let the shipped workers send it."""
        fill = FILL.format(messages=messages, numbers=numbers, rate=rate)
        run_manage("shell", "-v0", "-c", fill, env=self.env)
        env = self.env | {"NXCLOUD_BASE_URL": provider.url}
        with ExitStack() as stack:
            running = [
                stack.enter_context(
                    manage("run_outbox", env=env, log=self.folder / f"worker{turn}.log")
                )
                for turn in range(workers)
            ]
            times: list[float] = []
            until(lambda: times.extend(provider.times()) or times)
            own, server = processor_seconds(running), self._server_seconds()
            sent_before = len(times)
            while len(times) < messages:
                time.sleep(0.25)  # a look costs the provider time
                times.extend(provider.times())
            counted = messages - sent_before
            own_ms = (processor_seconds(running) - own) / counted * 1000
            server_ms = (self._server_seconds() - server) / counted * 1000
        return Turn(rate_of(times), own_ms, server_ms if self._is_postgresql else None)

    def _server_seconds(self) -> float:
        return postgresql_seconds() if self._is_postgresql else 0.0


def processor_seconds(running: list[Running]) -> float:
    """Return the processor time that some processes have used."""
    return sum(_used(Path(f"/proc/{one.process.pid}/stat")) for one in running)


def postgresql_seconds() -> float:
    """Return what every process of PostgreSQL on this machine has used, ended ones included."""
    return sum(
        _used(path.with_name("stat"), with_children=True)
        for path in Path("/proc").glob("[0-9]*/comm")
        if _read(path).startswith("postgres")
    )


def _used(stat: Path, *, with_children: bool = False) -> float:
    fields = _read(stat).rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_children else 13])) / _TICKS


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended meanwhile
        return ""


def measure(
    *, name: str, url: str, folder: Path, rounds: int = 3, messages: int = 1500, brief: bool = False
) -> None:
    """Measure one database and print its lines."""
    place = Installation(url=url, folder=folder)
    bare: list[Turn] = []
    ours: list[Turn] = []
    with Provider(at_once=AT_ONCE, log=folder / "provider.log") as provider:
        for _round in range(rounds):
            bare.append(bare_turn(provider, messages=messages))
            ours.append(place.turn(provider, messages=messages))
        rate, yardstick = _median(ours, "rate"), _median(bare, "rate")
        server = f" + PostgreSQL {_median(ours, 'server_ms'):.2f}" if ours[0].server_ms else ""
        _line(
            name,
            "sender, 40 numbers",
            f"{rate / yardstick:5.2f} of bare   ({rate:,.0f}/s against {yardstick:,.0f}/s;"
            f" CPU a message {_median(ours, 'own_ms'):.2f}{server} ms"
            f" against {_median(bare, 'own_ms'):.2f} ms)",
        )
        if brief:
            return
        one = place.turn(provider, messages=ONE_RATE * 6, numbers=1, rate=ONE_RATE)
        _line(
            name,
            "sender, one number at its rate",
            f"{one.rate / ONE_RATE:5.2f} of its rate ({one.rate:.1f}/s of {ONE_RATE}/s)",
        )
    with Provider(at_once=8 * AT_ONCE, log=folder / "provider.log") as provider:
        rates = [
            place.turn(provider, messages=messages, workers=workers).rate for workers in (1, 2, 4)
        ]
    _line(
        name,
        "sender, 1, 2 and 4 workers",
        f"{'  '.join(f'{rate / rates[0]:.2f}' for rate in rates)} of one"
        f"   ({', '.join(f'{rate:,.0f}/s' for rate in rates)}; the provider takes 64 at once)",
    )


def _median(turns: list[Turn], name: str) -> float:
    return statistics.median(getattr(turn, name) for turn in turns)


def _line(name: str, what: str, figures: str) -> None:
    print(f"{name:<11} {what:<40} {figures}", flush=True)


@contextmanager
def databases(folder: Path, server: str, only: str | None) -> Iterator[list[tuple[str, str, Path]]]:
    """Yield name, address and folder of each database to measure on."""
    found: list[tuple[str, str, Path]] = []
    with ExitStack() as stack:
        if only != "postgresql":
            found.append(("SQLite", f"sqlite:///{folder}/sqlite/didsms.sqlite3", folder / "sqlite"))
        if only != "sqlite":
            url = stack.enter_context(postgresql_database(server))
            if url is not None:
                found.append(("PostgreSQL", url, folder / "postgresql"))
        for _name, _url, own in found:
            own.mkdir()
        yield found


def main() -> None:
    """Measure SQLite, and PostgreSQL where one answers locally."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=1500)
    parser.add_argument("--postgres", default=LOCAL_SERVER)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--brief", action="store_true", help="leave out one number and the workers")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="didsms-bench-") as folder,
        databases(Path(folder), options.postgres, options.only) as found,
    ):
        for name, url, own in found:
            measure(
                name=name,
                url=url,
                folder=own,
                rounds=options.rounds,
                messages=options.messages,
                brief=options.brief,
            )


if __name__ == "__main__":
    main()
