"""What one message adds to the sums that reports are made from, and how the sums are written.

A `MessageFact` is what was counted of a message. It adds to cells (sums of a quarter-hour, by
number, direction, status and so on) and to histograms of delays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from messaging.models import ReportCell, ReportDelay, ReportSeries

from .page_days import rolled_days, write_days
from .quarters import day_of, start_of_day, start_of_hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from messaging.models import MessageFact

Span = ReportSeries.Span
Kind = ReportDelay.Kind

#: Of a cell, without the series.
CELL_KEY: Final = (
    "start", "did_number_id", "direction", "status", "user_id", "country", "code",
)  # fmt: skip
MEASURES: Final = (
    "messages", "segments", "chargeable_segments", "billed_segments", "cost_micros", "unpriced",
    "differences", "with_receipt", "without_receipt",
)  # fmt: skip
#: Of a count of waits, without the series.
DELAY_KEY: Final = ("start", "did_number_id", "kind", "user_id", "country", "bin")
#: Rows in one statement.
ROWS: Final = 100

Cells = dict[tuple[Any, ...], list[int]]
Delays = Counter[tuple[Any, ...]]


class Sums:
    """Changes of cells and histograms, by quarter-hour."""

    def __init__(self) -> None:
        self.cells: Cells = defaultdict(lambda: [0] * len(MEASURES))
        self.delays: Delays = Counter()

    def add(self, fact: MessageFact, *, times: int = 1) -> None:
        """Add what a fact says; with ``times=-1`` take it away."""
        key = (
            fact.quarter, fact.did_number_id, fact.direction, fact.status, fact.user_id,
            fact.country, fact.code,
        )  # fmt: skip
        cell = self.cells[key]
        cell[0] += times
        for place, name in enumerate(MEASURES[1:], 1):
            cell[place] += times * getattr(fact, name)
        where = (fact.quarter, fact.did_number_id)
        who = (fact.user_id, fact.country)
        for kind, place in _waits(fact):
            self.delays[(*where, kind, *who, place)] += times

    def write(self, series: Iterable[ReportSeries]) -> None:
        """Add everything to the tables, in each of some series; must run in a transaction."""
        changed = {key: cell for key, cell in self.cells.items() if any(cell)}
        delays = {key: count for key, count in self.delays.items() if count}
        for one in series:
            since = one.built_from
            if one.span == Span.PAGE:
                rows = rolled_days(changed, delays, one.zone)
                write_days(
                    one.pk,
                    {key: row for key, row in rows.items() if since is None or key[1] >= since},
                )
                continue
            cells, waits = rolled_cells(changed, one), rolled_delays(delays, one)
            if since is not None:
                cells = {key: cell for key, cell in cells.items() if key[0] >= since}
                waits = Counter({key: n for key, n in waits.items() if key[0] >= since})
            _write_cells(one.pk, cells)
            _write_delays(one.pk, waits)


def _waits(fact: MessageFact) -> Iterator[tuple[str, int]]:
    if fact.receipt_bin is not None:
        yield Kind.RECEIPT.value, fact.receipt_bin
    if fact.answer_bin is not None:
        yield Kind.ANSWER.value, fact.answer_bin
        if fact.is_first_answer:
            yield Kind.FIRST_ANSWER.value, fact.answer_bin


def rolled_cells(cells: Mapping[tuple[Any, ...], Sequence[int]], series: ReportSeries) -> Cells:
    """Return cells of quarter-hours as a series keeps them."""
    rolled: Cells = defaultdict(lambda: [0] * len(MEASURES))
    for (quarter, *where, user, country, code), cell in cells.items():
        who = (0, "", "") if series.span == Span.HOUR else (user, country, code)
        total = rolled[(start_in(series, quarter), *where, *who)]
        for place, value in enumerate(cell):
            total[place] += value
    return rolled


def rolled_delays(delays: Mapping[tuple[Any, ...], int], series: ReportSeries) -> Delays:
    """Return counts of waits of quarter-hours as a series keeps them."""
    rolled: Delays = Counter()
    for (quarter, did, kind, user, country, place), count in delays.items():
        who = (0, "") if series.span == Span.HOUR else (user, country)
        rolled[(start_in(series, quarter), did, kind, *who, place)] += count
    return rolled


def start_in(series: ReportSeries, quarter: int) -> int:
    """Return the step of a series that a quarter-hour belongs to."""
    if series.span == Span.QUARTER:
        return quarter
    if series.span in {Span.DAY, Span.PAGE}:
        return start_of_day(day_of(quarter, series.zone), series.zone)
    return start_of_hour(quarter, series.zone)


def _write_cells(series_id: int, cells: Cells) -> None:
    rows = [(series_id, *key, *cell) for key, cell in cells.items() if any(cell)]
    _add("messaging_reportcell", ("series_id", *CELL_KEY), MEASURES, rows)
    # Only what messages left can be empty.
    for starts in _parts({key[0] for key, cell in cells.items() if cell[0] <= 0}):
        empty = ReportCell.objects.filter(series_id=series_id, start__in=starts, messages=0)
        empty.delete()


def _write_delays(series_id: int, delays: Delays) -> None:
    rows = [(series_id, *key, count) for key, count in delays.items() if count]
    _add("messaging_reportdelay", ("series_id", *DELAY_KEY), ("count",), rows)
    for starts in _parts({key[0] for key, count in delays.items() if count < 0}):
        # The index begins with series and kind.
        empty = ReportDelay.objects.filter(series_id=series_id, kind__in=Kind.values, count=0)
        empty.filter(start__in=starts).delete()


def _parts(starts: set[int]) -> Iterator[list[int]]:
    """Yield what fits into one statement, in one order, so that nobody waits in a circle."""
    ordered = sorted(starts)
    for begin in range(0, len(ordered), ROWS):
        yield ordered[begin : begin + ROWS]


def _add(
    table: str, keys: tuple[str, ...], measures: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Add to rows, or make them; in one order, so that nobody waits in a circle."""
    ordered = sorted(rows)
    with connection.cursor() as cursor:
        for begin in range(0, len(ordered), ROWS):
            part = ordered[begin : begin + ROWS]
            text = _upsert(table, keys, measures, len(part))
            cursor.execute(text, [value for row in part for value in row])


@lru_cache(maxsize=256)
def _upsert(table: str, keys: tuple[str, ...], measures: tuple[str, ...], count: int) -> str:
    names = ", ".join(f'"{name}"' for name in (*keys, *measures))
    row = f"({', '.join(['%s'] * (len(keys) + len(measures)))})"
    sums = ", ".join(f'"{name}" = {table}."{name}" + excluded."{name}"' for name in measures)
    conflict = ", ".join(f'"{name}"' for name in keys)
    return (
        f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * count)}"  # noqa: S608
        f" ON CONFLICT ({conflict}) DO UPDATE SET {sums}"
    )
