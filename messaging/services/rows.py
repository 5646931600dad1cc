"""One conversation as a list shows it: what the database holds, and the words made of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.utils.translation import gettext as _

from messaging.models import Message
from messaging.models.prepared import instant
from messaging.phone_numbers import format_for_reading

from .ages import exact, short_age, short_duration, upcoming, words_hold_until
from .people import full_name
from .presence import REPLYING_LASTS
from .row_facts import Fact, row_facts

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from .search_terms import Part

LABELS_SHOWN: Final = 2
WAITS_LONG_AFTER: Final = timedelta(minutes=15)
WAITS_TOO_LONG_AFTER: Final = timedelta(hours=1)
MOST_SHOWN: Final = 99

#: Of a conversation, and whether its reader sees more than one DID number.
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
    "sees_several_numbers",
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
    sees_several_numbers: bool = False
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


class Record(NamedTuple):
    """What the database holds about one row: its words follow from it, from the clock and the zone.

    Attributes:
        values: COLUMNS, as the database's driver gave them.
        facts: what other tables know about the conversation.
        message_id: the text that a search found; None when it found the contact.
        name_parts: the name, cut where the search matches; empty without a search.
        text_parts: the text, cut where the search matches.
    """

    values: tuple[Any, ...]
    facts: tuple[Fact, ...] = ()
    message_id: int | None = None
    name_parts: tuple[Part, ...] = ()
    text_parts: tuple[Part, ...] = ()

    @property
    def id(self) -> int:
        """The conversation's id."""
        conversation_id: int = self.values[0]
        return conversation_id

    def row(self, *, at: datetime) -> Row:
        """Put everything into words, in the active language and time zone.

        Args:
            at: now, aware UTC.
        """
        row = _row(dict(zip(COLUMNS, self.values, strict=True)), at=at)
        for fact in self.facts:
            _add(row, fact, at=at)
        row.message_id = self.message_id
        row.name_parts, row.text_parts = list(self.name_parts), list(self.text_parts)
        return row

    def words_hold_until(self, *, at: datetime) -> datetime:
        """Return until when a row made now says what a row made later would say."""
        known = dict(zip(COLUMNS, self.values, strict=True))
        moments = [known["last_activity_at"], known["needs_reply_since"]]
        return words_hold_until([instant(moment) for moment in moments if moment], at=at)


def records_of(*, found: list[tuple[Any, ...]], user: User, at: datetime) -> list[Record]:
    """Join to each conversation's COLUMNS what other tables know about it.

    Args:
        found: the COLUMNS of at most a page.
        user: who looks.
        at: now, aware UTC.
    """
    by_id: dict[int, list[Fact]] = defaultdict(list)
    ids = [values[0] for values in found]
    for fact in row_facts(ids=ids, user_id=user.pk, replying_since=at - REPLYING_LASTS):
        by_id[fact.conversation_id].append(fact)
    return [Record(values, tuple(sorted(by_id[values[0]], key=_order))) for values in found]


def _order(fact: Fact) -> tuple[str, int]:
    # Of several troubles the newest counts; labels stand in the order of their names.
    return (fact.first, 0) if fact.kind == "label" else ("", fact.number)


def _add(row: Row, fact: Fact, *, at: datetime) -> None:
    """Put one fact where the row shows it."""
    match fact.kind:
        case "unread":
            row.unread = fact.number
        case "delivery":
            row.delivery = fact.first
        case "trouble":
            row.trouble = fact.first
        case "label" if len(row.labels) < LABELS_SHOWN:
            row.labels.append(LabelMark(name=fact.first, colour=fact.number))
        case "label":
            row.more_labels += 1
        case "opted_out":
            row.has_opted_out = True
        case "scheduled":
            when = datetime.fromisoformat(fact.first).replace(tzinfo=UTC)
            row.next_send_at = min(when, row.next_send_at or when)
            row.scheduled_for = upcoming(row.next_send_at, at=at)
        case "draft":
            row.draft = " ".join((fact.first or fact.second)[:400].split())[:160]
        case "replying":
            row.replying = full_name(
                first_name=fact.first, last_name=fact.second, username=fact.third
            )


def _row(value: dict[str, Any], *, at: datetime) -> Row:
    phone = format_for_reading(value["contact__phone"])
    active_at, snoozed_until = instant(value["last_activity_at"]), value["snoozed_until"]
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
        age=short_age(active_at, at=at),
        when=active_at,
        exact=exact(active_at),
        preview=value["last_preview"],
        is_outbound=value["last_direction"] == Message.Direction.OUTBOUND,
        number_id=value["did_number_id"],
        number_name=value["did_number__label"] or format_for_reading(value["did_number__number"]),
        sees_several_numbers=bool(value["sees_several_numbers"]),
        status=value["status"],
        assignee_id=value["assignee_id"],
        assignee_name=assignee,
        waiting=_waiting(value["needs_reply_since"], at=at),
        is_blocked=value["contact__blocked_at"] is not None,
        snoozed_until=upcoming(instant(snoozed_until), at=at) if snoozed_until else "",
    )


def _waiting(value: datetime | str | None, *, at: datetime) -> Waiting | None:
    if value is None:
        return None
    since = instant(value)
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
