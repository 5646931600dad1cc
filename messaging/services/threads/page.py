"""Read a thread: a page of messages with the notes and events between them, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import prefetch_related_objects

from messaging.models import ConversationEvent, Message, Note
from messaging.services.conversations.reactions import reaction_of
from messaging.statuses import Status

from .bubble import Bubble, bubble_of, shown_at
from .timeline import TimelineEntry, days_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from messaging.models import Conversation
    from messaging.models.message import MessageQuerySet

    from .timeline import Day

PAGE_LENGTH: Final = 50
#: A page that opens with more unread messages than it would hold is longer, up to this, and begins
#: with the first that was not read: none counts as seen that was never there.
LONGEST_UNREAD: Final = 300
#: Messages that were read before are above the "New" line.
READ_BEFORE: Final = 5
#: A live page that has loaded much older history refreshes only this many of its newest messages.
REFRESH_LENGTH: Final = 200
#: Notes and events of one page; a page of fifty messages with more of them than this is a log file.
ENTRY_LENGTH: Final = 200


@dataclass(frozen=True, kw_only=True)
class ThreadQuery:
    """Which page of a thread is asked for: the newest, unless one of these says another.

    Attributes:
        last_read_id: the reader's mark; the "New" line comes after it.
        before: the messages before this one.
        around: the messages around this one (a search result).
        oldest: everything from this message on, as a live page asks that shows it already.
        newest: with `oldest`: nothing after this message.
        new_from: where the "New" line was when the page was opened, 0 for nowhere.
        is_whole: everything on one page, for printing.
    """

    last_read_id: int = 0
    before: int | None = None
    around: int | None = None
    oldest: int | None = None
    newest: int | None = None
    new_from: int | None = None
    is_whole: bool = False


NEWEST: Final = ThreadQuery()


@dataclass
class ThreadPage:
    """One page of a thread.

    Attributes:
        days: the items, oldest first.
        scheduled: messages that wait for their time; only on the newest page.
        oldest_id: the page's first message, 0 when it is empty.
        newest_id: the newest message of the conversation that the page shows.
        has_older: whether older messages exist.
        has_newer: whether newer messages exist (a page of older ones).
        new_from: the first message after the reader's mark, 0 when everything was read.
    """

    days: list[Day]
    scheduled: list[Bubble]
    oldest_id: int
    newest_id: int
    has_older: bool
    has_newer: bool
    new_from: int

    @property
    def messages(self) -> list[Message]:
        """The messages of the page, oldest first."""
        return [item.message for day in self.days for item in day.items if isinstance(item, Bubble)]


def read_thread(
    query: ThreadQuery = NEWEST, *, conversation: Conversation, at: datetime
) -> ThreadPage:
    """Read a page of a conversation.

    Args:
        query: which page.
        conversation: whose messages.
        at: now, aware UTC.

    Returns:
        The page; the number of queries does not depend on its length.
    """
    rows, has_older, has_newer = _page(_messages(conversation).filter(send_at__isnull=True), query)
    oldest_id = rows[0].pk if rows else 0
    begin = rows[0].created_at if has_older else None
    end = rows[-1].created_at if rows and has_newer else None
    planned = list(_messages(conversation).filter(send_at__isnull=False))
    waiting = [] if has_newer else _waiting(planned)
    rows += _gone_out(planned, begin=begin, end=end)
    prefetch_related_objects([*rows, *waiting], "reactions")
    new_from = query.new_from
    if new_from is None:
        new_from = _first_unread(rows, last_read_id=query.last_read_id)
    entries = _entries_of(
        conversation, begin=begin, end=end, limit=None if query.is_whole else ENTRY_LENGTH
    )
    return ThreadPage(
        days=days_of([*(bubble_of(row, at=at, new_from=new_from) for row in rows), *entries]),
        scheduled=[bubble_of(row, at=at, new_from=0) for row in waiting],
        oldest_id=oldest_id,
        newest_id=max((row.pk for row in (*rows, *waiting)), default=0),
        has_older=has_older,
        has_newer=has_newer,
        new_from=new_from,
    )


def _messages(conversation: Conversation) -> MessageQuerySet:
    return (
        Message.objects.filter(conversation=conversation)
        .not_undone()
        .select_related("sent_by", "redacted_by", "reaction__target")
        .prefetch_related("resends")
        .order_by("-id")
    )


def _page(rows: MessageQuerySet, query: ThreadQuery) -> tuple[list[Message], bool, bool]:
    """Return the page's messages, oldest first, and whether there are older and newer ones."""
    if query.is_whole:
        return list(reversed(rows)), False, False
    if query.around is not None:
        half = PAGE_LENGTH // 2
        newer = list(rows.filter(pk__gte=query.around).order_by("id")[: half + 1])
        older = list(rows.filter(pk__lt=query.around)[: half + 1])
        return [*reversed(older[:half]), *newer[:half]], len(older) > half, len(newer) > half
    if query.before is not None:
        found = list(rows.filter(pk__lt=query.before)[: PAGE_LENGTH + 1])
        return list(reversed(found[:PAGE_LENGTH])), len(found) > PAGE_LENGTH, True
    oldest, newest = query.oldest, query.newest
    if oldest and newest:
        found = list(rows.filter(pk__gte=oldest, pk__lte=newest)[:REFRESH_LENGTH])
        return list(reversed(found)), True, rows.filter(pk__gt=newest).exists()
    if oldest:
        found = list(rows.filter(pk__gte=oldest)[: REFRESH_LENGTH + 1])
        kept = list(reversed(found[:REFRESH_LENGTH]))
        is_cut = len(found) > REFRESH_LENGTH
        return kept, is_cut or bool(kept and rows.filter(pk__lt=kept[0].pk).exists()), False
    found = list(rows[: PAGE_LENGTH + 1])
    mark = query.last_read_id
    if mark and len(found) > PAGE_LENGTH and found[PAGE_LENGTH - 1].pk > mark:
        return _page_of_unread(rows, last_read_id=mark)
    return list(reversed(found[:PAGE_LENGTH])), len(found) > PAGE_LENGTH, False


def _page_of_unread(
    rows: MessageQuerySet, *, last_read_id: int
) -> tuple[list[Message], bool, bool]:
    """Return what came since the reader's mark, with a little of what they know above it."""
    unread = list(rows.filter(pk__gt=last_read_id).order_by("id")[: LONGEST_UNREAD + 1])
    known = list(rows.filter(pk__lte=last_read_id)[: READ_BEFORE + 1])
    shown = [*reversed(known[:READ_BEFORE]), *unread[:LONGEST_UNREAD]]
    return shown, len(known) > READ_BEFORE, len(unread) > LONGEST_UNREAD


def _waiting(planned: Sequence[Message]) -> list[Message]:
    """Return the scheduled messages that still wait, the next one first."""
    rows = [row for row in planned if row.status == Status.SCHEDULED]
    return sorted(rows, key=lambda row: (row.send_at or row.created_at, row.pk))


def _gone_out(
    planned: Sequence[Message], *, begin: datetime | None, end: datetime | None
) -> list[Message]:
    """Return the scheduled messages whose time has come, of a page's stretch of time."""
    return [
        row
        for row in planned
        if row.status != Status.SCHEDULED
        and (begin is None or shown_at(row) >= begin)
        and (end is None or shown_at(row) < end)
    ]


def _first_unread(rows: Sequence[Message], *, last_read_id: int) -> int:
    unread = (row for row in rows if row.is_inbound and reaction_of(row) is None)
    return min((row.pk for row in unread if row.pk > last_read_id), default=0)


def _entries_of(
    conversation: Conversation,
    *,
    begin: datetime | None,
    end: datetime | None,
    limit: int | None,
) -> list[TimelineEntry]:
    notes = Note.objects.filter(conversation=conversation).select_related("author")
    events = ConversationEvent.objects.filter(conversation=conversation).select_related(
        "actor", "subject"
    )
    if begin is not None:
        notes, events = notes.filter(created_at__gte=begin), events.filter(at__gte=begin)
    if end is not None:
        notes, events = notes.filter(created_at__lt=end), events.filter(at__lt=end)
    found = [
        TimelineEntry(note, note.created_at, "note")
        for note in notes.prefetch_related("mentions").order_by("-created_at")[:limit]
    ]
    found += [TimelineEntry(event, event.at, "event") for event in events.order_by("-at")[:limit]]
    return found


def _within(at: datetime, begin: datetime | None, end: datetime | None) -> bool:
    return (begin is None or at >= begin) and (end is None or at < end)
