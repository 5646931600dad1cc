"""Read a thread: a page of messages with the notes and events between them, day by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from messaging.models import ConversationEvent, Message, Note
from messaging.nxcloud.errors import CODES
from messaging.statuses import Status

from .resending import may_resend_unconfirmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging.models import Conversation
    from messaging.models.message import MessageQuerySet

PAGE_LENGTH: Final = 50
#: A live page that has loaded much older history refreshes only this many of its newest messages.
REFRESH_LENGTH: Final = 200
#: Notes and events of one page; a page of fifty messages with more of them than this is a log file.
BETWEEN_LENGTH: Final = 200
RUN_GAP: Final = timedelta(minutes=3)


@dataclass
class Bubble:
    """One message as the thread shows it.

    Attributes:
        message: the row.
        at: the time by which it is placed: a scheduled message stands where it went out.
        starts_run: the first of several by the same sender within three minutes.
        ends_run: the last of them; its foot line speaks for the run.
        is_first_new: the "New" line stands above it.
        repeat: the message that was sent again in its place.
        may_be_sent_again: "Send again" is offered.
        may_be_sent_again_at: from when on an unconfirmed message may be repeated, if not yet.
        has_no_receipt: it was accepted, and no receipt came for NO_RECEIPT_AFTER seconds.
        mender: who can mend what the provider refused: a `Mender` word, "" when nobody knows.
    """

    message: Message
    at: datetime
    starts_run: bool = True
    ends_run: bool = True
    is_first_new: bool = False
    repeat: Message | None = None
    may_be_sent_again: bool = False
    may_be_sent_again_at: datetime | None = None
    has_no_receipt: bool = False
    mender: str = ""
    kind: str = "message"


@dataclass
class Between:
    """A note or an event between the messages."""

    row: Note | ConversationEvent
    at: datetime
    kind: str
    starts_run: bool = True
    ends_run: bool = True


Item = Bubble | Between


@dataclass
class Day:
    """What happened on one day of the reader's time zone."""

    date: date
    items: list[Item] = field(default_factory=list)


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
    *,
    conversation: Conversation,
    at: datetime,
    last_read_id: int = 0,
    before: int | None = None,
    around: int | None = None,
    oldest: int | None = None,
    new_from: int | None = None,
    is_whole: bool = False,
) -> ThreadPage:
    """Read a page of a conversation: the newest messages, unless another page is asked for.

    Args:
        conversation: whose messages.
        at: now, aware UTC.
        last_read_id: the reader's mark; the "New" line stands after it.
        before: the messages before this one.
        around: the messages around this one (a search result).
        oldest: everything from this message on, as a live page asks that shows it already.
        new_from: where the "New" line stood when the page was opened, 0 for nowhere.
        is_whole: everything on one page, for printing.

    Returns:
        The page; the number of queries does not depend on its length.
    """
    placed = _messages(conversation).filter(send_at__isnull=True)
    if is_whole:
        rows, has_older, has_newer = list(reversed(placed)), False, False
    else:
        rows, has_older, has_newer = _page(placed, before=before, around=around, oldest=oldest)
    begin = rows[0].created_at if has_older else None
    end = rows[-1].created_at if rows and has_newer else None
    planned = list(_messages(conversation).filter(send_at__isnull=False))
    waiting = [row for row in planned if row.status == Status.SCHEDULED] if not has_newer else []
    rows += [
        row
        for row in planned
        if row.status != Status.SCHEDULED and _within(place_of(row), begin, end)
    ]
    if new_from is None:
        new_from = next(
            (row.pk for row in sorted(rows, key=_id) if row.is_inbound and row.pk > last_read_id), 0
        )
    items: list[Item] = [_bubble(row, at=at, new_from=new_from) for row in rows]
    items += _between(
        conversation, begin=begin, end=end, limit=None if is_whole else BETWEEN_LENGTH
    )
    items.sort(key=_place)
    _group(items)
    shown = [*rows, *waiting]
    return ThreadPage(
        days=_by_day(items),
        scheduled=[
            _bubble(row, at=at, new_from=0)
            for row in sorted(waiting, key=lambda row: (row.send_at or at, row.pk))
        ],
        oldest_id=min((row.pk for row in rows if row.send_at is None), default=0),
        newest_id=max((row.pk for row in shown), default=0),
        has_older=has_older,
        has_newer=has_newer,
        new_from=new_from,
    )


def place_of(message: Message) -> datetime:
    """Return where the thread shows a message in time: a scheduled one where it went out."""
    if message.send_at is None:
        return message.created_at
    if message.queued_at is not None:
        return message.queued_at
    return message.created_at if message.status == Status.CANCELED else message.send_at


def _messages(conversation: Conversation) -> MessageQuerySet:
    return (
        Message.objects.filter(conversation=conversation)
        .select_related("sent_by", "redacted_by")
        .prefetch_related("resends")
        .order_by("-id")
    )


def _page(
    rows: MessageQuerySet,
    *,
    before: int | None,
    around: int | None,
    oldest: int | None,
) -> tuple[list[Message], bool, bool]:
    """Return the page's messages, oldest first, and whether there are older and newer ones."""
    if around is not None:
        half = PAGE_LENGTH // 2
        newer = list(rows.filter(pk__gte=around).order_by("id")[: half + 1])
        older = list(rows.filter(pk__lt=around)[: half + 1])
        return [*reversed(older[:half]), *newer[:half]], len(older) > half, len(newer) > half
    if before is not None:
        found = list(rows.filter(pk__lt=before)[: PAGE_LENGTH + 1])
        return list(reversed(found[:PAGE_LENGTH])), len(found) > PAGE_LENGTH, True
    if oldest:
        found = list(rows.filter(pk__gte=oldest)[: REFRESH_LENGTH + 1])
        kept = list(reversed(found[:REFRESH_LENGTH]))
        is_cut = len(found) > REFRESH_LENGTH
        return kept, is_cut or bool(kept and rows.filter(pk__lt=kept[0].pk).exists()), False
    found = list(rows[: PAGE_LENGTH + 1])
    return list(reversed(found[:PAGE_LENGTH])), len(found) > PAGE_LENGTH, False


def _between(
    conversation: Conversation,
    *,
    begin: datetime | None,
    end: datetime | None,
    limit: int | None,
) -> list[Between]:
    notes = Note.objects.filter(conversation=conversation).select_related("author")
    events = ConversationEvent.objects.filter(conversation=conversation).select_related(
        "actor", "subject"
    )
    if begin is not None:
        notes, events = notes.filter(created_at__gte=begin), events.filter(at__gte=begin)
    if end is not None:
        notes, events = notes.filter(created_at__lt=end), events.filter(at__lt=end)
    found = [
        Between(note, note.created_at, "note")
        for note in notes.prefetch_related("mentions").order_by("-created_at")[:limit]
    ]
    found += [Between(event, event.at, "event") for event in events.order_by("-at")[:limit]]
    return found


def _within(at: datetime, begin: datetime | None, end: datetime | None) -> bool:
    return (begin is None or at >= begin) and (end is None or at < end)


def _bubble(message: Message, *, at: datetime, new_from: int) -> Bubble:
    repeat = next(iter(message.resends.all()), None)
    bubble = Bubble(
        message=message,
        at=place_of(message),
        is_first_new=bool(new_from) and message.pk == new_from,
        repeat=repeat,
    )
    if message.is_inbound:
        return bubble
    if message.status == Status.SENT and not message.has_receipt:
        sent_at = message.sent_at or message.created_at
        bubble.has_no_receipt = at - sent_at >= timedelta(seconds=settings.NO_RECEIPT_AFTER)
    if message.status == Status.FAILED and message.provider_code in CODES:
        bubble.mender = CODES[message.provider_code].mender.value
    if message.is_resendable and repeat is None and message.redacted_at is None:
        bubble.may_be_sent_again = True
        if message.status == Status.UNCONFIRMED and not may_resend_unconfirmed(
            message=message, at=at
        ):
            began = message.attempt_started_at or message.created_at
            bubble.may_be_sent_again = False
            bubble.may_be_sent_again_at = began + timedelta(seconds=settings.NO_RECEIPT_AFTER)
    return bubble


def _id(message: Message) -> int:
    return message.pk


def _place(item: Item) -> tuple[datetime, int, int]:
    """Events that a message caused carry its time and stand behind it."""
    if isinstance(item, Bubble):
        return item.at, 0, item.message.pk
    return item.at, 1, item.row.pk


def _group(items: Sequence[Item]) -> None:
    """Mark the runs: messages of one sender within three minutes of each other, on one day."""
    for earlier, later in pairwise(items):
        if not (isinstance(earlier, Bubble) and isinstance(later, Bubble)):
            continue
        same = (earlier.message.direction, earlier.message.sent_by_id) == (
            later.message.direction,
            later.message.sent_by_id,
        )
        is_near = later.at - earlier.at <= RUN_GAP and _day(later.at) == _day(earlier.at)
        if same and is_near and not later.is_first_new:
            earlier.ends_run, later.starts_run = False, False


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


def suggests_opt_out(*, conversation: Conversation) -> Message | None:
    """Return the newest message if it came near an opt-out and nobody has settled it."""
    if conversation.last_inbound_id is None:
        return None
    return (
        Message.objects.filter(
            Q(pk=conversation.last_inbound_id),
            suggests_opt_out=True,
            pk__gt=conversation.settled_message_id,
            attention_cleared_at__isnull=True,
        )
        .order_by("-id")
        .first()
    )
