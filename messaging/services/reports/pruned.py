"""Keep the figures of messages that are deleted because they are old.

Their facts stay, marked: counting leaves such facts alone, making the roll-ups again begins with
them, and the check takes them for what the messages would have said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import connection

from messaging.models import MessageFact, ReportDelay

from .catch_up import count_again, locked_cursor
from .contributions import CELL_KEY, DELAY_KEY, MEASURES
from .series import counted_series

if TYPE_CHECKING:
    from collections.abc import Collection

Kind = ReportDelay.Kind
_FACTS: Final = MessageFact._meta.db_table


def keep_facts(ids: Collection[int]) -> None:
    """Count some messages a last time and keep what was counted.

    Must run in the transaction that deletes them, before it does; it locks the cursor.
    """
    locked_cursor()
    count_again(ids)
    MessageFact.objects.filter(pk__in=ids).update(is_pruned=True)


def add_pruned() -> None:
    """Write the sums of all kept facts into empty roll-ups of quarter-hours.

    The days and hours of zones are made from these. Must run in a transaction that holds the
    cursor.
    """
    quarters = next(row for row in counted_series() if row.span == row.Span.QUARTER)
    with connection.cursor() as cursor:
        cursor.execute(_cells_text(), [quarters.pk])
        for kind, place, condition in (
            (Kind.RECEIPT, "receipt_bin", ""),
            (Kind.ANSWER, "answer_bin", ""),
            (Kind.FIRST_ANSWER, "answer_bin", " AND is_first_answer"),
        ):
            cursor.execute(_waits_text(place, condition), [quarters.pk, kind.value])


def _cells_text() -> str:
    key = ", ".join(CELL_KEY)
    of_fact = ", ".join(("quarter", *CELL_KEY[1:]))
    sums = ", ".join(f"SUM({name})" for name in MEASURES[1:])
    return (
        f"INSERT INTO messaging_reportcell (series_id, {key}, {', '.join(MEASURES)})"  # noqa: S608
        f" SELECT %s, {of_fact}, COUNT(*), {sums} FROM {_FACTS} WHERE is_pruned GROUP BY {of_fact}"
    )


def _waits_text(place: str, condition: str) -> str:
    return (
        f"INSERT INTO messaging_reportdelay (series_id, {', '.join(DELAY_KEY)}, count)"  # noqa: S608
        f" SELECT %s, quarter, did_number_id, %s, user_id, country, {place}, COUNT(*) FROM {_FACTS}"
        f" WHERE is_pruned AND {place} IS NOT NULL{condition}"
        f" GROUP BY quarter, did_number_id, user_id, country, {place}"
    )
