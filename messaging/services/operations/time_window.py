"""Find the rows of a span of time where the column with the time has no index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

Row = TypeVar("Row", bound=Model)


def since(rows: QuerySet[Row], *, column: str, moment: datetime) -> QuerySet[Row]:
    """Keep the rows since a moment, found by bisecting the ids: the columns have no index.

    Args:
        rows: of a table whose ids grow with the column.
        column: the column with the time.
        moment: aware UTC.
    """
    first = _first_since(rows, column=column, moment=moment)
    return rows.none() if first is None else rows.filter(pk__gte=first)


def between(rows: QuerySet[Row], *, column: str, begin: datetime, end: datetime) -> QuerySet[Row]:
    """Keep the rows of a span, without a look at any that came later.

    Args:
        rows: of a table whose ids grow with the column.
        column: the column with the time.
        begin: aware UTC; belongs to it.
        end: aware UTC; does not.
    """
    first = _first_since(rows, column=column, moment=begin)
    if first is None:
        return rows.none()
    behind = _first_since(rows, column=column, moment=end)
    return rows.filter(pk__gte=first, pk__lt=behind)


def _first_since(rows: QuerySet[Any], *, column: str, moment: datetime) -> int | None:
    """Return the least id that a row since then may have; None where there is no row at all."""
    # Two statements: SQLite reads all rows for the least and the greatest at once.
    keys = rows.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    if first is None or last is None:
        return None
    low, high = int(first), int(last) + 1
    while low < high:
        middle = (low + high) // 2
        row: Any = rows.filter(pk__gte=middle).order_by("pk").values_list("pk", column).first()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low
