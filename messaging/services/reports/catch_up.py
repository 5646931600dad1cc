"""Bring the sums of the reports up to date, from where the last turn ended (`ReportCursor`).

The worker does so all the time, and a report before it is read.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from messaging.models import MessageFact, ReportCursor

from .answers import next_answers, stamp_answers
from .changed_messages import begin, changed_messages, has_news, may_begin
from .contributions import Sums
from .facts import facts_of
from .series import build_some, counted_series, has_unbuilt, want_zone

if TYPE_CHECKING:
    from collections.abc import Collection

#: What a reader of a report counts at most before it is shown; the worker does the rest.
BATCHES_OF_A_READER: Final = 20
#: What the worker counts at most in one turn.
BATCHES_OF_A_TURN: Final = 20
#: What the worker makes at most in one turn of the days and hours of zones.
BUILDS_OF_A_TURN: Final = 10
#: How much longer the worker rests after a transaction than it took: on SQLite nobody else writes
#: meanwhile. Without it a worker sent a quarter of what it can while there was much to count.
REST_OF_THE_WORKER: Final = 5.0
LONGEST_REST_SECONDS: Final = 0.5
_FIELDS: Final = [
    field.name
    for field in MessageFact._meta.fields
    if field.name not in {"message_id", "is_pruned"}
]


def catch_up(*, batches: int = BATCHES_OF_A_TURN, builds: int = 0, rest: float = 0.0) -> bool:
    """Count the messages that changed since the last time.

    One process at a time counts; others wait for its batch.

    Args:
        batches: transactions at most, each of some hundred messages at most.
        builds: further transactions at most, in which the days and hours of a zone are made.
        rest: how much longer than it took to rest after each transaction.

    Returns:
        Whether everything is counted that was visible when this was called.
    """
    is_complete = _count_news(batches, rest)
    if is_complete and has_unbuilt():
        for _number in range(builds):
            with transaction.atomic():
                began = time.monotonic()
                if not (locked_cursor().is_complete and build_some()):
                    break
            _rest(rest, began)
    return is_complete


def keep_counting() -> None:
    """Count as the worker does; the days of the installation's zone, prices need, are kept too."""
    want_zone(settings.TIME_ZONE)
    catch_up(builds=BUILDS_OF_A_TURN, rest=REST_OF_THE_WORKER)


def _count_news(batches: int, rest: float) -> bool:
    row = ReportCursor.objects.filter(pk=1).first()
    if row is not None and not has_news(row):
        return True
    for _number in range(batches):
        with transaction.atomic():
            began = time.monotonic()
            cursor = locked_cursor()
            if not may_begin(cursor):
                return False
            count_again(changed_messages(cursor))
            cursor.save()
            if cursor.is_complete:
                return True
        _rest(rest, began)
    return False


def _rest(rest: float, began: float) -> None:
    """Let others write: for longer the longer a transaction took that began then."""
    if rest:
        time.sleep(min(rest * (time.monotonic() - began), LONGEST_REST_SECONDS))


def locked_cursor() -> ReportCursor:
    """Return the cursor's row, locked; the first time, one that begins from nothing."""
    row = ReportCursor.objects.select_for_update().filter(pk=1).first()
    if row is None:
        ReportCursor.objects.bulk_create([ReportCursor(pk=1)], ignore_conflicts=True)
        row = ReportCursor.objects.select_for_update().get(pk=1)
        if not row.message_id:
            begin(row)
            row.save()
    return row


def count_again(ids: Collection[int]) -> None:
    """Bring the facts of some messages, and all sums, up to date with their rows.

    Must run in a transaction that holds the cursor.
    """
    todo = set(ids)
    while todo:
        todo = _count(todo)


def _count(ids: set[int]) -> set[int]:
    """Count some messages; return those that became answers because one of these no longer is."""
    stamp_answers(ids)
    old = MessageFact.objects.filter(is_pruned__isnull=True).in_bulk(ids)
    new = facts_of(ids)
    sums = Sums()
    for fact in old.values():
        sums.add(fact, times=-1)
    for fact in new:
        sums.add(fact)
    gone = set(old) - {fact.message_id for fact in new}
    MessageFact.objects.filter(pk__in=gone).delete()
    MessageFact.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["message_id"], update_fields=_FIELDS
    )
    sums.write(counted_series())
    by_id = {fact.message_id: fact for fact in new}
    taken_back = [
        pk
        for pk, fact in old.items()
        if fact.answer_bin is not None and (pk in gone or by_id[pk].answer_bin is None)
    ]
    return next_answers(taken_back)
