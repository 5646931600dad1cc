"""What a page of reports is made of, and the parts that several pages share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from . import values
from .charts import Row
from .labels import all_days, day_label, label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from messaging.services.reports.figures import Report
    from messaging.services.reports.question import Question

    from .charts import Chart
    from .values import Value

#: Rows of a chart by number, person or country; the file has all of them.
MOST_ROWS: Final = 50


@dataclass(frozen=True)
class Tile:
    """One figure of a period, and how it was in the period before."""

    title: str
    text: str
    change: str = ""


@dataclass(frozen=True)
class Page:
    """A report as a page shows it.

    Attributes:
        title: its name.
        tiles: the figures of the whole period; made when they are asked for.
        charts: each by its slug; one is made when it is asked for.
        hidden: titles of charts, by slug, that only a link leads to: they take longer.
        rules: how things are counted, in sentences.
        is_for_team: whether it says nothing of one person alone.
        of_team: charts, by slug, that compare people.
    """

    title: str
    tiles: Callable[[Question], list[Tile]]
    charts: Mapping[str, Callable[[Question], Chart]]
    rules: tuple[str, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    is_for_team: bool = False
    of_team: frozenset[str] = frozenset()


def tile(title: str, now: Value, before: Value) -> Tile:
    """Return a figure with its change in percent since the period before, where there is one."""
    change = ""
    if now.size is not None and before.size:
        grown = 100 * (now.size - before.size) / before.size
        change = _("%(change)s vs %(before)s") % {
            "change": f"{grown:+.0f}%".replace("-", "−"),
            "before": before.text,
        }
    elif before.size is not None and now.size is not None:
        change = _("before: %(before)s") % {"before": before.text}
    return Tile(title, now.text, change)


def day_rows(
    question: Question, report: Report, figures: Callable[[dict[str, Any]], tuple[Value, ...]]
) -> list[Row]:
    """Return a row for every day, also for those without a message."""
    found = {row["day"]: row for row in report.rows}
    return [
        Row(day_label(day), day.isoformat(), figures(found.get(day.isoformat(), {})))
        for day in all_days(question)
    ]


def key_rows(
    key: str,
    report: Report,
    figures: Callable[[dict[str, Any]], tuple[Value, ...]],
    *,
    largest: Callable[[dict[str, Any]], float] | None = None,
) -> list[Row]:
    """Return a row for each value of a key, the largest first."""
    label = label_of(key)
    rows = sorted(report.rows, key=largest or (lambda _row: 0), reverse=True)
    return [
        Row(
            label(row[key]) or str(row[key] or ""),
            "" if row[key] is None else str(row[key]),
            figures(row),
        )
        for row in rows[:MOST_ROWS]
    ]


def counts(*names: str) -> Callable[[Mapping[str, Any]], tuple[Value, ...]]:
    """Return what takes some counts out of a row."""
    return lambda row: tuple(values.count(row.get(name, 0)) for name in names)


def summed(report: Report, *names: str) -> int:
    """Return the sum of some counts over all rows."""
    return sum(row[name] for row in report.rows for name in names)


def busiest(rows: Iterable[Row]) -> Row | None:
    """Return the row with the largest sum; None where all are empty."""
    best = max(rows, key=_total, default=None)
    return best if best is not None and _total(best) else None


def _total(row: Row) -> float:
    return sum(value.size or 0 for value in row.values)


def day_head() -> tuple[str, str]:
    """Return the heading of days, for people and for programs."""
    return _("Day"), "day"


def days_in(question: Question) -> int:
    """Return how many days are asked for."""
    return (question.last - question.first).days + 1
