"""Measure the webhook and the inbox list against a bare handler, in one run, as ratios.

    python -m bench [--seconds 2] [--rounds 7] [--postgres URL] [--part webhook]

Both run under gunicorn with two processes of eight threads on the same database server, one after
the other in turns, loaded by wrk over eight connections, which both spread evenly over their
processes. What counts is the ratio of the medians; absolute rates belong to the machine and the
moment. Processor time is that of the server's processes and, behind the plus, of PostgreSQL's.
Needs wrk (Debian: apt-get install wrk).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from bench import click_to_socket, many_browsers
from bench.databases import LOCAL_SERVER, postgresql_database
from bench.people import cookie_of
from bench.processor_time import Meter, Used
from tests.processes import Running, Web, process_environment, reserve_port, run_manage, until

ROOT = Path(__file__).resolve().parent.parent
#: What is measured beside the webhook and the inbox.
OTHERS: Final = {"all": (click_to_socket, many_browsers), "webhook": ()}
TOKEN = "test-webhook-token"  # noqa: S105
#: wrk leaves without waiting for its last answers, which the next one's must not wait for.
SETTLE_SECONDS = 0.5
MAKE_DATA = """
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from messaging.models import DidNumber
from messaging.nxcloud.push import PushEnvelope
from messaging.services.receiving.record import record_push
did = DidNumber.objects.create(number="8615088888888", label="Front desk")
now = timezone.now()
for turn in range(1000):
    at = now - timedelta(seconds=1000 - turn)
    body = f"messageId=seed-{turn}&toPhone={did.number}&fromPhone=3470000{turn:04d}&content=T{turn}"
    record_push(envelope=PushEnvelope(body.encode(), "", False, "", "", at))
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what its autovacuum does within a minute
"""
#: Messages that wait for a receipt, as the sender leaves them. Receipts come to no more than so
#: many a second.
SENT_A_SECOND: Final = 3000
MAKE_SENT = """
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from messaging.models import Conversation, DidNumber, Message, StatusChange
did = DidNumber.objects.get()
now = timezone.now()
threads = dict(Conversation.objects.values_list("contact__phone_key", "id"))
text = "Hello, this is a text of an ordinary length, about sixty characters."
for start in range(0, {sent}, 5000):
    messages = Message.objects.bulk_create(
        Message(
            conversation_id=threads[f"3470000{{number % 1000:04d}}"], did_number=did,
            direction="outbound", status="sent", content=text, created_at=now, queued_at=now,
            attempt_started_at=now, sent_at=now, attempts=1, encoding="GSM-7", segments=1,
            provider_message_id=f"sent-{{number}}", provider_code="0", search_text=text,
        )
        for number in range(start, min(start + 5000, {sent}))
    )
    StatusChange.objects.bulk_create(
        StatusChange(message=message, status=status, at=now)
        for message in messages
        for status in ("queued", "sending", "sent")
    )
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
"""


class Measured(NamedTuple):
    """What one run of wrk measured.

    Attributes:
        rate: requests a second.
        p99_ms: what nearly all requests took at most.
        own_ms: processor time of the server's processes for each request.
        database_ms: that of PostgreSQL's.
    """

    rate: float
    p99_ms: float
    own_ms: float
    database_ms: float


def load(script: str, url: str, *arguments: str, seconds: int) -> dict[str, float]:
    """Let wrk load one address and return what its script printed."""
    command = [
        "wrk",
        "-t1",
        "-c8",
        f"-d{seconds}s",
        "-s",
        str(ROOT / "bench" / script),
        url,
        "--",
        *arguments,
    ]
    time.sleep(SETTLE_SECONDS)
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    line = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    result: dict[str, float] = json.loads(line)
    if result["errors"]:
        print(f"  {result['errors']:.0f} errors at {url.split(TOKEN)[0]}", file=sys.stderr)
    return result


class Bare(Running):
    """The yardstick under gunicorn, with as many processes and threads as the product gets."""

    def __init__(self, *, database: str, log: Path, sent: int = 0) -> None:
        port = reserve_port()
        self.url = f"http://127.0.0.1:{port}"
        env = {**os.environ, "BENCH_DATABASE": database, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [sys.executable, "-c", f"from bench.bare_app import make_tables; make_tables({sent})"],
            env=env,
            cwd=ROOT,
            check=True,
        )
        super().__init__(
            [
                str(Path(sys.executable).parent / "gunicorn"),
                "-c",
                "bench/bare_gunicorn.py",
                "-b",
                f"127.0.0.1:{port}",
                "bench.bare_app:application",
            ],
            env=env,
            log=log,
            cwd=ROOT,
        )
        until(
            lambda: (
                subprocess.run(["curl", "-sf", "-o", "/dev/null", self.url], check=False).returncode
                == 0
            )
        )


@dataclass
class Target:
    """A server, and what was measured at it so far by kind of request."""

    push_url: str
    pages: dict[str, tuple[str, ...]]
    meter: Meter
    seconds: int
    found: defaultdict[str, list[Measured]] = field(default_factory=lambda: defaultdict(list))

    def push(self, name: str) -> None:
        """Send it inbound messages with ids of their own."""
        self._load("inbound", "push.lua", self.push_url, name)

    def receive(self, turn: int) -> None:
        """Send it receipts of messages that wait for them."""
        self._load("receipt", "receipt.lua", self.push_url, str(turn * self._most_receipts))

    def show(self) -> None:
        """Fetch its pages."""
        for what, (url, *cookie) in self.pages.items():
            self._load(what, "get.lua", url, *cookie)

    @property
    def _most_receipts(self) -> int:
        return self.seconds * SENT_A_SECOND

    def _load(self, what: str, script: str, url: str, *arguments: str) -> None:
        before = self.meter.read()
        found = load(script, url, *arguments, seconds=self.seconds)
        used = Used(*(side / max(1, found["requests"]) for side in self.meter.used_since(before)))
        if what == "receipt" and found["requests"] > self._most_receipts:
            raise RuntimeError("more receipts than messages: raise SENT_A_SECOND")
        self.found[what].append(Measured(found["rate"], found["p99_ms"], *used))


def measure(*, name: str, url: str, direct: str, folder: Path, options: argparse.Namespace) -> None:
    """Measure one database and print the ratios."""
    seconds, rounds = options.seconds, options.rounds
    env = process_environment(
        var_dir=folder, database_url=url, WEB_CONCURRENCY="2", WEB_THREADS="8"
    )
    run_manage("migrate", "-v0", env=env)
    run_manage("shell", "-v0", "-c", MAKE_DATA, env=env)
    sent = (rounds + 1) * seconds * SENT_A_SECOND
    run_manage("shell", "-v0", "-c", MAKE_SENT.format(sent=sent), env=env)
    cookie = cookie_of("bench", env=env)
    with (
        Bare(database=direct, log=folder / "bare.log", sent=sent) as bare_server,
        Web(env=env, log=folder / "web.log") as web,
    ):
        web.wait()
        inbox = {"part": (f"{web.url}/inbox/parts/list/?view=open", cookie)}
        inbox["page"] = (f"{web.url}/inbox/open/", cookie)
        bare = Target(
            bare_server.url,
            {"list": (bare_server.url,)},
            Meter(bare_server.process.pid, url),
            seconds,
        )
        ours = Target(
            f"{web.url}/webhooks/nxcloud/{TOKEN}/", inbox, Meter(web.process.pid, url), seconds
        )
        for turn in range(rounds + 1):
            for target in (bare, ours):
                target.push(f"{turn}")
            for target in (bare, ours):
                target.receive(turn)
            if options.part != "webhook":
                for target in (bare, ours):
                    target.show()
            if turn == 0:  # it was to warm up
                bare.found.clear()
                ours.found.clear()
    report(name, "webhook, inbound message", ours.found["inbound"], bare.found["inbound"])
    report(name, "webhook, delivery receipt", ours.found["receipt"], bare.found["receipt"])
    receipts, pushes = (_median(ours.found[what]).rate for what in ("receipt", "inbound"))
    print(f"{name:<11} {'receipts beside inbound messages':<40} {receipts / pushes:5.2f}")
    if options.part != "webhook":
        list_of_bare = bare.found["list"]
        report(name, "inbox list (what a live update fetches)", ours.found["part"], list_of_bare)
        report(name, "inbox, whole page", ours.found["page"], list_of_bare)


def _median(turns: list[Measured]) -> Measured:
    return Measured(*(statistics.median(values) for values in zip(*turns, strict=True)))


def report(database: str, what: str, ours: list[Measured], bare: list[Measured]) -> None:
    """Print one line: the ratio, then the figures that it comes from."""
    own, other = _median(ours), _median(bare)
    cpu = (
        f"CPU {own.own_ms:.2f} + {own.database_ms:.2f} ms"
        f" against {other.own_ms:.2f} + {other.database_ms:.2f} ms"
    )
    print(
        f"{database:<11} {what:<40} {own.rate / other.rate:5.2f} of bare"
        f"   ({own.rate:,.0f}/s against {other.rate:,.0f}/s;"
        f" p99 {own.p99_ms:.0f} ms against {other.p99_ms:.0f} ms; {cpu})",
        flush=True,
    )


def main() -> None:
    """Measure SQLite, and PostgreSQL where an address is given or one answers locally."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--postgres", default=LOCAL_SERVER)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--part", choices=list(OTHERS), default="all")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing; on Debian: apt-get install wrk")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()},"
        f" Python {platform.python_version()}"
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="didsms-bench-")))
        if options.only != "postgresql":
            (folder / "sqlite").mkdir()
            measure(
                name="SQLite",
                url=f"sqlite:///{folder}/sqlite/didsms.sqlite3",
                direct=f"{folder}/sqlite/bare.sqlite3",
                folder=folder / "sqlite",
                options=options,
            )
            for script in OTHERS[options.part]:
                own = folder / script.__name__
                own.mkdir()
                script.measure(name="SQLite", url=f"sqlite:///{own}/didsms.sqlite3", folder=own)
        if options.only != "sqlite":
            measure_postgresql(options, folder / "postgresql")


def measure_postgresql(options: argparse.Namespace, folder: Path) -> None:
    """Measure on a database of its own on the given server."""
    folder.mkdir()
    with postgresql_database(options.postgres) as url:
        if url is None:
            return
        measure(
            name="PostgreSQL",
            url=url,
            direct=url.replace("postgres://", "postgresql://"),
            folder=folder,
            options=options,
        )
        for script in OTHERS[options.part]:
            script.measure(name="PostgreSQL", url=url, folder=folder)


if __name__ == "__main__":
    main()
