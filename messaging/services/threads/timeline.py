"""The items of a thread by time and by day: bubbles, with notes and events between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from messaging.models import ConversationEvent, Note

from .bubble import Bubble

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RUN_GAP: Final = timedelta(minutes=3)


@dataclass
class TimelineEntry:
    """A note or an event between the messages."""

    row: Note | ConversationEvent
    at: datetime
    kind: str
    starts_run: bool = True
    ends_run: bool = True


Item = Bubble | TimelineEntry


@dataclass
class Day:
    """What happened on one day of the reader's time zone."""

    date: date
    items: list[Item] = field(default_factory=list)


def days_of(items: Iterable[Item]) -> list[Day]:
    """Return items in their order, day by day, with the runs of one sender marked."""
    ordered = sorted(items, key=_position)
    _mark_runs(ordered)
    return _by_day(ordered)


def _position(item: Item) -> tuple[datetime, int, int]:
    """Events that a message caused carry its time and come after it."""
    if isinstance(item, Bubble):
        return item.at, 0, item.message.pk
    return item.at, 1, item.row.pk


def _mark_runs(items: Sequence[Item]) -> None:
    """Mark the runs: messages of one sender within three minutes of each other, on one day.

    Only the last of a run says what is known of it, so of all of them the same must be known.
    """
    for earlier, later in pairwise(items):
        if not (isinstance(earlier, Bubble) and isinstance(later, Bubble)):
            continue
        if earlier.reaction or later.reaction:
            continue
        same = _said(earlier) == _said(later)
        is_near = later.at - earlier.at <= RUN_GAP and _day(later.at) == _day(earlier.at)
        if same and is_near and not later.is_first_new:
            earlier.ends_run, later.starts_run = False, False


def _said(bubble: Bubble) -> tuple[object, ...]:
    """Return what is below a bubble, its time left out."""
    message = bubble.message
    return message.direction, message.sent_by_id, message.status, bubble.has_no_receipt


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


def _by_day(items: Sequence[Item]) -> list[Day]:
    days: list[Day] = []
    for item in items:
        day = _day(item.at)
        if not days or days[-1].date != day:
            days.append(Day(day))
        days[-1].items.append(item)
    return days
