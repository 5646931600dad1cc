"""Measure how long each migration keeps others waiting, with a million messages.

    python -m bench.migration_locks [--messages 1000000] [--only sqlite|postgresql]

A database of its own is made as it was at FIRST, filled, and migrated one step at a time. Beside
each step, another connection changes one row of each big table again and again, and reads one; its
longest turn is what a push, a page or a sender would have waited. Exit 1 when that is over MOST.
On SQLite there is one writer at a time, so what a step takes is what a writer waits.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg

from bench.databases import LOCAL_SERVER, postgresql_database
from tests.processes import ROOT, process_environment

FIRST: Final = "0085_interface_words"
MOST_SECONDS: Final = 1.0
BASELINE_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 0.003
BIG: Final = ("contact", "conversation", "message", "statuschange", "push")
TIME: Final = "'2026-11-01 09:00:00+00:00'"
#: A process that migrates to each migration that it reads, so that none pays for its start.
MIGRATE: Final = (
    "import sys\n"
    "from tests.migrations.old_states import migrate\n"
    "print('ready', flush=True)\n"
    "for line in sys.stdin:\n"
    "    migrate(('messaging', line.strip()))\n"
    "    print('done', flush=True)\n"
)

#: What fills the tables as they were at FIRST, from a table `n` of the numbers 1, 2, 3, ….
FILL: Final = (
    "INSERT INTO messaging_didnumber (number, label, is_active, max_per_second, help_reply,"
    " created_at) SELECT '86150' || i, 'Desk', {true}, 10, '', {time} FROM n WHERE i <= 8",
    "INSERT INTO messaging_contact (phone, phone_key, name, email, language, created_at)"
    " SELECT '346' || i, '346' || i, 'Person ' || i, '', '', {time} FROM n WHERE i <= {tenth}",
    "INSERT INTO messaging_conversation (did_number_id, contact_id, status, last_activity_at,"
    " last_direction, last_preview, settled_message_id, created_at)"
    " SELECT 1 + i % 8, i, 'open', {time}, 'inbound', 'Hello', 0, {time} FROM n"
    " WHERE i <= {tenth}",
    "INSERT INTO messaging_message (conversation_id, did_number_id, direction, status, content,"
    " created_at, cancel_if_they_write, is_automatic, encoding, segments, provider_code, attempts,"
    " unsent_tries, claimed_by, has_receipt, suggests_opt_out, provider_message_id)"
    " SELECT 1 + i % {tenth}, 1 + (1 + i % {tenth}) % 8, 'outbound', 'delivered',"
    " 'Are you open on day ' || i, {time}, {false}, {false}, 'GSM-7', 1, '', 1, 0, '',"
    " {true}, {false}, 'mt-' || i FROM n",
    "INSERT INTO messaging_statuschange (message_id, status, at)"
    " SELECT i, 'sent', {time} FROM n UNION ALL SELECT i, 'delivered', {time} FROM n",
    "INSERT INTO messaging_push (received_at, raw_body, content_type, is_signed, action,"
    " remote_addr, kind, outcome, reason, flags, provider_message_id, phone_key, did_number_id)"
    " SELECT {time}, {bytes}, 'application/json', {true}, '', '127.0.0.1', 'receipt',"
    " 'applied', '', '[]', 'mt-' || i, '346' || i, 1 + i % 8 FROM n",
)


class Link(Protocol):
    """What both libraries' connections have in common here."""

    def execute(self, sql: str, /) -> Any:
        """Run a statement."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


@dataclass
class Waits:
    """The longest turn of another connection, in seconds, and the table that it was about."""

    longest: float = 0.0
    table: str = ""
    turns: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, table: str, seconds: float) -> None:
        """Take down one turn."""
        self.turns += 1
        if seconds > self.longest:
            self.longest, self.table = seconds, table


def pokes(is_postgresql: bool) -> list[tuple[str, list[str]]]:
    """Return what the other connection does in turn: the table and the statements."""
    begin = "BEGIN" if is_postgresql else "BEGIN IMMEDIATE"
    found = []
    for table in BIG:
        write = f"UPDATE messaging_{table} SET id = id WHERE id = 7"  # noqa: S608  (our tables)
        found.append((table, [begin, write, "ROLLBACK"]))
        read = f"SELECT * FROM messaging_{table} WHERE id = 8"  # noqa: S608
        found.append((f"{table} (read)", [read]))
    return found


@contextmanager
def watched(connect: Callable[[], Link], *, is_postgresql: bool) -> Iterator[Waits]:
    """Let another connection work meanwhile."""
    waits, ends = Waits(), threading.Event()

    def work() -> None:
        link = connect()
        try:
            while not ends.is_set():
                for table, statements in pokes(is_postgresql):
                    began = time.monotonic()
                    try:
                        for statement in statements:
                            link.execute(statement)
                    except (psycopg.Error, sqlite3.Error) as error:
                        waits.failures.append(f"{table}: {error}")
                        link.close()
                        link = connect()
                    waits.note(table, time.monotonic() - began)
                ends.wait(PAUSE_SECONDS)
        finally:
            link.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield waits
    finally:
        ends.set()
        thread.join()


def fill(link: Link, *, messages: int, is_postgresql: bool) -> None:
    """Write so many messages, with their contacts, status changes and pushes."""
    literals = (
        {
            "true": "TRUE",
            "false": "FALSE",
            "bytes": "decode(repeat('ab', 200), 'hex')",
            "time": f"timestamptz {TIME}",
        }
        if is_postgresql
        else {"true": "1", "false": "0", "bytes": "zeroblob(200)", "time": TIME}
    )
    source = (
        f"SELECT i FROM generate_series(1, {messages}) i"  # noqa: S608  (a number)
        if is_postgresql
        else "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"  # noqa: S608
        f" WHERE i < {messages}) SELECT i FROM n"
    )
    link.execute("BEGIN")
    link.execute(f"CREATE TEMPORARY TABLE n AS {source}")
    for statement in FILL:
        link.execute(statement.format(tenth=max(1, messages // 10), **literals))
    link.execute("COMMIT")
    link.execute("ANALYZE")
    if not is_postgresql:  # Else the first migration would pay for it.
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def steps() -> list[str]:
    """Return the migrations after FIRST, in their order."""
    names = {path.stem for path in (ROOT / "messaging/migrations").glob("[0-9]*.py")}
    return sorted(name for name in names if name > FIRST)


def measure(*, url: str, folder: Path, messages: int) -> bool:
    """Print a line for each migration; return whether every one is quick enough."""
    is_postgresql = url.startswith("postgres")
    env = process_environment(var_dir=folder, database_url=url)

    def connect() -> Link:
        if is_postgresql:
            # Its reads are of all columns, which a statement that is kept may not gain.
            return psycopg.connect(
                url.replace("postgres://", "postgresql://"),
                autocommit=True,
                prepare_threshold=None,
            )
        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=600)

    with migrator(env) as migrate:
        migrate(FIRST)
    link = connect()
    began = time.monotonic()
    fill(link, messages=messages, is_postgresql=is_postgresql)
    link.close()
    print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
    with watched(connect, is_postgresql=is_postgresql) as waits:
        time.sleep(BASELINE_SECONDS)
    print(f"{'(nothing runs)':<42}{'':>8}  {waits.longest:7.3f} s  {waits.table}", flush=True)
    is_quick = True
    with migrator(env) as migrate:
        for name in steps():
            with watched(connect, is_postgresql=is_postgresql) as waits:
                began = time.monotonic()
                migrate(name)
                took = time.monotonic() - began
            is_quick = report(name, took, waits) and is_quick
    return is_quick


def report(name: str, took: float, waits: Waits) -> bool:
    """Print what one step cost others; return whether that is little enough."""
    print(f"{name:<42}{took:7.1f} s {waits.longest:7.3f} s  {waits.table}", flush=True)
    for failure in sorted(set(waits.failures)):
        print(f"    {failure}")
    return waits.longest <= MOST_SECONDS and not waits.failures


@contextmanager
def migrator(env: Mapping[str, str]) -> Iterator[Callable[[str], None]]:
    """Yield what migrates to a migration, in a process that is there already."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v0", "-c", MIGRATE],
        cwd=ROOT,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        requests, answers = child.stdin, child.stdout
        if requests is None or answers is None:
            sys.exit("no pipes")
        _expect(answers.readline(), "ready")

        def migrate(name: str) -> None:
            print(name, file=requests, flush=True)
            _expect(answers.readline(), "done")

        yield migrate
        requests.close()


def _expect(line: str, wanted: str) -> None:
    if line.strip() != wanted:
        sys.exit("The migration failed; what it printed is above.")


def main() -> int:
    """Measure on each database."""
    parser = argparse.ArgumentParser(description="See the module.")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--postgres", default=os.environ.get("PG_TEST_URL") or LOCAL_SERVER)
    options = parser.parse_args()
    is_quick = True
    with tempfile.TemporaryDirectory(prefix="didsms-locks-") as name:
        folder = Path(name)
        print(f"{options.messages} messages; the longest wait of another connection, and for what")
        if options.only != "postgresql":
            print("\nSQLite", flush=True)
            url = f"sqlite:///{folder}/didsms.sqlite3"
            is_quick &= measure(url=url, folder=folder, messages=options.messages)
        if options.only != "sqlite":
            with postgresql_database(options.postgres.replace("postgres://", "postgresql://")) as u:
                if u is not None:
                    print("\nPostgreSQL", flush=True)
                    is_quick &= measure(url=u, folder=folder, messages=options.messages)
    print("\nNobody waited for more than a second." if is_quick else "\nSomebody waited too long.")
    return 0 if is_quick else 1


if __name__ == "__main__":
    sys.exit(main())
