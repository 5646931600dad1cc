"""Write ordinary outcomes and claim ordinary messages, a worker's whole cycle in one transaction.

Through the ORM, one message at a time, what a message needs costs several times as much processor
time, all of it under the interpreter's lock that the sending threads need too. Here it is a few
statements for all of them. Whatever is out of the ordinary (an error, an orphan that waits for the
message, a message that must not be sent any more, a paused queue, …) is left alone and reported:
`attempt.record_outcome` and `claims.claim_due_messages` do it the long way. Both leave the same
rows; the tests hold them against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from messaging.models import Change
from messaging.services.feed.changes import notify_after_commit
from messaging.services.sending.claims import (
    Claim,
    failed_lately,
    first_slot,
    gap,
    is_in_time,
)

from . import postgresql, sqlite
from .rows import Accepted, Candidate, Search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from types import ModuleType

    from messaging.stopwatch import Stopwatch


@dataclass
class Cycle:
    """What one transaction did.

    Attributes:
        written: messages whose outcomes are written; of the others nothing is.
        claims: messages that may be sent once the transaction is committed, and not before.
        has_unusual: whether a number with a free slot has a message that must not be sent.
    """

    written: set[int] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)
    has_unusual: bool = False


def write_and_claim(
    accepted: Sequence[Accepted], *, worker: str, limit: int, at: datetime, watch: Stopwatch
) -> Cycle:
    """Write outcomes, then claim up to ``limit`` messages; must run in a transaction.

    The outcomes are guarded by worker and attempt. The claims keep the rates of the numbers and the
    order of each conversation; pauses, opt-outs, ages and inactive numbers are looked at here.

    Args:
        accepted: what the provider accepted, each message once and each of its ids once.
        worker: the name that the claims were, and are, made with.
        limit: how many requests can be in flight besides those that are.
        at: now, aware UTC.
        watch: started before ``at`` was taken.
    """
    sql = _statements()
    search = None
    if limit > 0 and is_in_time(watch):
        oldest = at - timedelta(seconds=settings.OUTBOX_MAX_AGE)
        search = Search(limit, oldest, failed_lately())
    if not accepted and search is None:
        return Cycle()
    written, found = sql.write_and_find(accepted, search, worker=worker, at=at)
    chosen = _choose(found, limit=limit, at=at)
    claims: list[Claim] = []
    if written or chosen:
        ids, slots = [row.message_id for row in chosen], _slots_after(chosen, at=at)
        traces = {one.message_id: one.trace for one in accepted if one.message_id in written}
        claimed, hints = sql.claim_and_note(ids, slots, traces, worker=worker, at=at)
        notify_after_commit(
            [(hint[0], Change.Kind.STATUS.value, hint[1], hint[2]) for hint in hints]
        )
        claims = [_claim(row, at, watch) for row in chosen if row.message_id in claimed]
    return Cycle(written, claims, has_unusual=any(row.must_not_go for row in found))


def look(*, at: datetime) -> tuple[bool, bool]:
    """Tell whether sending is paused, and whether a number with a free slot has a message due."""
    with connection.wrap_database_errors:
        found: tuple[bool, bool] = _statements().look(at=at, resting=failed_lately())
    return found


def seconds_to_next_slot(*, at: datetime) -> float | None:
    """Return how long until a DID number with due messages may send again; None when none waits."""
    first: datetime | None = _statements().next_slot(at=at, resting=failed_lately())
    return (first - at).total_seconds() if first else None


def _statements() -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite


def _choose(rows: Iterable[Candidate], *, limit: int, at: datetime) -> list[Candidate]:
    """Choose what is sent now: of each number as much as its rate allows, the numbers in turns.

    What waits behind a message that must not be sent waits for the long way, which blocks that one.
    """
    places: list[tuple[int, Candidate]] = []
    in_order = sorted(rows, key=attrgetter("did_number_id", "queued_at", "message_id"))
    for _number, group in groupby(in_order, key=attrgetter("did_number_id")):
        own = list(group)
        slot = first_slot(own[0].next_send_at, at=at)
        for place, row in enumerate(own):
            if slot > at or row.must_not_go:
                break
            places.append((place, row))
            slot += gap(row.max_per_second)
    places.sort(key=lambda placed: placed[0])
    return [row for _place, row in places[:limit]]


def _slots_after(chosen: Iterable[Candidate], *, at: datetime) -> dict[int, datetime]:
    """Return the next slot of each number, when its chosen messages have had theirs."""
    slots: dict[int, datetime] = {}
    for row in chosen:
        slot = slots.get(row.did_number_id) or first_slot(row.next_send_at, at=at)
        slots[row.did_number_id] = slot + gap(row.max_per_second)
    return slots


def _claim(row: Candidate, at: datetime, watch: Stopwatch) -> Claim:
    return Claim(
        message_id=row.message_id,
        attempts=row.attempts + 1,
        sender=row.sender,
        phone=row.phone,
        content=row.content,
        began_at=at,
        provider_code=row.provider_code,
        watch=watch,
    )
