"""The rows of `ReportDay`: what a day's messages add to them, and how they are written."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from messaging.models import ReportCell, ReportDay, ReportDelay

from .packed_counts import merged, packed
from .quarters import day_of, hour_of, start_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from messaging.models import ReportSeries

Facet = ReportDay.Facet
Kind = ReportDelay.Kind
TABLE: Final = ReportDay._meta.db_table
#: Of a row, without the series.
DAY_KEY: Final = ("facet", "start", "did_number_id", "direction", "who")
#: Statuses with a column of their own.
STATUSES: Final = ("sent", "delivered", "undelivered", "failed", "unconfirmed", "blocked")
#: Of a cell; the first of them, messages, comes before the statuses.
_OF_CELLS: Final = (
    "segments", "chargeable_segments", "billed_segments", "cost_micros", "unpriced", "differences",
    "with_receipt", "without_receipt",
)  # fmt: skip
SUMS: Final = ("messages", *STATUSES, *_OF_CELLS)
#: The packed columns: the hours, then each kind of wait.
PACKED_OF: Final = {
    Kind.RECEIPT: "receipts", Kind.ANSWER: "answers", Kind.FIRST_ANSWER: "first_answers",
}  # fmt: skip
PACKED: Final = ("hours", *PACKED_OF.values())
_PLACE_OF_STATUS: Final = {status: place for place, status in enumerate(STATUSES, 1)}
#: Whose sums are all numbers'.
ALL_NUMBERS: Final = 0
#: Rows in one statement.
ROWS: Final = 50

Key = tuple[str, int, int, str, str]


@dataclass
class DayRow:
    """Sums in the order of SUMS, and counts by the name of the packed column."""

    sums: list[int] = field(default_factory=lambda: [0] * len(SUMS))
    counts: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, other: DayRow) -> None:
        """Add another row."""
        self.sums = [mine + yours for mine, yours in zip(self.sums, other.sums, strict=True)]
        for name, counts in other.counts.items():
            self.counts[name].update(counts)

    def values(self) -> list[Any]:
        """Return the columns after the key; places that nothing falls into are left out."""
        return [*self.sums, *(packed(+self.counts[name]) for name in PACKED)]


Rows = dict[Key, DayRow]


def rolled_days(
    cells: Mapping[tuple[Any, ...], Sequence[int]],
    delays: Mapping[tuple[Any, ...], int],
    zone: str,
) -> Rows:
    """Return cells and counts of waits of quarter-hours as rows of a zone's days.

    Args:
        cells: by the keys of `contributions.CELL_KEY`, measures as in `contributions.MEASURES`.
        delays: by the keys of `contributions.DELAY_KEY`; they know no direction, but only what
            goes out waits or answers; nor a code, so the facet of codes has no waits.
        zone: an IANA name.
    """
    rows: Rows = defaultdict(DayRow)
    for (quarter, did, direction, status, user, country, code), measures in cells.items():
        whose = {Facet.ALL: "", Facet.USER: str(user), Facet.COUNTRY: country, Facet.CODE: code}
        for key in _keys(whose, quarter, did, direction, zone):
            row = rows[key]
            row.sums[0] += measures[0]
            if status in _PLACE_OF_STATUS:
                row.sums[_PLACE_OF_STATUS[status]] += measures[0]
            for place, value in enumerate(measures[1:], len(STATUSES) + 1):
                row.sums[place] += value
            row.counts["hours"][hour_of(quarter, zone)] += measures[0]
    for (quarter, did, kind, user, country, place), count in delays.items():
        whose = {Facet.ALL: "", Facet.USER: str(user), Facet.COUNTRY: country}
        for key in _keys(whose, quarter, did, "outbound", zone):
            rows[key].counts[PACKED_OF[kind]][place] += count
    return rows


def _keys(
    whose: Mapping[Facet, str], quarter: int, did: int, direction: str, zone: str
) -> Iterable[Key]:
    start = start_of_day(day_of(quarter, zone), zone)
    for (facet, who), number in product(whose.items(), (ALL_NUMBERS, did)):
        yield facet.value, start, number, direction, who


def write_days(series_id: int, rows: Rows) -> None:
    """Add rows to the table; must run in a transaction that holds the cursor."""
    ordered = sorted(key for key, row in rows.items() if any(row.sums) or any(row.counts.values()))
    with connection.cursor() as cursor:
        for begin in range(0, len(ordered), ROWS):
            part = ordered[begin : begin + ROWS]
            cursor.execute(_read_text(len(part)), [*_flat(part), series_id])
            for *key, sums, counts in map(_split, cursor.fetchall()):
                rows[tuple(key)].add(DayRow(sums, counts))
            values = [(series_id, *key, *rows[key].values()) for key in part]
            cursor.execute(_write_text(len(part)), _flat(values))
            if any(rows[key].sums[0] <= 0 for key in part):
                _delete_empty(series_id, [key for key in part if rows[key].sums[0] <= 0])


def add_up_days(quarters: ReportSeries, series: ReportSeries, begins: int, ends: int) -> None:
    """Make the rows of a zone's days from one quarter-hour to another."""
    between = {"series_id": quarters.pk, "start__gte": begins, "start__lt": ends}
    cells = {
        row[:7]: row[7:]
        for row in ReportCell.objects.filter(**between).values_list(
            "start", "did_number_id", "direction", "status", "user_id", "country", "code",
            "messages", *_OF_CELLS,
        )
    }  # fmt: skip
    # Its index begins with series and kind.
    waits = ReportDelay.objects.filter(**between, kind__in=ReportDelay.Kind.values)
    columns = ("start", "did_number_id", "kind", "user_id", "country", "bin", "count")
    delays = {row[:-1]: row[-1] for row in waits.values_list(*columns)}
    write_days(series.pk, rolled_days(cells, delays, series.zone))


def _split(row: Sequence[Any]) -> list[Any]:
    """Return the key of a row that was read, then its sums and its counts."""
    after = len(DAY_KEY) + len(SUMS)
    counts = {
        name: merged([bytes(data)]) for name, data in zip(PACKED, row[after:], strict=True) if data
    }
    return [*row[: len(DAY_KEY)], list(row[len(DAY_KEY) : after]), counts]


def _flat(rows: Iterable[Sequence[Any]]) -> list[Any]:
    return [value for row in rows for value in row]


def _delete_empty(series_id: int, keys: list[Key]) -> None:
    # The index begins with series and facet.
    rows = ReportDay.objects.filter(series_id=series_id, facet__in={key[0] for key in keys})
    rows.filter(start__in={key[1] for key in keys}, messages__lte=0).delete()


@lru_cache(maxsize=ROWS)
def _read_text(count: int) -> str:
    keys = ", ".join(f'"{name}"' for name in DAY_KEY)
    columns = ", ".join(f'd."{name}"' for name in (*DAY_KEY, *SUMS, *PACKED))
    same = " AND ".join(f'd."{name}" = k."{name}"' for name in DAY_KEY)
    marks = ", ".join(["(%s, %s, %s, %s, %s)"] * count)
    return (
        f"WITH k ({keys}) AS (VALUES {marks}) SELECT {columns} FROM k"  # noqa: S608
        f" JOIN {TABLE} d ON {same} WHERE d.series_id = %s"
    )


@lru_cache(maxsize=ROWS)
def _write_text(count: int) -> str:
    names = ("series_id", *DAY_KEY, *SUMS, *PACKED)
    row = f"({', '.join(['%s'] * len(names))})"
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in (*SUMS, *PACKED))
    conflict = ", ".join(f'"{name}"' for name in ("series_id", *DAY_KEY))
    columns = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {TABLE} ({columns}) VALUES {', '.join([row] * count)}"  # noqa: S608
        f" ON CONFLICT ({conflict}) DO UPDATE SET {sets}"
    )
