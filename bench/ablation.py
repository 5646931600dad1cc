"""Measure what each piece of our own machinery is worth: the product with it and without, in turns.

    python -m bench.ablation [--blocks 6] [--only "row cache"] [--database sqlite|postgresql]

Two servers run on one database, the whole product and the product without one machinery
(`bench/ablated.py`). Short loads go to one and the other in the order A B B A; each such block
gives one ratio, and the table shows the median over the blocks with its quartiles. A ratio above 1
says what the machinery gains: more requests a second, less processor time for each. Processor time
is that of the server's processes and of PostgreSQL's; other work on the machine hardly touches it.
Needs wrk (Debian: apt-get install wrk).
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from bench import ablation_loads
from bench.ablation_loads import Load, Sample
from bench.ablation_servers import PATIENT, PLAIN, Site, Stage, data_of
from bench.databases import LOCAL_SERVER, postgresql_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BOTH: Final = ("sqlite", "postgresql")
#: The order within a block: what drifts on the machine meets both alike.
ORDER: Final = "ABBA"


@dataclass(frozen=True)
class Case:
    """One machinery, and a load that should feel it.

    Attributes:
        machinery: what is left out, as `bench/ablated.py` and `bench/ablated_settings.py` know it.
        load: what is asked for.
        databases: where it works at all.
        workers: gunicorn's classes of processes with it and without it; "" is the product's own.
        is_large: whether it takes much data to matter.
    """

    machinery: str
    load: Load
    databases: Sequence[str] = BOTH
    workers: tuple[str, str] = ("", "")
    is_large: bool = False


PUSHES: Final = ablation_loads.Pushes()
LIST: Final = ablation_loads.Page("list, 8 at once", "/inbox/parts/list/?view=open")
SIDEBAR: Final = ablation_loads.Page("sidebar, 8 at once", "/inbox/parts/sidebar/")
FAILED: Final = ablation_loads.Page("list of failed", "/inbox/parts/list/?view=failed")
SCHEDULED: Final = ablation_loads.Page("list of scheduled", "/inbox/parts/list/?view=scheduled")
MEMBERS: Final = ablation_loads.Page("a member's list", "/inbox/parts/list/?view=open", "member")
MEMBERS_ALL: Final = ablation_loads.Page("a member's list of all", "/inbox/all/", "member")
BURSTS: Final = ablation_loads.Bursts("32 pages at once", spread_ms=(0, 0))
JITTER: Final = ablation_loads.Bursts("32 pages; without: over 300 ms", spread_ms=(0, 300))
SILENT: Final = ablation_loads.BesideSilentOnes()

CASES: Final = (
    Case("fast path", PUSHES),
    Case("shared commit", PUSHES, ("sqlite",)),
    Case("balanced worker", PUSHES, workers=("", PATIENT)),
    Case("balanced worker", LIST, workers=("", PATIENT)),
    Case("patient worker", PUSHES, workers=(PATIENT, PLAIN)),
    Case("patient worker", SILENT, ("sqlite",), workers=(PATIENT, PLAIN)),
    Case("turns", LIST),
    Case("turns", BURSTS),
    Case("turns", JITTER),
    Case("LIFO pool", LIST, ("postgresql",)),
    Case("LIFO pool", PUSHES, ("postgresql",)),
    Case("row cache", LIST),
    Case("own sessions, two look-ups", LIST),
    Case("own sessions, select_related", LIST),
    Case("prepared plans", LIST),
    Case("prepared plans", SIDEBAR),
    Case("kept statements", LIST),
    Case("kept statements", SIDEBAR),
    Case("literals", SIDEBAR, is_large=True),
    Case("literals", FAILED, is_large=True),
    Case("literals", SCHEDULED, is_large=True),
    Case("index hints", MEMBERS, ("sqlite",), is_large=True),
    Case("index hints", MEMBERS_ALL, ("sqlite",), is_large=True),
    Case("shared counter", PUSHES),
)


class Ratios(NamedTuple):
    """What the machinery gains in each block of one measure."""

    values: list[float]

    def __str__(self) -> str:
        if len(self.values) < 2:
            return f"{self.values[0]:5.2f}" if self.values else "    -"
        low, middle, high = statistics.quantiles(self.values, n=4)
        return f"{middle:5.2f} ({low:.2f}–{high:.2f})"


def blocks(with_it: Site, without: Site, case: Case, *, count: int) -> Iterator[list[Sample]]:
    """Yield the samples of each block, in ORDER."""
    for turn in range(count):
        yield [
            case.load.run(with_it if letter == "A" else without, f"{place}{letter}{turn}")
            for place, letter in enumerate(ORDER)
        ]


def report(name: str, case: Case, measured: list[list[Sample]]) -> None:
    """Print one line of the table."""
    pairs = [(Sample.mean(block[::3]), Sample.mean(block[1:3])) for block in measured]
    rates = Ratios([yes.rate / no.rate for yes, no in pairs if yes.rate and no.rate])
    cpu = Ratios([no.cpu_ms / yes.cpu_ms for yes, no in pairs if yes.cpu_ms and no.cpu_ms])
    yes, no = (Sample.median([pair[side] for pair in pairs]) for side in (0, 1))
    print(
        f"{case.machinery:<29}{name:<11}{case.load.what:<31}"
        f"{yes.rate:8,.0f}{no.rate:8,.0f}  {rates!s:<18}"
        f"{yes.cpu_ms:7.2f}{no.cpu_ms:7.2f}  {cpu!s:<18}"
        f"{yes.p99_ms:7.0f}{no.p99_ms:7.0f}",
        flush=True,
    )


HEADER: Final = (
    f"{'machinery':<29}{'database':<11}{'what':<31}"
    f"{'with/s':>8}{'without':>8}  {'ratio (quartiles)':<18}"
    f"{'CPU ms':>7}{'without':>7}  {'ratio (quartiles)':<18}"
    f"{'p99 ms':>7}{'without':>7}"
)


def measure(name: str, stages: dict[bool, Stage], cases: Sequence[Case], *, count: int) -> None:
    """Measure all cases of one database."""
    for case in cases:
        stage = stages[case.is_large]
        with (
            stage.site(without="", worker=case.workers[0]) as with_it,
            stage.site(without=case.machinery, worker=case.workers[1]) as without,
        ):
            for site in (with_it, without):
                case.load.run(site, "warm")
                case.load.run(site, "warmer")
            report(name, case, list(blocks(with_it, without, case, count=count)))


def main() -> None:
    """Measure everything on SQLite, and on PostgreSQL where one answers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--only", default="", help="only machineries with this in their name")
    parser.add_argument("--database", choices=BOTH)
    parser.add_argument("--postgres", default=LOCAL_SERVER)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing; on Debian: apt-get install wrk")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()},"
        f" Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n{HEADER}",
        flush=True,
    )
    chosen = [case for case in CASES if options.only in case.machinery]
    for name, database in (("SQLite", "sqlite"), ("PostgreSQL", "postgresql")):
        cases = [case for case in chosen if database in case.databases]
        if options.database in {None, database} and cases:
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ablation-")))
                stages = {}
                for is_large in sorted({case.is_large for case in cases}):
                    url: str | None = ""
                    if database == "postgresql":
                        url = stack.enter_context(postgresql_database(options.postgres))
                    if url is None:
                        return
                    stages[is_large] = data_of(
                        folder / f"large-{is_large}", database_url=url, is_large=is_large
                    )
                measure(name, stages, cases, count=options.blocks)


if __name__ == "__main__":
    main()
