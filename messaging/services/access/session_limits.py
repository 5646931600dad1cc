"""How long a session lasts: without use, and in all.

The times are settings (SESSION_IDLE_HOURS, SESSION_MAX_DAYS). A session's row holds the moment at
which it ends, so that reading it takes one condition; `is_over` also holds sessions to limits that
were lowered since.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

#: In a session: when its person signed in, seconds since 1970.
SIGNED_IN_AT: Final = "signed_in_at"
#: In a session: when it ends in any case, seconds since 1970.
ENDS_BY: Final = "ends_by"
#: Of a session that nobody has signed in with: it only remembers how far somebody has come.
NOBODYS_LASTS: Final = timedelta(days=1)


def idle_limit() -> timedelta:
    """Return how long a session lasts that nobody uses."""
    return timedelta(hours=settings.SESSION_IDLE_HOURS)


def longest() -> timedelta:
    """Return how long a session lasts in all."""
    return timedelta(days=settings.SESSION_MAX_DAYS)


def signed_in_at(data: Mapping[str, Any]) -> datetime | None:
    """Return when a session's person signed in; None for nobody, and in sessions of before."""
    seconds = data.get(SIGNED_IN_AT)
    if SESSION_KEY not in data or not isinstance(seconds, int | float):
        return None
    return datetime.fromtimestamp(seconds, UTC)


def ends_at(data: Mapping[str, Any], *, seen_at: datetime) -> datetime:
    """Return when a session ends if it is not used again.

    Args:
        data: what it holds.
        seen_at: when it was used.
    """
    if SESSION_KEY not in data:
        return seen_at + NOBODYS_LASTS
    began = signed_in_at(data)
    ends = [seen_at + idle_limit()]
    if began is not None:
        ends.append(began + longest())
    if (last := _ends_by(data)) is not None:
        ends.append(last)
    return min(ends)


def is_over(data: Mapping[str, Any], *, last_seen_at: datetime | None, at: datetime) -> bool:
    """Tell whether a session's time is up by the limits of now."""
    began = signed_in_at(data)
    if began is not None and began + longest() <= at:
        return True
    last = _ends_by(data)
    if last is not None and last <= at:
        return True
    return last_seen_at is not None and last_seen_at + idle_limit() <= at


def _ends_by(data: Mapping[str, Any]) -> datetime | None:
    seconds = data.get(ENDS_BY)
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
