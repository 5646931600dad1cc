"""When a number is answered, and how much of a wait falls into that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def counted_seconds(*, did_number_id: int, since: datetime, until: datetime) -> float:
    """Return how long somebody waited, in seconds.

    Args:
        did_number_id: the number that they wrote to.
        since: when the reply became due, aware.
        until: when it was given, aware.
    """
    return max((until - since).total_seconds(), 0.0)
