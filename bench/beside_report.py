"""Measure webhook and queue while reports over a year are read beside, against the same alone.

    python -m bench.beside_report [--rounds 3] [--messages 20000] [--only sqlite]

One installation with a year of messages. In turns, pushes come as fast as they are taken and the
worker sends what is queued: once alone, once while two people load every report over twelve months
again and again. What counts is the ratio of the medians in one run; the reports that were read
meanwhile are counted too, or nothing would have been beside.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.against_bare import TOKEN, load
from bench.databases import LOCAL_SERVER
from bench.people import cookie_of
from bench.sender import AT_ONCE, Installation, Provider, databases
from tests.processes import ROOT, Web, run_manage

READERS: Final = 2
REPORTS: Final = ("messages", "responses", "delivery", "cost", "opt-outs")
_MAKE_NUMBER: Final = """
from messaging.models import DidNumber
DidNumber.objects.get_or_create(number="8615088888888")
"""


class Reading:
    """People who read reports, until they are told to stop.

    Attributes:
        count: reports that were answered.
        failures: what came instead of an answer.
    """

    def __init__(self, *, url: str, cookie: str) -> None:
        last = datetime.now(UTC).date()
        year = f"from={last - timedelta(days=364)}&to={last}"
        self._addresses = [f"{url}/reports/{name}/?{year}" for name in REPORTS]
        self._cookie = cookie
        self._is_over = threading.Event()
        self.count = 0
        self.failures: list[str] = []

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Read while the block runs."""
        self._is_over.clear()
        threads = [threading.Thread(target=self._read) for _number in range(READERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()

    def _read(self) -> None:
        while True:
            for address in self._addresses:
                if self._is_over.is_set():
                    return
                request = urllib.request.Request(address, headers={"Cookie": self._cookie})  # noqa: S310
                try:
                    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                        answer.read()
                    self.count += 1
                except OSError as error:
                    self.failures.append(f"{address}: {error}")


def measure(
    *,
    name: str,
    url: str,
    folder: Path,
    rounds: int = 3,
    messages: int = 20_000,
    seconds: int = 3,
    queued: int = 600,
) -> None:
    """Measure one database and print its lines.

    Args:
        name: of the database.
        url: its address; it is empty.
        folder: for the logs.
        rounds: turns of each kind.
        messages: of the year.
        seconds: of pushes in one turn.
        queued: messages that the worker sends in one turn.
    """
    place = Installation(url=url, folder=folder)
    sizes = [f"--conversations={max(messages // 20, 50)}", f"--messages={messages}", "--reports"]
    subprocess.run(
        [sys.executable, "-m", "bench.scale_data", *sizes],
        cwd=ROOT,
        env={**place.env, "DJANGO_SETTINGS_MODULE": "didsms_site.settings"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    run_manage("shell", "-v0", "-c", _MAKE_NUMBER, env=place.env)
    cookie = cookie_of("bench-reader", env=place.env)
    alone: dict[str, list[float]] = {"push": [], "queue": []}
    beside: dict[str, list[float]] = {"push": [], "queue": []}
    with (
        Web(env=place.env, log=folder / "web.log") as web,
        Provider(at_once=AT_ONCE, log=folder / "provider.log") as provider,
    ):
        web.wait()
        reading = Reading(url=web.url, cookie=cookie)
        address = f"{web.url}/webhooks/nxcloud/{TOKEN}/"
        load("push.lua", address, "warm", seconds=1)
        for turn in range(rounds):
            for rates, mark in ((alone, "a"), (beside, "b")):
                with reading.going_on() if rates is beside else _nobody():
                    pushed = load("push.lua", address, f"{mark}{turn}", seconds=seconds)
                    rates["push"].append(pushed["rate"])
                    rates["queue"].append(place.turn(provider, messages=queued).rate)
    if reading.failures or not reading.count:
        raise RuntimeError(f"no report was read beside: {reading.failures[:3]}")
    for what, words in (("push", "webhook"), ("queue", "queue")):
        print(_line(name, words, alone[what], beside[what], read=reading.count), flush=True)


@contextmanager
def _nobody() -> Iterator[None]:
    yield


def _line(name: str, what: str, alone: list[float], beside: list[float], *, read: int) -> str:
    """Return the ratio with the figures that it comes from."""
    rate, yardstick = statistics.median(beside), statistics.median(alone)
    return (
        f"{name:<11} {what + ', reports of a year beside':<40} {rate / yardstick:5.2f} of alone"
        f"   ({rate:,.0f}/s against {yardstick:,.0f}/s; {read} reports were read)"
    )


def main() -> None:
    """Measure SQLite, and PostgreSQL where one answers locally."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--postgres", default=LOCAL_SERVER)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="didsms-bench-") as folder,
        databases(Path(folder), options.postgres, options.only) as found,
    ):
        for name, url, own in found:
            measure(
                name=name, url=url, folder=own, rounds=options.rounds, messages=options.messages
            )


if __name__ == "__main__":
    main()
