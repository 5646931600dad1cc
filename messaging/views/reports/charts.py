"""Charts as geometry: numbers in, places of bars and lines out; colors come from classes.

A chart is made from its table, so that both say the same. Nothing here needs a script or a style
in the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

from .markup import bars_of, drawing_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.utils.safestring import SafeString

    from .values import Value

#: The drawing's height, in pixels; the words below the axis come on top.
HEIGHT: Final = 180
FOOT: Final = 34
#: Words below an axis, at most.
TICKS: Final = 7
#: Round waits in seconds, from a second to a year.
WAITS: Final = (
    1, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
    432_000, 864_000, 2_592_000, 31_536_000,
)  # fmt: skip
#: Shades of a map of hours.
SHADES: Final = 5

#: How counts are written on an axis.
WHOLE: Final = "{:,.0f}".format


@dataclass(frozen=True)
class Column:
    """One column of a table, and one series of a chart.

    Attributes:
        name: its heading.
        tone: 1 to 4, its color; 0 where only the table shows it.
        key: its heading in the file.
    """

    name: str
    key: str
    tone: int = 0


@dataclass(frozen=True)
class Row:
    """One row of a table: its label for people and for programs, and its values."""

    label: str
    key: str
    values: tuple[Value, ...]
    #: An address that says more about it, "" for none.
    href: str = ""


@dataclass
class Chart:
    """A chart with its table.

    Attributes:
        slug: its name in addresses.
        title: what it shows.
        summary: what it says, in one sentence.
        kind: "bars", "lines", "rows", "hours" or "table".
        head: the heading of the rows' labels; `head_key` in the file.
        columns: what there is of each row.
        rows: the data.
        axis: how the values of the axis are written.
        is_wide: whether it takes the whole width.
        floor: where the axis begins.
        top: where it ends; None for a round number above the data.
        most_shown: the page shows so many rows, the file all; None for all.
        also: the place of a value that is written beside the bars of rows.
        steps: round distances on the axis; none for decimal numbers.
    """

    slug: str
    title: str
    summary: str
    kind: str
    head: str
    head_key: str
    columns: tuple[Column, ...]
    rows: list[Row]
    axis: Callable[[float], str] = WHOLE
    is_wide: bool = False
    floor: float = 0
    top: float | None = None
    also: int | None = None
    most_shown: int | None = None
    steps: tuple[float, ...] = ()
    drawing: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        draw = {"bars": _bars, "lines": _lines, "rows": _rows, "hours": _hours}.get(self.kind)
        if draw is not None and self.rows:
            self.drawing = draw(self)

    @property
    def shown_rows(self) -> list[Row]:
        """The rows that the page shows."""
        return self.rows if self.most_shown is None else self.rows[: self.most_shown]

    @property
    def drawn(self) -> list[tuple[int, Column]]:
        """The columns that are drawn, with their places."""
        return [(place, column) for place, column in enumerate(self.columns) if column.tone]

    @property
    def markup(self) -> SafeString:
        """The drawing as SVG, without its title and description."""
        return drawing_of(self)

    @property
    def bars(self) -> SafeString:
        """The bars beside labels as HTML."""
        return bars_of(self)

    @property
    def table_rows(self) -> SafeString:
        """The rows of the table as HTML."""
        return rows_of(self)

    @property
    def legend(self) -> list[Column]:
        """What the colors mean, where there are several."""
        drawn = [column for _place, column in self.drawn]
        return drawn if len(drawn) > 1 and self.kind != "hours" else []


def round_top(
    top: float, lines: int = 4, *, steps: Sequence[float] = (), is_whole: bool = False
) -> tuple[float, list[float]]:
    """Return a round number that is not below another, and the values of the grid up to it.

    Args:
        top: the largest value.
        lines: of the grid, about.
        steps: the distances that are round; none for those of decimal numbers.
        is_whole: whether there is nothing between two whole numbers, such as half a message.
    """
    if top <= 0:
        return 1.0, [0.0, 1.0]
    step = max(top / lines, 1) if is_whole else top / lines
    magnitude = 10.0 ** floor(log10(step))
    round_ones = (m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= step)
    decimal = next(one for one in round_ones if not is_whole or one.is_integer())
    step = next((round_one for round_one in steps if round_one >= step), decimal)
    count = int(-(-top // step))
    return step * count, [step * number for number in range(count + 1)]


def _frame(chart: Chart, tallest: float) -> tuple[dict[str, Any], Callable[[float], float]]:
    """Return grid and ticks, and where a value lies from the top, in pixels."""
    if chart.top is None:
        top, grid = round_top(tallest, steps=chart.steps, is_whole=chart.axis is WHOLE)
    else:
        top = chart.top
        grid = [chart.floor + (top - chart.floor) * part / 4 for part in range(5)]

    def place(value: float) -> float:
        return round(HEIGHT - HEIGHT * (value - chart.floor) / (top - chart.floor), 2)

    slot = 100 / len(chart.rows)
    every = 1 if len(chart.rows) <= 10 else -(-len(chart.rows) // TICKS)
    ticks = [
        {"x": f"{slot * (n + 0.5):.3f}%", "text": row.label, "is_minor": n % (2 * every) != 0}
        for n, row in enumerate(chart.rows)
        if n % every == 0
    ]
    lines = [{"y": place(value), "text": chart.axis(value)} for value in grid]
    return {"grid": lines, "ticks": ticks, "base": HEIGHT, "height": HEIGHT + FOOT}, place


def _size(row: Row, place: int) -> float:
    return row.values[place].size or 0


def _tip(row: Row, place: int, column: Column) -> str:
    return f"{row.label}: {column.name} {row.values[place].text}"


def _bars(chart: Chart) -> dict[str, Any]:
    """Return bars, the series on top of each other."""
    drawn = chart.drawn
    tallest = max(sum(_size(row, place) for place, _column in drawn) for row in chart.rows)
    frame, y = _frame(chart, tallest)
    slot = 100 / len(chart.rows)
    below = [0.0] * len(chart.rows)
    series = []
    for place, column in drawn:
        bars = []
        for n, row in enumerate(chart.rows):
            size = _size(row, place)
            if not size:
                continue
            top = y(below[n] + size)
            bars.append(
                {
                    "x": f"{slot * (n + 0.14):.3f}%",
                    "width": f"{slot * 0.72:.3f}%",
                    "y": top,
                    "height": max(round(y(below[n]) - top, 2), 1),
                    "tip": _tip(row, place, column),
                }
            )
            below[n] += size
        series.append({"tone": column.tone, "bars": bars})
    return frame | {"series": series}


def _lines(chart: Chart) -> dict[str, Any]:
    """Return lines with a dot for each value; they break where there is none."""
    drawn = chart.drawn
    tallest = max(_size(row, place) for row in chart.rows for place, _column in drawn)
    frame, y = _frame(chart, tallest)
    slot = 100 / len(chart.rows)
    series = []
    for place, column in drawn:
        runs: list[list[str]] = [[]]
        dots = []
        for n, row in enumerate(chart.rows):
            size = row.values[place].size
            if size is None:
                runs.append([])
                continue
            x = f"{slot * (n + 0.5):.3f}"
            at = y(max(size, chart.floor))
            runs[-1].append(f"{x},{at}")
            dots.append({"x": f"{x}%", "y": at, "tip": _tip(row, place, column)})
        paths = [" ".join(run) for run in runs if len(run) > 1]
        series.append({"tone": column.tone, "runs": paths, "dots": dots})
    return frame | {"series": series}


def _rows(chart: Chart) -> dict[str, Any]:
    """Return a bar beside each row's label, its parts one after the other."""
    drawn = chart.drawn
    top = max(sum(_size(row, place) for place, _column in drawn) for row in chart.rows) or 1
    entries = []
    for row in chart.rows:
        parts, begin = [], 0.0
        for place, column in drawn:
            width = 100 * _size(row, place) / top
            parts.append({"x": f"{begin:.2f}%", "width": f"{width:.2f}%", "tone": column.tone})
            begin += width
        shown = [row.values[place].text for place, _column in drawn]
        if chart.also is not None:
            shown.append(row.values[chart.also].text)
        entries.append({"label": row.label, "parts": parts, "text": " · ".join(shown)})
    return {"entries": entries}


def _hours(chart: Chart) -> dict[str, Any]:
    """Return a map: a row for each day of the week, a field for each hour, darker for more."""
    top = max((value.size or 0) for row in chart.rows for value in row.values) or 1
    fields = [
        {
            "x": f"{100 * hour / 24:.3f}%",
            "y": 22 * day,
            "shade": -(-int((value.size or 0) * SHADES) // int(top)),
            "tip": f"{row.label} {chart.columns[hour].name}: {value.text}",
        }
        for day, row in enumerate(chart.rows)
        for hour, value in enumerate(row.values)
    ]
    return {
        "fields": fields,
        "days": [{"y": 22 * day + 10, "text": row.label} for day, row in enumerate(chart.rows)],
        "ticks": [
            {"x": f"{100 * (hour + 0.5) / 24:.3f}%", "text": hour, "is_minor": hour % 6 != 0}
            for hour in range(0, 24, 3)
        ],
        "base": 22 * len(chart.rows),
        "height": 22 * len(chart.rows) + 26,
    }
