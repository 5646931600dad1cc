"""Time the pages of one data set in this process, and print the times as JSON.

    python -m bench.scale_times --turns 7

Django's test client asks for each page as a browser or a program would, through every middleware
and the templates; what the database needed of that time is added up statement by statement, the
fetching of rows included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402  (models after the setup)
from django.db import connection  # noqa: E402
from django.db.backends.utils import CursorWrapper  # noqa: E402
from django.test import Client  # noqa: E402

from bench.scale_data import PEOPLE  # noqa: E402
from bench.scale_pages import Case, cases  # noqa: E402
from messaging.services.reports import turns  # noqa: E402

# What a report costs; not how long the next one rests for the sake of others.
turns.REST = 0.0


class Clock:
    """What the database has cost since the clock was set."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.statements = 0

    def timed(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make one call to the database and add its time."""
        began = time.perf_counter()
        try:
            return call(*arguments)
        finally:
            self.seconds += time.perf_counter() - began


CLOCK = Clock()


class TimedCursor(CursorWrapper):
    """A cursor whose calls are timed; SQLite does most of its work while rows are fetched."""

    def execute(self, sql: Any, params: Any = None) -> Any:
        """Run a statement."""
        CLOCK.statements += 1
        return CLOCK.timed(super().execute, sql, params)

    def executemany(self, sql: Any, param_list: Any) -> Any:
        """Run a statement with many parameters."""
        CLOCK.statements += 1
        return CLOCK.timed(super().executemany, sql, param_list)

    def fetchone(self) -> Any:
        """Fetch a row."""
        return CLOCK.timed(self.cursor.fetchone)

    def fetchmany(self, *size: int) -> Any:
        """Fetch some rows."""
        return CLOCK.timed(self.cursor.fetchmany, *size)

    def fetchall(self) -> Any:
        """Fetch all rows."""
        return CLOCK.timed(self.cursor.fetchall)


def measured(client: Client, case: Case, *, turns: int) -> dict[str, float]:
    """Ask for one page several times, after a first time that is not counted."""
    whole, database = [], []
    for turn in range(turns + 1):
        CLOCK.seconds, CLOCK.statements = 0.0, 0
        began = time.perf_counter()
        response = client.get(case.url)
        took = time.perf_counter() - began
        if response.status_code != 200:
            raise SystemExit(f"{response.status_code} at {case.url}: nothing was measured")
        if turn:
            whole.append(took * 1000)
            database.append(CLOCK.seconds * 1000)
    return {
        "ms": statistics.median(whole),
        "database_ms": statistics.median(database),
        "statements": CLOCK.statements,
    }


def main() -> None:
    """Time everything for everybody."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--page", default="", help="only pages with this in their name")
    options = parser.parse_args()
    # Statements that PostgreSQL keeps ready pass by Django's cursors, but not by one for debugging.
    connection.force_debug_cursor = True
    connection.make_debug_cursor = lambda cursor: TimedCursor(cursor, connection)  # type: ignore[assignment,method-assign]
    times = {}
    for who in PEOPLE:
        client = Client(HTTP_HOST="localhost")
        client.force_login(User.objects.get(username=who))
        for case in cases(who):
            if options.page in case.what:
                times[f"{who}: {case.what}"] = measured(client, case, turns=options.turns)
    json.dump(times, sys.stdout)


if __name__ == "__main__":
    main()
