"""Rows since a moment, where the column with the time has no index."""

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
    # Two statements: SQLite reads all rows for the least and the greatest at once.
    keys = rows.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    if first is None or last is None:
        return rows.none()
    low, high = first, last + 1
    while low < high:
        middle = (low + high) // 2
        row: Any = rows.filter(pk__gte=middle).order_by("pk").values_list("pk", column).first()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return rows.filter(pk__gte=low)
