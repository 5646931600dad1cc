"""Build the roll-ups again from the messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import (
    MessageFact,
    ReportCell,
    ReportCursor,
    ReportDay,
    ReportDelay,
    ReportSeries,
)

from .catch_up import catch_up
from .changed_messages import begin
from .pruned import add_pruned
from .series import has_unbuilt

if TYPE_CHECKING:
    from collections.abc import Callable

#: How long to rest while transactions end that counting waits for.
REST_SECONDS: Final = 0.2


def rebuild(*, progress: Callable[[int], object] = lambda _message_id: None) -> int:
    """Throw the roll-ups away and count every message again; return how many.

    What was stamped when an answer was given stays, and what was counted of messages that have
    been deleted since. Meanwhile reports say that they are incomplete.

    Args:
        progress: is told the id up to which messages are counted.
    """
    forget()
    while not catch_up(batches=1):
        row = ReportCursor.objects.get(pk=1)
        if row.starts_after:
            time.sleep(REST_SECONDS)
        progress(row.message_id)
    while has_unbuilt():
        catch_up(batches=1, builds=1)
    return MessageFact.objects.count()


@transaction.atomic
def forget() -> None:
    """Throw the roll-ups away; what is left is what was counted of deleted messages."""
    ReportCursor.objects.bulk_create([ReportCursor(pk=1)], ignore_conflicts=True)
    cursor = ReportCursor.objects.select_for_update().get(pk=1)
    for model in (ReportCell, ReportDay, ReportDelay):
        model._default_manager.all().delete()
    MessageFact.objects.filter(is_pruned__isnull=True).delete()
    ReportSeries.objects.exclude(span=ReportSeries.Span.QUARTER).update(
        is_built=False, built_from=None
    )
    add_pruned()
    begin(cursor)
    cursor.save()
