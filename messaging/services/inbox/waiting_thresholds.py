"""When a row's waiting time turns amber, and when red; painted by `css/list.css` (`.wait`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from messaging.db.prepared import instant
from messaging.services.times.relative_times import exact, short_duration

if TYPE_CHECKING:
    from datetime import datetime

#: From here on a row's waiting time is amber ("warn").
WAITS_LONG_AFTER: Final = timedelta(minutes=15)
#: From here on it is red ("bad").
WAITS_TOO_LONG_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """How long an answer has been due; `level` is "", "warn" or "bad"."""

    text: str
    level: str
    title: str


def waiting_since(value: datetime | str | None, *, at: datetime) -> Waiting | None:
    """Return how long an answer has been due, None when none is.

    Args:
        value: since when the conversation needs a reply, as the database gave it.
        at: now, aware UTC.
    """
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
        title=_("Waiting for a reply since %(when)s") % {"when": exact(since)},
    )
