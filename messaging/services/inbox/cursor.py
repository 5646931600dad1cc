"""Where a page of a list ends, as its address says."""

from __future__ import annotations

from datetime import datetime

from django.utils.dateparse import parse_datetime

#: Where a page ends: the last row's activity (or waiting since) and id.
Cursor = tuple[str, datetime, int]


def parse_cursor(text: str) -> Cursor | None:
    """Read where a page ended; None when it is no such place."""
    order, _, rest = text.partition("~")
    when, _, row_id = rest.partition("~")
    try:
        at = parse_datetime(when)
        number = int(row_id)
    except ValueError:
        return None
    if order not in {"n", "w"} or at is None or at.tzinfo is None or not 0 <= number < 2**63:
        return None
    return order, at, number


def cursor_text(cursor: Cursor) -> str:
    """Write where a page ended."""
    order, at, row_id = cursor
    return f"{order}~{at.isoformat().replace('+00:00', 'Z')}~{row_id}"
