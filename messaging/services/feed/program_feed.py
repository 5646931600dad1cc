"""Let a program follow every message and every status without polling each message.

Ids tell what came since. On PostgreSQL an id is drawn before the commit, so 42 can be visible
before 41. What is visible is given at once; the ids that are missing between are kept as gaps in
the program's own cursor, each with the transaction id that was the next one to be given. When all
transactions before that one have ended and the gap was looked at after that, nothing can appear in
it any more. A transaction that writes messages or statuses has its own id before it draws theirs,
because it has locked a row by then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connection
from django.db.models import Q

from messaging.models import Conversation, DidNumber, Message, StatusChange, rights_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

#: Rows of each table that one look goes through, visible to the reader or not.
MOST_LOOKED_AT: Final = 500
#: A look ends before a gap more; a cursor holds no more of each kind.
MOST_GAPS: Final = 40
#: Who begins with "now" hears of what is being written at that moment: it lies among the newest.
AROUND_NOW: Final = 200

_GAP: Final = re.compile(r"_([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,19})")
_PLACE: Final = rf"([0-9]{{1,18}})((?:_[0-9]{{1,18}}-[0-9]{{1,18}}-[0-9]{{1,19}}){{0,{MOST_GAPS}}})"
#: Every text that is a cursor, as a regular expression.
FEED_CURSOR: Final = f"m{_PLACE}s{_PLACE}"
_TEXT: Final = re.compile(FEED_CURSOR)


class Gap(NamedTuple):
    """Ids that were missing, both included, and the transaction id that was the next one then."""

    first: int
    last: int
    next_transaction: int


@dataclass(frozen=True)
class Place:
    """How far one table has been given: everything up to an id, but for the gaps."""

    after: int = 0
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class FeedCursor:
    """How far a program has followed."""

    messages: Place = Place()
    statuses: Place = Place()

    @classmethod
    def parse(cls, text: str) -> FeedCursor:
        """Read what `text` wrote.

        Raises:
            ValueError: it is not one of ours.
        """
        found = _TEXT.fullmatch(text)
        if not found:
            raise ValueError("not a cursor of this feed")
        return cls(_place(found[1], found[2]), _place(found[3], found[4]))

    @property
    def text(self) -> str:
        """The cursor as a program keeps it, such as "m120s455"."""
        return "".join(
            f"{name}{place.after}{''.join(f'_{a}-{b}-{c}' for a, b, c in place.gaps)}"
            for name, place in (("m", self.messages), ("s", self.statuses))
        )


class Entry(NamedTuple):
    """One line of the feed.

    Attributes:
        id: the same for the same line, whenever it is given.
        at: when the message came or was written, or when it got the status; aware UTC.
        kind: "message" or "status".
        conversation: its id.
        message: its id.
        status: the message's at this moment; or the one that it got then.
    """

    id: str
    at: datetime
    kind: str
    conversation: int
    message: int
    status: str


class Part(NamedTuple):
    """A part of the feed.

    Attributes:
        entries: earliest first.
        next: where to go on.
        has_more: whether more rows may be there already.
    """

    entries: list[Entry]
    next: FeedCursor
    has_more: bool


def changes_since(cursor: FeedCursor, *, user: User) -> Part:
    """Return what a user may see of what came.

    Every message and every status comes at least once, most of them exactly once.
    """
    numbers = set(DidNumber.objects.visible_to(user).values_list("pk", flat=True))
    messages, messages_place, has_more_messages = _look(
        Message.objects.all(),
        cursor.messages,
        ("pk", "did_number_id", "created_at", "conversation_id", "pk", "status"),
    )
    statuses, statuses_place, has_more_statuses = _look(
        StatusChange.objects.all(),
        cursor.statuses,
        (
            "pk",
            "message__did_number_id",
            "at",
            "message__conversation_id",
            "message_id",
            "status",
        ),
    )
    entries = [
        Entry(f"{kind[0]}{pk}", at, kind, *rest)
        for kind, rows in (("message", messages), ("status", statuses))
        for pk, number_id, at, *rest in rows
        if number_id in numbers
    ]
    if rights_of(user).sees_own_only:
        threads = {entry.conversation for entry in entries}
        visible = Conversation.objects.visible_to(user).filter(pk__in=threads)
        seen = set(visible.values_list("pk", flat=True))
        entries = [entry for entry in entries if entry.conversation in seen]
    entries.sort(key=lambda entry: entry.at)  # a message before its status of the same moment
    cursor = FeedCursor(messages_place, statuses_place)
    return Part(entries, cursor, has_more_messages or has_more_statuses)


def cursor_of_now() -> FeedCursor:
    """Return where somebody begins who wants only what comes from now on."""
    places = []
    for rows in (Message.objects.all(), StatusChange.objects.all()):
        newest = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
        _rows, place, _more = _look(rows, Place(max(newest - AROUND_NOW, 0)), ("pk",))
        places.append(place)
    return FeedCursor(*places)


def _look(
    rows: QuerySet[Any], place: Place, columns: Sequence[str]
) -> tuple[list[tuple[Any, ...]], Place, bool]:
    """Return rows that came since, their ids first; the new place; whether there may be more."""
    ended_before = _transaction_id("xmin")
    found: list[tuple[Any, ...]] = []
    if place.gaps:
        inside = Q(*(Q(pk__range=gap[:2]) for gap in place.gaps), _connector=Q.OR)
        found += rows.filter(inside).order_by("pk").values_list(*columns)
    gaps = [
        rest
        for gap in place.gaps
        if gap.next_transaction > ended_before
        for rest in _without(gap, [row[0] for row in found])
    ]
    new = list(
        rows.filter(pk__gt=place.after).order_by("pk").values_list(*columns)[:MOST_LOOKED_AT]
    )
    after, is_full = place.after, len(new) == MOST_LOOKED_AT
    if connection.vendor == "postgresql":
        missing = _missing([after, *map(itemgetter(0), new)])
        room = max(MOST_GAPS - len(gaps), 0)
        if len(missing) > room:
            end = missing[room][0]
            new = [row for row in new if row[0] < end]
            # Ids of long ago may be missing by the thousand; the rest can be asked for at once.
            is_full = is_full or bool(new)
        next_transaction = _transaction_id("xmax")
        gaps += [Gap(first, last, next_transaction) for first, last in missing[:room]]
    return found + new, Place(new[-1][0] if new else after, tuple(gaps)), is_full


def _without(gap: Gap, ids: Iterable[int]) -> list[Gap]:
    """Return what is left of a gap when some rows have appeared in it."""
    bounds = [gap.first - 1, *(pk for pk in ids if gap.first <= pk <= gap.last), gap.last + 1]
    return [Gap(first, last, gap.next_transaction) for first, last in _missing(bounds)]


def _missing(ids: Iterable[int]) -> list[tuple[int, int]]:
    return [(one + 1, other - 1) for one, other in pairwise(ids) if other > one + 1]


def _transaction_id(which: str) -> int:
    """Return the oldest transaction id that is not over ("xmin"), or the next one ("xmax").

    0 on SQLite, where one transaction writes at a time and ids follow the commits.
    """
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_snapshot_{which}(pg_current_snapshot())::text::bigint")
        found: int = cursor.fetchone()[0]
    return found


def _place(after: str, gaps: str) -> Place:
    return Place(int(after), tuple(Gap(*map(int, numbers)) for numbers in _GAP.findall(gaps)))
