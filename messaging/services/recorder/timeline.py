"""Everything that happened to one message, in order; `record_of` reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import User
from django.utils.dateparse import parse_datetime

from messaging.models import CircuitBreakerTrip, ConversationEvent, Message, StatusChange
from messaging.statuses import Status

from .requests import answer_facts, attempt_facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from messaging.models import Push

#: NXCloud repeats what we do not take: of one message no more pushes than these are shown.
MOST_PUSHES: Final = 200
#: Of a body.
BODY_BYTES_SHOWN: Final = 4096


@dataclass(frozen=True)
class Entry:
    """One thing that happened.

    Attributes:
        at: when, aware UTC.
        kind: created, queued, claimed, attempt, answer, push, status, replay, redaction, paused,
            resumed, resent, resolved.
        actor: the person who did it; None for the program, NXCloud and the contact.
        facts: JSON values and times, by name.
    """

    at: datetime
    kind: str
    actor: User | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """One message with its story.

    Attributes:
        message: with its conversation, contact and number.
        timeline: oldest first.
        has_raw: whether pushes carry their bytes and addresses.
    """

    message: Message
    timeline: list[Entry]
    has_raw: bool


def record_of(*, message: Message, for_administrator: bool) -> Record:
    """Read everything that is known of a message.

    Args:
        message: as its reader may see it.
        for_administrator: whether pushes come with their bytes and the address they came from.
    """
    found = [
        *_creation(message),
        *_states(message),
        *_pushes(message, has_raw=for_administrator),
        *_by_people(message),
        *_pauses(message),
    ]
    found.sort(key=lambda placed: (placed[1].at, placed[0]))
    return Record(message, [entry for _place, entry in found], has_raw=for_administrator)


#: Entries of the same moment follow each other by the first number.
_Placed = tuple[int, Entry]
_FIRST, _PUSH, _LAST = -2, -1, 10**9


def _creation(message: Message) -> Iterator[_Placed]:
    facts = {
        "direction": message.direction,
        "number": message.did_number.number,
        "phone": message.conversation.contact.phone_key,
        "segments": message.segments,
        "encoding": message.encoding,
        "is_automatic": message.is_automatic,
        "client_id": message.client_id,
        "send_at": message.send_at,
        "resend_of": message.resend_of_id,
        "provider_time": message.provider_time if message.is_inbound else None,
    }
    known = {name: value for name, value in facts.items() if value not in (None, "", False)}
    yield _FIRST, Entry(message.created_at, "created", message.sent_by, known)


def _states(message: Message) -> Iterator[_Placed]:
    """Return every status; around an attempt also the claim, the request and its answer."""
    changes = list(message.status_changes.order_by("id"))
    if not changes:
        changes = [StatusChange(status=message.status, at=message.created_at)]
    claimed: StatusChange | None = None
    attempts = 0
    for place, change in enumerate(changes):
        entries: list[Entry] = []
        if change.status == Status.SENDING:
            attempts, claimed = attempts + 1, change
            facts = {"attempt": attempts, "worker": _worker(change, message)}
            entries.append(Entry(change.at, "claimed", facts=facts))
        elif claimed is not None:
            began, claimed = claimed, None
            entries += _attempt(message, began=began, ended=change, number=attempts)
        if change.status == Status.QUEUED:
            facts = {"attempts": attempts, **_why(change)}
            entries.append(Entry(change.at, "queued", facts=facts))
        entries.append(Entry(change.at, "status", facts={"status": change.status, **_why(change)}))
        yield from ((place * 4 + step, entry) for step, entry in enumerate(entries))
    if claimed is not None:
        facts = attempt_facts(message=message, trace={}, number=attempts)
        facts["worker"] = _worker(claimed, message)
        yield len(changes) * 4, Entry(claimed.at, "attempt", facts=facts)


def _attempt(
    message: Message, *, began: StatusChange, ended: StatusChange, number: int
) -> Iterator[Entry]:
    trace = ended.trace or {}
    facts = attempt_facts(message=message, trace=trace, number=number)
    facts["worker"] = _worker(began, message)
    yield Entry(began.at, "attempt", facts=facts)
    answer = answer_facts(message=message, trace=trace, change=ended)
    if answer:
        yield Entry(ended.at, "answer", facts={"attempt": number, **answer})


def _worker(change: StatusChange, message: Message) -> str:
    """Return who claimed it; of an older message only the last worker is known."""
    return str((change.trace or {}).get("worker", "")) or message.claimed_by


def _why(change: StatusChange) -> dict[str, Any]:
    if change.reason is None:
        return {}
    return {
        "code": change.reason.code,
        "detail": change.reason.in_english(),
        "owner": change.reason.owner.value,
        "reason_facts": dict(change.reason.facts),
    }


def _pushes(message: Message, *, has_raw: bool) -> Iterator[_Placed]:
    rows = message.pushes.order_by("id")
    pushes = list((rows if has_raw else rows.defer("raw_body"))[:MOST_PUSHES])
    people = _people(
        replay["by"] for push in pushes for replay in push.replays or () if replay["by"]
    )
    for push in pushes:
        yield _PUSH, Entry(push.received_at, "push", facts=_push_facts(push, has_raw=has_raw))
        for at, by, facts in _replays(push):
            yield _LAST, Entry(at, "replay", people.get(by), {"push": push.pk, **facts})


def _push_facts(push: Push, *, has_raw: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "push": push.pk,
        "type": push.kind,
        "outcome": push.outcome,
        "rule": push.reason,
        "flags": list(push.flags),
        "is_signed": push.is_signed,
        "action": push.action,
    }
    if has_raw:
        raw = bytes(push.raw_body)
        facts |= {
            "remote_addr": push.remote_addr,
            "content_type": push.content_type,
            "bytes": len(raw),
            "body": push.body_text[:BODY_BYTES_SHOWN],
            "hex": push.hex_lines,
        }
    return facts


def _replays(push: Push) -> Iterator[tuple[datetime, int, dict[str, Any]]]:
    for replay in push.replays or ():
        at = parse_datetime(replay["at"])
        if at is not None:
            yield (
                at,
                replay["by"] or 0,
                {"outcome": replay["outcome"], "rule": replay["reason"]},
            )
    if not push.replays and push.replayed_at:
        # By an earlier version, which kept only that it was.
        yield push.replayed_at, 0, {"outcome": push.outcome, "rule": push.reason}


def _people(keys: Iterator[int]) -> dict[int, User]:
    wanted = set(keys)
    return User.objects.in_bulk(wanted) if wanted else {}


def _by_people(message: Message) -> Iterator[_Placed]:
    """Return what people did about the message beside its states."""
    if message.redacted_at is not None:
        yield _LAST, Entry(message.redacted_at, "redaction", message.redacted_by)
    for repeat in message.resends.select_related("sent_by"):
        yield _LAST, Entry(repeat.created_at, "resent", repeat.sent_by, {"message": repeat.pk})
    if message.attention_cleared_at is not None:
        events = message.conversation.events.filter(
            kind=ConversationEvent.Kind.DEALT_WITH, facts__message_id=message.pk
        )
        for event in events.select_related("actor"):
            yield _LAST, Entry(event.at, "resolved", event.actor)


def _pauses(message: Message) -> Iterator[_Placed]:
    """Return when this message stopped all sending, and who resumed it."""
    if message.is_inbound:
        return
    for trip in CircuitBreakerTrip.objects.filter(message=message).select_related("ended_by"):
        facts = {
            "code": trip.reason.code,
            "detail": trip.reason.in_english(),
            "owner": trip.reason.owner.value,
            "reason_facts": dict(trip.reason.facts),
        }
        yield _LAST, Entry(trip.began_at, "paused", facts=facts)
        if trip.ended_at is not None:
            yield _LAST, Entry(trip.ended_at, "resumed", trip.ended_by)
