"""Measure webhook, API, inbox list and sender against the bare minimum, in one run, as ratios.

    python -m bench [--seconds 2] [--rounds 7] [--postgres URL] [--part webhook]

Both run under gunicorn with two processes of eight threads on the same database server, one after
the other in turns, loaded by wrk over eight connections, which both spread evenly over their
processes. What counts is the ratio of the medians; absolute rates belong to the machine and the
moment. Beside it is what one request or message costs in processor time: of the web processes,
and of PostgreSQL for them.
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
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import click_to_socket, many_browsers, sender
from bench.databases import LOCAL_SERVER, postgresql_database
from bench.people import cookie_of, token_of
from bench.processor_time import Meter
from tests.processes import Running, Web, process_environment, reserve_port, run_manage, until

ROOT = Path(__file__).resolve().parent.parent
#: What is measured beside the webhook, the API and the inbox.
OTHERS: Final = {"all": (click_to_socket, many_browsers, sender), "webhook": ()}
TOKEN = "test-webhook-token"  # noqa: S105
#: wrk leaves without waiting for its last answers, which the next one's must not wait for.
SETTLE_SECONDS = 0.5
#: What a call of messages/bulk/ may carry.
BULK_SIZE = 500
#: One for each process; of eight such calls none would be answered within a turn.
BULK_CONNECTIONS = 2
#: What wrk left unanswered is worked off, so that it costs nothing of what comes next.
BULK_SETTLE_SECONDS = 3
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


def load(
    script: str, url: str, *arguments: str, seconds: int, connections: int = 8
) -> dict[str, float]:
    """Let wrk load one address and return what its script printed."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
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


def measure(*, name: str, url: str, direct: str, folder: Path, options: argparse.Namespace) -> None:
    """Measure one database and print the ratios."""
    seconds, rounds = options.seconds, options.rounds
    env = process_environment(
        var_dir=folder, database_url=url, WEB_CONCURRENCY="2", WEB_THREADS="8"
    )
    run_manage("migrate", "-v0", env=env)
    run_manage("shell", "-v0", "-c", MAKE_DATA, env=env)
    most_receipts = seconds * SENT_A_SECOND
    sent = (rounds + 1) * most_receipts
    run_manage("shell", "-v0", "-c", MAKE_SENT.format(sent=sent), env=env)
    cookie = cookie_of("bench", env=env)
    token = token_of("bench-api", env=env)
    turns: dict[str, list[dict[str, float]]] = defaultdict(list)
    with (
        Bare(database=direct, log=folder / "bare.log", sent=sent) as bare,
        Web(env=env, log=folder / "web.log") as web,
    ):
        web.wait()
        meters = {
            bare.url: Meter(bare.process.pid, direct),
            web.url: Meter(web.process.pid, url),
        }

        connections = 8

        def run(what: str, script: str, site: str, path: str = "", *arguments: str) -> None:
            before = meters[site].read()
            address = f"{site}{path}"
            turn = load(script, address, *arguments, seconds=seconds, connections=connections)
            cost = meters[site].since(before)
            count = max(turn["requests"], 1)
            if script == "receipt.lua" and count > most_receipts:
                raise RuntimeError("more receipts than messages: raise SENT_A_SECOND")
            turns[what].append(
                turn | {"own_ms": cost.own_ms / count, "database_ms": cost.database_ms / count}
            )

        webhook, send = f"/webhooks/nxcloud/{TOKEN}/", "/api/v1/messages/"
        for site, path in ((bare.url, ""), (web.url, webhook)):
            load("push.lua", site + path, "warm", seconds=2)
            load("receipt.lua", site + path, str(rounds * most_receipts), seconds=seconds)
        load("create.lua", web.url + send, "warm", token, "0", seconds=2)
        for path in ("/inbox/open/", "/inbox/parts/list/?view=open"):
            load("get.lua", web.url + path, cookie, seconds=3)  # each process reads its templates
        for turn in range(rounds):
            run("bare push", "push.lua", bare.url, "", f"b{turn}")
            run("push", "push.lua", web.url, webhook, f"d{turn}")
            first = str(turn * most_receipts)
            run("bare receipt", "receipt.lua", bare.url, "", first)
            run("receipt", "receipt.lua", web.url, webhook, first)
            if options.part == "webhook":
                continue
            run("send", "create.lua", web.url, send, f"s{turn}", token, "0")
            run("bare list", "get.lua", bare.url)
            run("page", "get.lua", web.url, "/inbox/open/", cookie)
            run("list", "get.lua", web.url, "/inbox/parts/list/?view=open", cookie)
        connections = BULK_CONNECTIONS
        for turn in range(rounds if options.part != "webhook" else 0):
            mark, size = f"m{turn}", str(BULK_SIZE)
            run("send many", "create.lua", web.url, f"{send}bulk/", mark, token, size)
            time.sleep(BULK_SETTLE_SECONDS)
    report(name, "webhook, inbound message", turns["push"], turns["bare push"])
    report(name, "webhook, delivery receipt", turns["receipt"], turns["bare receipt"])
    report(name, "the same", turns["receipt"], turns["push"], of="inbound message")
    if options.part == "webhook":
        return
    report(name, "API, one message a call", turns["send"], turns["push"], of="webhook")
    report_many(name, "API, 500 messages a call", turns["send many"])
    report(name, "inbox list (what a live update fetches)", turns["list"], turns["bare list"])
    report(name, "inbox, whole page", turns["page"], turns["bare list"])


def median(turns: list[dict[str, float]], figure: str) -> float:
    """Return the median of one figure over the rounds."""
    return statistics.median(turn[figure] for turn in turns)


def costs(turns: list[dict[str, float]], *, each: int = 1) -> str:
    """Say what one of `each` things in a request costs."""
    own, database = median(turns, "own_ms") / each, median(turns, "database_ms") / each
    return f"CPU {own:.2f} + {database:.2f} ms" if database else f"CPU {own:.2f} ms"


def report(
    database: str,
    what: str,
    ours: list[dict[str, float]],
    others: list[dict[str, float]],
    *,
    of: str = "bare",
) -> None:
    """Print one line: the ratio, then the figures that it comes from."""
    rate, yardstick = median(ours, "rate"), median(others, "rate")
    print(
        f"{database:<11} {what:<40} {rate / yardstick:5.2f} of {of}"
        f"   ({rate:,.0f}/s against {yardstick:,.0f}/s;"
        f" p99 {median(ours, 'p99_ms'):.0f} ms against {median(others, 'p99_ms'):.0f} ms;"
        f" {costs(ours)} against {costs(others)})",
        flush=True,
    )


def report_many(database: str, what: str, turns: list[dict[str, float]]) -> None:
    """Print how many messages a second calls with many of them bring."""
    print(
        f"{database:<11} {what:<40} {median(turns, 'rate') * BULK_SIZE:,.0f} messages/s"
        f"   (p99 of a call {median(turns, 'p99_ms'):.0f} ms;"
        f" {costs(turns, each=BULK_SIZE)} for a message)",
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
    # Another one: what the API has sent above still waits for a worker.
    with postgresql_database(options.postgres) as url:
        if url is None:
            return
        for script in OTHERS[options.part]:
            script.measure(name="PostgreSQL", url=url, folder=folder)


if __name__ == "__main__":
    main()
