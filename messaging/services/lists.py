"""The rows of a list: one page, every word prepared once, the same few queries at any length."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from messaging.models import Conversation, Message
from messaging.phone_numbers import format_for_reading

from .ages import exact, short_age, short_duration, upcoming
from .list_query import (
    WAITING,
    ListQuery,
    cursor_text,
    longest_waiting_first,
    newest_first,
)
from .people import full_name
from .row_facts import Fact, row_facts
from .search import search
from .search_terms import marked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from .search_terms import Part

PAGE_SIZE: Final = 40
LABELS_SHOWN: Final = 2
#: Presence that is not renewed ends by itself.
REPLYING_FOR: Final = timedelta(seconds=15)
WAITS_LONG_AFTER: Final = timedelta(minutes=15)
WAITS_TOO_LONG_AFTER: Final = timedelta(hours=1)
MOST_SHOWN: Final = 99

COLUMNS: Final = (
    "id",
    "status",
    "contact_id",
    "did_number_id",
    "assignee_id",
    "snoozed_until",
    "last_activity_at",
    "last_message_id",
    "last_direction",
    "last_preview",
    "last_inbound_id",
    "needs_reply_since",
    "contact__name",
    "contact__phone",
    "contact__phone_key",
    "contact__blocked_at",
    "did_number__label",
    "did_number__number",
    "assignee__username",
    "assignee__first_name",
    "assignee__last_name",
)


@dataclass(frozen=True)
class LabelMark:
    """A label on a row."""

    name: str
    colour: int


@dataclass(frozen=True)
class Waiting:
    """How long an answer has been due; `level` is "", "warn" or "bad"."""

    text: str
    level: str
    title: str


@dataclass
class Row:
    """One conversation as the list shows it."""

    id: int
    name: str
    phone: str
    phone_key: str
    age: str
    when: datetime
    exact: str
    preview: str
    is_outbound: bool
    number_id: int
    number_name: str
    status: str = "open"
    assignee_id: int | None = None
    assignee_name: str = ""
    unread: int = 0
    waiting: Waiting | None = None
    labels: list[LabelMark] = field(default_factory=list)
    more_labels: int = 0
    trouble: str = ""
    delivery: str = ""
    has_opted_out: bool = False
    is_blocked: bool = False
    snoozed_until: str = ""
    scheduled_for: str = ""
    next_send_at: datetime | None = None
    draft: str = ""
    replying: str = ""
    message_id: int | None = None
    name_parts: list[Part] = field(default_factory=list)
    text_parts: list[Part] = field(default_factory=list)

    @property
    def unread_text(self) -> str:
        """The unread count, capped."""
        return f"{MOST_SHOWN}+" if self.unread > MOST_SHOWN else str(self.unread)

    @property
    def shows_trouble(self) -> bool:
        """Whether the preview is of the very message that failed; else a mark stands below."""
        is_covered = self.draft or self.replying or self.text_parts
        return bool(self.trouble) and self.trouble == self.delivery and not is_covered

    @property
    def has_room(self) -> bool:
        """Whether the last line has room for the word "Unassigned"."""
        marks = (self.trouble and not self.shows_trouble, self.has_opted_out, self.scheduled_for)
        return not self.labels and not any(marks)


@dataclass(frozen=True)
class Page:
    """A page of a list.

    Attributes:
        rows: at most PAGE_SIZE rows.
        next_cursor: for the address of the next page; "" on the last.
    """

    rows: list[Row]
    next_cursor: str = ""


def list_page(*, query: ListQuery, user: User, at: datetime) -> Page:
    """Return one page of a list.

    Args:
        query: the list.
        user: who looks.
        at: now, aware UTC.
    """
    if query.text:
        return _page_of_hits(query=query, user=user, at=at)
    values, next_cursor = _page_of_values(query=query, user=user)
    return Page(rows=rows_of(values=values, user=user, at=at), next_cursor=next_cursor)


def _page_of_hits(*, query: ListQuery, user: User, at: datetime) -> Page:
    results = search(
        text=query.text,
        conversations=query.conversations(user=user),
        page_size=PAGE_SIZE,
        before_id=query.before_hit,
    )
    hits = {hit.conversation_id: hit for hit in results.hits}
    rows = single_rows(ids=hits, user=user, at=at)
    for row in rows:
        hit = hits[row.id]
        row.message_id, row.text_parts = hit.message_id, hit.parts
        row.name_parts = marked(row.name, results.terms)
    return Page(rows=rows, next_cursor=str(results.before_id or ""))


def _page_of_values(*, query: ListQuery, user: User) -> tuple[list[dict[str, Any]], str]:
    rows = query.conversations(user=user)
    found: list[dict[str, Any]] = []
    before = query.before
    if query.sort == WAITING and (before is None or before[0] == "w"):
        found = list(longest_waiting_first(rows, before=before).values(*COLUMNS)[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            last = found[PAGE_SIZE - 1]
            return found[:PAGE_SIZE], cursor_text(("w", last["needs_reply_since"], last["id"]))
        before = None
    if query.sort == WAITING:
        # Behind those that wait come the others, newest first.
        rows = rows.filter(needs_reply_since__isnull=True)
        if query.kind == "needs-reply":
            return found, ""
    room = PAGE_SIZE - len(found)
    rest = list(newest_first(rows, before=before).values(*COLUMNS)[: room + 1])
    found += rest[:room]
    if len(rest) <= room:
        return found, ""
    if not room:
        last = found[-1]
        return found, cursor_text(("w", last["needs_reply_since"], last["id"]))
    return found, cursor_text(("n", found[-1]["last_activity_at"], found[-1]["id"]))


def single_rows(*, ids: Iterable[int], user: User, at: datetime) -> list[Row]:
    """Return the rows of certain conversations, in the order of the ids."""
    wanted = list(ids)
    values = {
        row["id"]: row
        for row in Conversation.objects.visible_to(user).filter(pk__in=wanted).values(*COLUMNS)
    }
    ordered = [values[pk] for pk in wanted if pk in values]
    return rows_of(values=ordered, user=user, at=at)


# Rows ------------------------------------------------------------------------------------------


def rows_of(*, values: list[dict[str, Any]], user: User, at: datetime) -> list[Row]:
    """Turn columns into rows, with everything that other tables know about them."""
    rows = [_row(value, at=at) for value in values]
    if not rows:
        return rows
    by_id = {row.id: row for row in rows}
    facts = row_facts(ids=list(by_id), user_id=user.pk, replying_since=at - REPLYING_FOR)
    # Of several troubles the newest counts; labels stand in the order of their names.
    for fact in sorted(
        facts, key=lambda fact: (fact.texts[0] if fact.kind == "label" else "", fact.number)
    ):
        _add(by_id[fact.conversation_id], fact, at=at)
    return rows


def _add(row: Row, fact: Fact, *, at: datetime) -> None:
    """Put one fact where the row shows it."""
    first, second, third = fact.texts
    match fact.kind:
        case "unread":
            row.unread = fact.number
        case "delivery":
            row.delivery = first
        case "trouble":
            row.trouble = first
        case "label" if len(row.labels) < LABELS_SHOWN:
            row.labels.append(LabelMark(name=first, colour=fact.number))
        case "label":
            row.more_labels += 1
        case "opted_out":
            row.has_opted_out = True
        case "scheduled":
            when = datetime.fromisoformat(first).replace(tzinfo=UTC)
            row.next_send_at = min(when, row.next_send_at or when)
            row.scheduled_for = upcoming(row.next_send_at, at=at)
        case "draft":
            row.draft = " ".join((first or second)[:400].split())[:160]
        case "replying":
            row.replying = full_name(first_name=first, last_name=second, username=third)


def _row(value: dict[str, Any], *, at: datetime) -> Row:
    phone = format_for_reading(value["contact__phone"])
    assignee = ""
    if value["assignee_id"]:
        assignee = full_name(
            first_name=value["assignee__first_name"],
            last_name=value["assignee__last_name"],
            username=value["assignee__username"],
        )
    return Row(
        id=value["id"],
        name=value["contact__name"] or phone,
        phone=phone,
        phone_key=value["contact__phone_key"],
        age=short_age(value["last_activity_at"], at=at),
        when=value["last_activity_at"],
        exact=exact(value["last_activity_at"]),
        preview=value["last_preview"],
        is_outbound=value["last_direction"] == Message.Direction.OUTBOUND,
        number_id=value["did_number_id"],
        number_name=value["did_number__label"] or format_for_reading(value["did_number__number"]),
        status=value["status"],
        assignee_id=value["assignee_id"],
        assignee_name=assignee,
        waiting=_waiting(value["needs_reply_since"], at=at),
        is_blocked=value["contact__blocked_at"] is not None,
        snoozed_until=upcoming(value["snoozed_until"], at=at) if value["snoozed_until"] else "",
    )


def _waiting(since: datetime | None, *, at: datetime) -> Waiting | None:
    if since is None:
        return None
    length = at - since
    level = ""
    if length >= WAITS_TOO_LONG_AFTER:
        level = "bad"
    elif length >= WAITS_LONG_AFTER:
        level = "warn"
    return Waiting(
        text=short_duration(length.total_seconds()),
        level=level,
        title=_("Waiting for an answer since %(when)s") % {"when": exact(since)},
    )
