"""Measure every list, the thread, the sidebar and the search with much data against little.

    python -m bench.at_scale [--postgres URL] [--only sqlite|postgresql] [--turns 7] [--reports]

Two data sets on each database, 1 000 conversations with 10 000 messages and a hundred times as
many, each in a database of its own that is dropped at the end. What counts is the ratio of the
medians: a page that only reads what it shows costs the same with either. Beside it is the
milliseconds, in all and in the database, and the number of statements. Making the data takes most
of the time: some minutes for each database. With --reports the sums of reports are made as well,
which takes as long again and more, and the pages of reports are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.databases import LOCAL_SERVER, postgresql_database
from tests.processes import ROOT, process_environment, run_manage

SMALL = (1_000, 10_000)
LARGE = (100_000, 1_000_000)

#: What was measured of one page: ms, database_ms, statements.
Times = dict[str, dict[str, float]]


@dataclass(frozen=True)
class DataSet:
    """A filled database, and the environment in which the product works with it."""

    env: Mapping[str, str]
    fill_seconds: float

    def times(self, *, turns: int, only: str) -> Times:
        """Measure every page once in a process of its own."""
        printed = _run("bench.scale_times", f"--turns={turns}", f"--page={only}", env=self.env)
        times: Times = json.loads(printed)
        return times


def _run(module: str, *arguments: str, env: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "didsms_site.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def data_set(
    *, size: tuple[int, int], database_url: str, folder: Path, has_reports: bool = False
) -> DataSet:
    """Migrate an empty database and fill it."""
    folder.mkdir()
    env = process_environment(
        var_dir=folder, database_url=database_url or f"sqlite:///{folder}/didsms.sqlite3"
    )
    run_manage("migrate", "-v0", env=env)
    wanted = [f"--conversations={size[0]}", f"--messages={size[1]}"]
    printed = _run("bench.scale_data", *wanted, *["--reports"] * has_reports, env=env)
    return DataSet(env=env, fill_seconds=float(printed))


def median_of(rounds: list[Times]) -> Times:
    """Return the medians of what several rounds measured."""
    return {
        page: {
            figure: statistics.median(times[page][figure] for times in rounds)
            for figure in rounds[0][page]
        }
        for page in rounds[0]
    }


def report(name: str, small: DataSet, large: DataSet, options: argparse.Namespace) -> None:
    """Measure the two data sets in turns, and print a line for each page."""
    print(
        f"\n{name}: {SMALL[1]:,} messages made in {small.fill_seconds:.0f} s, {LARGE[1]:,} in"
        f" {large.fill_seconds:.0f} s, with the search index"
    )
    rounds: tuple[list[Times], list[Times]] = ([], [])
    for _turn in range(options.rounds):
        for data, measured in zip((small, large), rounds, strict=True):
            measured.append(data.times(turns=options.turns, only=options.page))
    little, much = median_of(rounds[0]), median_of(rounds[1])
    print(f"{'':<66} ratio   small ms   large ms   of it database, statements")
    for page, few in little.items():
        many = much.get(page)
        if many:
            print(
                f"{page:<66}{many['ms'] / few['ms']:6.1f} {few['ms']:10.1f} {many['ms']:10.1f}"
                f" {many['database_ms']:10.1f} {many['statements']:6.0f}"
            )
    slowest = max(much, key=lambda page: much[page]["database_ms"])
    print(f"Most of the database's time: {slowest}, {much[slowest]['database_ms']:.1f} ms")


def measure(name: str, urls: tuple[str, str], folder: Path, options: argparse.Namespace) -> None:
    """Make the two data sets of one database and report on them."""
    folder.mkdir()
    small, large = (
        data_set(size=size, database_url=url, folder=folder / what, has_reports=options.reports)
        for size, url, what in ((SMALL, urls[0], "small"), (LARGE, urls[1], "large"))
    )
    report(name, small, large, options)


def main() -> None:
    """Measure SQLite, and PostgreSQL where one answers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--page", default="", help="only pages with this in their name")
    parser.add_argument("--reports", action="store_true", help="measure the reports as well")
    parser.add_argument("--postgres", default=LOCAL_SERVER)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()},"
        f" Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory(prefix="didsms-scale-") as name:
        folder = Path(name)
        if options.only != "postgresql":
            measure("SQLite", ("", ""), folder / "sqlite", options)
        if options.only != "sqlite":
            with (
                postgresql_database(options.postgres) as first,
                postgresql_database(options.postgres) as second,
            ):
                if first and second:
                    measure("PostgreSQL", (first, second), folder / "postgresql", options)


if __name__ == "__main__":
    main()
