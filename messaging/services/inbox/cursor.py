"""In which order a list comes, and where its pages end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import DateTimeField, F, Func, Value
from django.db.models.fields import BigIntegerField, BooleanField
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.dateparse import parse_datetime

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from messaging.models import Conversation

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


def _pair(first: Any, second: Any) -> Func:
    # One row value, which both databases answer from the index at any depth; two OR-ed comparisons
    # make PostgreSQL walk the whole index.
    return Func(
        first,
        second,
        template="(%(expressions)s)",
        output_field=BooleanField(),
    )


def _bound(cursor: Cursor) -> Func:
    _order, at, row_id = cursor
    return _pair(
        Value(at, output_field=DateTimeField()), Value(row_id, output_field=BigIntegerField())
    )


def newest_first(rows: QuerySet[Conversation], *, before: Cursor | None) -> QuerySet[Conversation]:
    """Order by last activity, newest first, from where the previous page ended."""
    if before is not None:
        rows = rows.filter(LessThan(_pair(F("last_activity_at"), F("id")), _bound(before)))
    return rows.order_by("-last_activity_at", "-id")


def longest_waiting_first(
    rows: QuerySet[Conversation], *, before: Cursor | None
) -> QuerySet[Conversation]:
    """Keep what waits for an answer, longest first, from where the previous page ended."""
    rows = rows.filter(needs_reply_since__isnull=False)
    if before is not None:
        rows = rows.filter(GreaterThan(_pair(F("needs_reply_since"), F("id")), _bound(before)))
    return rows.order_by("needs_reply_since", "id")
