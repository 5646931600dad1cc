"""Limits: how often something may be tried, and how long to wait after that.

A limit counts in a window that begins with the first attempt. From `most` attempts on, each further
one blocks: for `first_wait`, then twice as long every time, up to `longest_wait`. Attempts
made while blocked are not counted or stored, so nobody can lengthen a block or fill the table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.crypto import salted_hmac

from messaging.models import AttemptCount

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: How long somebody waits while too many attempts are under way.
SECONDS_WHILE_CROWDED: Final = 2


@dataclass(frozen=True)
class Limit:
    """How often something may be tried.

    Attributes:
        name: what is counted; part of the key.
        most: attempts before it blocks.
        within: how long they are counted together.
        first_wait: how long the attempt numbered `most` blocks.
        longest_wait: how long any attempt blocks at most; `first_wait` when not given.
        in_flight: how many attempts beyond `most` may be under way at once. With it an attempt
            blocks only when it has failed (`confirm_failure`): many who are right at the same
            moment do not shut each other out, and many guesses at once are still bounded.
    """

    name: str
    most: int
    within: timedelta
    first_wait: timedelta
    longest_wait: timedelta | None = None
    in_flight: int = 0

    def wait_after(self, count: int) -> timedelta:
        """Return how long to block after so many attempts."""
        if count < self.most:
            return timedelta(0)
        longest = self.longest_wait or self.first_wait
        doublings = min(count - self.most, 30)
        return min(self.first_wait * (1 << doublings), longest)


@dataclass(frozen=True)
class Counter:
    """A limit for one subject: an account, an address, both."""

    limit: Limit
    subject: str

    @property
    def key(self) -> str:
        """The row's key, from which nobody can read the subject."""
        return salted_hmac(
            f"didsms.attempts.{self.limit.name}", self.subject, algorithm="sha256"
        ).hexdigest()


def take(*counters: Counter, at: datetime) -> int:
    """Count an attempt that is about to be made, in one step with the look whether it may be.

    Counting first keeps many attempts at the same moment from passing together.

    Args:
        *counters: all that the attempt counts for; when one of them blocks, none counts.
        at: now, aware UTC.

    Returns:
        Whole seconds to wait; 0 when the attempt may be made.
    """
    if seconds := wait_for(*counters, at=at):
        return seconds  # without a row written
    with transaction.atomic():
        rows = _locked(counters, at=at)
        if seconds := max((_seconds(row, at=at) for row in rows), default=0):
            return seconds
        limited = list(zip((counter.limit for counter in counters), rows, strict=True))
        if any(
            limit.in_flight and row.count >= limit.most + limit.in_flight for limit, row in limited
        ):
            return SECONDS_WHILE_CROWDED
        for limit, row in limited:
            row.count += 1
            if not limit.in_flight:
                _block(row, limit=limit, at=at)
            row.save()
    return 0


def confirm_failure(counter: Counter, *, at: datetime) -> int:
    """Block where an attempt that `take` has counted failed and was the last; return the seconds.

    For a limit with `in_flight`.
    """
    with transaction.atomic():
        row = AttemptCount.objects.select_for_update().filter(key=counter.key).first()
        if row is None:  # somebody who was right began the count again
            return 0
        _block(row, limit=counter.limit, at=at)
        row.save()
    return _seconds(row, at=at)


def _block(row: AttemptCount, *, limit: Limit, at: datetime) -> None:
    wait = limit.wait_after(row.count)
    row.blocked_until = at + wait if wait else None
    row.ends_at = max(row.ends_at, row.blocked_until or row.ends_at)


def wait_for(*counters: Counter, at: datetime) -> int:
    """Return how many whole seconds the counters block, 0 when none does; count nothing."""
    rows = AttemptCount.objects.filter(key__in=[counter.key for counter in counters])
    return max((_seconds(row, at=at) for row in rows), default=0)


def count_of(counter: Counter, *, at: datetime) -> int:
    """Return how many attempts are counted at the moment."""
    row = AttemptCount.objects.filter(key=counter.key, ends_at__gt=at).first()
    return row.count if row else 0


def forget(*counters: Counter) -> None:
    """Begin to count from zero."""
    AttemptCount.objects.filter(key__in=[counter.key for counter in counters]).delete()


def forget_old_attempts(*, at: datetime) -> int:
    """Delete the counters whose time is over; return how many."""
    return AttemptCount.objects.filter(ends_at__lte=at).delete()[0]


def _locked(counters: Sequence[Counter], *, at: datetime) -> list[AttemptCount]:
    """Return a locked row for each counter, made where there is none, empty where it is over."""
    keys = [counter.key for counter in counters]
    fresh = [
        AttemptCount(key=counter.key, ends_at=at + counter.limit.within) for counter in counters
    ]
    # Always in the same order: two attempts at once must not wait for each other.
    AttemptCount.objects.bulk_create(sorted(fresh, key=lambda row: row.key), ignore_conflicts=True)
    found = {
        row.key: row
        for row in AttemptCount.objects.select_for_update().filter(key__in=keys).order_by("key")
    }
    return [
        row if (row := found.get(new.key)) is not None and row.ends_at > at else new
        for new in fresh
    ]


def _seconds(row: AttemptCount, *, at: datetime) -> int:
    if row.blocked_until is None or row.blocked_until <= at:
        return 0
    return math.ceil((row.blocked_until - at).total_seconds())
