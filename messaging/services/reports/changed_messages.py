"""Which messages changed since the roll-ups last looked; none is missed.

Everything that the roll-ups count of a message changes with its insertion or together with a new
entry of its history (`history/message_status.py` and the fast paths). So the ids of both tables
tell what to count again. On PostgreSQL an id is drawn before the commit, and 41 can become visible
after 42. An id that is not there yet is kept as a gap, with the transactions that are open right
then: the one that drew it is among them, or has committed or rolled back meanwhile. When they have
all ended, and the gap was looked at once more after that, nothing can appear in it any more.
Looking twice at a message does no harm: counting it again changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from messaging.models import Message, ReportCursor, StatusChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

#: Messages in one transaction: so few that a push, which waits for it on SQLite, hardly notices.
BATCH: Final = 250
#: Ranges are merged when there are more, with what lies between them.
MOST_GAPS: Final = 100


def has_news(cursor: ReportCursor) -> bool:
    """Tell whether anything can have changed since; a cheap look without a lock."""
    if not cursor.is_complete or cursor.gaps or cursor.starts_after:
        return True
    newest_message = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
    newest_entry = StatusChange.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return newest_message > cursor.message_id or newest_entry > cursor.status_change_id


def begin(cursor: ReportCursor) -> None:
    """Count from nothing: what is in the histories by now need not be read.

    The entries that are not visible yet belong to transactions that are open now; counting begins
    when these have ended.
    """
    newest = StatusChange.objects.order_by("-id").values_list("id", flat=True).first() or 0
    cursor.message_id, cursor.status_change_id = 0, newest
    cursor.gaps, cursor.is_complete = [], False
    cursor.starts_after = open_transactions() if newest else []


def may_begin(cursor: ReportCursor) -> bool:
    """Tell whether the transactions have ended that counting from nothing waits for."""
    if cursor.starts_after and not set(cursor.starts_after) & set(open_transactions()):
        cursor.starts_after = []
    return not cursor.starts_after


def changed_messages(cursor: ReportCursor) -> set[int]:
    """Return the ids of messages to count, and move the cursor on; the caller saves it.

    Returns:
        At most about three times BATCH ids; none when everything is counted.
    """
    found = _look_into_gaps(cursor)
    messages = list(
        Message.objects.filter(pk__gt=cursor.message_id)
        .order_by("pk")
        .values_list("pk", flat=True)[:BATCH]
    )
    found.update(messages)
    gaps = {"message": _gaps(cursor.message_id, messages)}
    cursor.message_id = messages[-1] if messages else cursor.message_id
    is_full = len(messages) == BATCH
    if not is_full:
        entries = list(
            StatusChange.objects.filter(pk__gt=cursor.status_change_id)
            .order_by("pk")
            .values_list("pk", "message_id")[:BATCH]
        )
        found.update(message_id for _pk, message_id in entries)
        gaps["entry"] = _gaps(cursor.status_change_id, [pk for pk, _message_id in entries])
        cursor.status_change_id = entries[-1][0] if entries else cursor.status_change_id
        is_full = len(entries) == BATCH
    _remember(cursor, gaps)
    cursor.is_complete = not is_full
    return found


def open_transactions() -> list[str]:
    """Return names of the transactions that are open now, except for this one.

    None on SQLite, where one transaction writes at a time and ids follow the commits.
    """
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'virtualxid' AND a.datname = current_database()"
            " AND l.pid <> pg_backend_pid() ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def _look_into_gaps(cursor: ReportCursor) -> set[int]:
    """Return the messages that appeared in gaps; forget the gaps in which none can any more."""
    if not cursor.gaps:
        return set()
    still_open = set(open_transactions())  # before the look: what has ended by then is visible
    found: set[int] = set()
    kept: list[dict[str, Any]] = []
    for gap in cursor.gaps:
        for first, last in gap["message"]:
            found.update(_ids(Message.objects.filter(pk__range=(first, last)), "pk"))
        for first, last in gap["entry"]:
            found.update(_ids(StatusChange.objects.filter(pk__range=(first, last)), "message_id"))
        waits_for = [name for name in gap["transactions"] if name in still_open]
        if waits_for:
            kept.append(gap | {"transactions": waits_for})
    cursor.gaps = kept
    return found


def _ids(rows: QuerySet[Any], column: str) -> Iterable[int]:
    return rows.values_list(column, flat=True)


def _gaps(after: int, ids: Sequence[int]) -> list[list[int]]:
    """Return the ranges of ids that are missing between one and the last of some."""
    if connection.vendor != "postgresql":
        return []
    ranges = []
    for pk in ids:
        if pk > after + 1:
            ranges.append([after + 1, pk - 1])
        after = pk
    return ranges


def _remember(cursor: ReportCursor, gaps: dict[str, list[list[int]]]) -> None:
    if not any(gaps.values()):
        return
    # After the look: one that ended in between has committed, and the next look finds its rows.
    new = {"message": [], "entry": [], **gaps, "transactions": open_transactions()}
    cursor.gaps = [*cursor.gaps, new]
    if sum(len(gap["message"]) + len(gap["entry"]) for gap in cursor.gaps) > MOST_GAPS:
        cursor.gaps = [
            {
                "message": _merged(gap["message"] for gap in cursor.gaps),
                "entry": _merged(gap["entry"] for gap in cursor.gaps),
                "transactions": sorted({n for gap in cursor.gaps for n in gap["transactions"]}),
            }
        ]


def _merged(lists: Iterable[list[list[int]]]) -> list[list[int]]:
    """Return ranges that cover all of some, fewer of them."""
    ranges = sorted(pair for pairs in lists for pair in pairs)
    size = len(ranges) * 2 // MOST_GAPS + 1
    return [
        [ranges[at][0], max(last for _first, last in ranges[at : at + size])]
        for at in range(0, len(ranges), size)
    ]
