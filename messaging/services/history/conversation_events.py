"""What happened to a conversation: the lines that a thread shows between its messages.

Each kind is a class with its own fields; the database holds them by name, and the words are made
where a line is shown.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.dateparse import parse_datetime

from messaging.models import Change, ConversationEvent
from messaging.services.feed.changes import announce

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from messaging.models import Conversation

Kind = ConversationEvent.Kind


@dataclass(frozen=True)
class Event:
    """One thing that happened; what there is to say beside it are its fields."""

    kind: ClassVar[ConversationEvent.Kind]


@dataclass(frozen=True)
class Started(Event):
    """The first message made the conversation."""

    kind = Kind.STARTED


@dataclass(frozen=True)
class Assigned(Event):
    """Somebody is to work on it."""

    kind = Kind.ASSIGNED
    to: User | None = None


@dataclass(frozen=True)
class Unassigned(Event):
    """Nobody is to work on it any more."""

    kind = Kind.UNASSIGNED


@dataclass(frozen=True)
class Closed(Event):
    """The team's work on it is done."""

    kind = Kind.CLOSED


@dataclass(frozen=True)
class Reopened(Event):
    """The team works on it again."""

    kind = Kind.REOPENED


@dataclass(frozen=True)
class Snoozed(Event):
    """It was put away until a time."""

    kind = Kind.SNOOZED
    until: datetime | None = None


@dataclass(frozen=True)
class SnoozeEnded(Event):
    """The time until which it was put away has come."""

    kind = Kind.SNOOZE_ENDED


@dataclass(frozen=True)
class Labeled(Event):
    """A label was added; `label` is its name at that time."""

    kind = Kind.LABELED
    label: str = ""


@dataclass(frozen=True)
class Unlabeled(Event):
    """A label was removed; `label` is its name at that time."""

    kind = Kind.UNLABELED
    label: str = ""


@dataclass(frozen=True)
class OptedOut(Event):
    """The contact must not be written to."""

    kind = Kind.OPTED_OUT
    is_for_all_numbers: bool = False


@dataclass(frozen=True)
class OptedIn(Event):
    """The contact may be written to again: a person said why, or the contact sent a keyword."""

    kind = Kind.OPTED_IN
    reason: str = ""
    keyword: str = ""


@dataclass(frozen=True)
class NoReplyNeeded(Event):
    """Somebody settled "needs reply" without an answer."""

    kind = Kind.NO_REPLY_NEEDED


@dataclass(frozen=True)
class NumberChanged(Event):
    """The number of the other side changed; written by earlier versions."""

    kind = Kind.NUMBER_CHANGED
    words: str = ""


@dataclass(frozen=True)
class Renamed(Event):
    """The contact was given a name."""

    kind = Kind.RENAMED
    name: str = ""


@dataclass(frozen=True)
class Blocked(Event):
    """The sender is unwanted."""

    kind = Kind.BLOCKED
    is_for_all_numbers: bool = False


@dataclass(frozen=True)
class Unblocked(Event):
    """The sender is not unwanted any more."""

    kind = Kind.UNBLOCKED
    is_for_all_numbers: bool = False


@dataclass(frozen=True)
class Redacted(Event):
    """A text was hidden."""

    kind = Kind.REDACTED


@dataclass(frozen=True)
class DealtWith(Event):
    """A message that failed needs no attention any more."""

    kind = Kind.DEALT_WITH
    message_id: int | None = None


EVENTS: Final[dict[str, type[Event]]] = {str(event.kind): event for event in Event.__subclasses__()}


def note_event(
    *, conversation: Conversation, event: Event, actor: User | None, at: datetime
) -> None:
    """Write a line into a thread and tell the browsers; must run in the change's transaction.

    Args:
        conversation: whose thread.
        event: what was done.
        actor: who did it; None for the program or the contact.
        at: when, aware UTC.
    """
    row_of(event, conversation=conversation, actor=actor, at=at).save(force_insert=True)
    announce(kind=Change.Kind.CONVERSATION, conversation=conversation)


def row_of(
    event: Event, *, conversation: Conversation, actor: User | None, at: datetime
) -> ConversationEvent:
    """Return the line of an event, not yet written."""
    return ConversationEvent(
        conversation=conversation,
        kind=event.kind,
        actor=actor,
        subject=event.to if isinstance(event, Assigned) else None,
        facts=_facts_of(event),
        at=at,
    )


def event_of(row: ConversationEvent) -> Event:
    """Return what a line says."""
    kind = EVENTS[row.kind]
    if kind is Assigned:
        return Assigned(to=row.subject)
    facts: dict[str, Any] = dict(row.facts or {})
    if kind is Snoozed:
        return Snoozed(until=parse_datetime(str(facts.get("until", ""))))
    known = {name: facts[name] for name in kind.__dataclass_fields__ if name in facts}
    return kind(**known)


def _facts_of(event: Event) -> dict[str, Any] | None:
    """Return the fields of an event that say something, as JSON holds them."""
    if isinstance(event, Assigned):
        return None
    return {name: _plain(value) for name, value in asdict(event).items() if value} or None


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
