"""One conversation as a list shows it: what the database holds, and the words made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from messaging.db.prepared import instant
from messaging.models import Message
from messaging.phone_numbers import format_for_reading
from messaging.services.team.display_names import full_name, short_name
from messaging.services.times.relative_times import exact, short_age, upcoming

from .facts import (
    Delivery,
    Drafted,
    Labeled,
    Mentioned,
    OptedOut,
    Replying,
    Scheduled,
    Trouble,
    Unread,
)
from .sql import MOST_SHOWN
from .waiting_thresholds import Waiting, waiting_since

if TYPE_CHECKING:
    from collections.abc import Iterable

    from messaging.services.search.tokenizer import Part

    from .facts import Fact

LABELS_SHOWN: Final = 2


@dataclass(frozen=True)
class LabelMark:
    """A label on a row."""

    name: str
    color: int


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
    is_mine: bool = False
    written_by: str = ""
    has_opted_out: bool = False
    is_mentioned: bool = False
    is_blocked: bool = False
    snoozed_until: str = ""
    scheduled_for: str = ""
    next_send_at: datetime | None = None
    draft: str = ""
    replying: str = ""
    message_id: int | None = None
    note_id: int | None = None
    is_of_memo: bool = False
    last_inbound_id: int = 0
    name_parts: list[Part] = field(default_factory=list)
    text_parts: list[Part] = field(default_factory=list)

    @property
    def unread_text(self) -> str:
        """The unread count, capped."""
        return f"{MOST_SHOWN}+" if self.unread > MOST_SHOWN else str(self.unread)

    @property
    def shows_trouble(self) -> bool:
        """Whether the preview is of the very message that failed; else a mark is below."""
        is_covered = self.draft or self.replying or self.text_parts
        return bool(self.trouble) and self.trouble == self.delivery and not is_covered

    @property
    def has_room(self) -> bool:
        """Whether the last line has room for the word "Unassigned"."""
        marks = (
            self.trouble and not self.shows_trouble,
            self.has_opted_out,
            self.is_mentioned,
            self.scheduled_for,
        )
        return not self.labels and not any(marks)


def row_of(values: dict[str, Any], facts: Iterable[Fact], *, at: datetime) -> Row:
    """Put into words what is known about a conversation, in the active language and time zone.

    Args:
        values: COLUMNS by name, as the database gave them.
        facts: what other tables know.
        at: now, aware UTC.
    """
    row = _row(values, at=at)
    for fact in sorted(facts, key=_order):
        _add(row, fact, at=at)
    return row


def _order(fact: Fact) -> tuple[str, int]:
    # Of several troubles the newest counts; labels come in the order of their names.
    if isinstance(fact, Labeled):
        return fact.name, 0
    return "", fact.message_id if isinstance(fact, Trouble) else 0


def _add(row: Row, fact: Fact, *, at: datetime) -> None:
    """Put one fact where the row shows it."""
    match fact:
        case Labeled(name, color):
            _add_label(row, LabelMark(name=name, color=color))
        case Unread(count):
            row.unread = count
        case Delivery(status, first_name, last_name, username, is_mine):
            row.delivery, row.is_mine = status, bool(is_mine)
            row.written_by = short_name(
                first_name=first_name, last_name=last_name, username=username
            )
        case Trouble(status):
            row.trouble = status
        case OptedOut():
            row.has_opted_out = True
        case Mentioned():
            row.is_mentioned = True
        case Scheduled(send_at):
            when = datetime.fromisoformat(send_at).replace(tzinfo=UTC)
            row.next_send_at = min(when, row.next_send_at or when)
            row.scheduled_for = upcoming(row.next_send_at, at=at)
        case Drafted(reply, note):
            row.draft = " ".join((reply or note).split())[:160]
        case Replying(first_name, last_name, username):
            row.replying = full_name(first_name=first_name, last_name=last_name, username=username)


def _add_label(row: Row, label: LabelMark) -> None:
    if len(row.labels) < LABELS_SHOWN:
        row.labels.append(label)
    else:
        row.more_labels += 1


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
        name=value["shown_name"] or phone,
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
        waiting=waiting_since(value["needs_reply_since"], at=at),
        last_inbound_id=value["last_inbound_id"] or 0,
        is_blocked=value["blocked_since"] is not None,
        snoozed_until=upcoming(instant(snoozed_until), at=at) if snoozed_until else "",
    )
