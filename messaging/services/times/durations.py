"""Durations as people write them: "in 2 hours", "30 min", "1h30", "两个星期后"."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

#: Longer ones are not read: nobody means them, and the calendar ends somewhere.
_LONGEST_MINUTES: Final = 2 * 366 * 1440
#: "21h" is an hour on the clock, "2h" a duration.
_CLOCK_HOURS: Final = range(7, 24)
_HOUR: Final = 60
_DAY: Final = 1440
_UNITS: Final = {
    "m": 1, "min": 1, "mins": 1, "minute": 1, "minutes": 1, "分钟": 1,
    "h": _HOUR, "hr": _HOUR, "hrs": _HOUR, "hour": _HOUR, "hours": _HOUR, "小时": _HOUR,
    "个小时": _HOUR,
    "d": _DAY, "day": _DAY, "days": _DAY, "天": _DAY,
    "w": 7 * _DAY, "week": 7 * _DAY, "weeks": 7 * _DAY, "周": 7 * _DAY, "星期": 7 * _DAY,
    "个星期": 7 * _DAY,
}  # fmt: skip
#: A text has single spaces, see `times.parse_time`.
_DURATION: Final = re.compile(
    r"(?P<in>in )?(?P<count>\d{1,6}(?:\.\d{1,9})?|an?\b|half(?: an?)?\b|半) ?"
    r"(?P<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|分钟|个?小时|天|个?星期|周)"
    r"(?: ?(?:and )?(?P<minutes>[0-5]\d|\d(?= ?(?:m|分)))"
    r" ?(?P<named>minutes?|mins?|m|分钟?)?)?"
    r"(?P<later>后|之后|以后| later| from now)?"
)


def instant_after(plain: str, *, now: datetime) -> datetime | None:
    """Read a text that is a duration and nothing else, and return when it is over.

    From 7 to 23 an "h" says the hour on the clock, as in "21h" and "21h30", unless the text says
    that it counts: "in 21h", "21h later", "21h 30min". Elsewhere it counts: "2h", "1h30", "48h".

    Args:
        plain: as `times.parse_time` prepares it.
        now: in the writer's zone.

    Returns:
        The instant in UTC, to the minute; None when the text is no duration.
    """
    match = _DURATION.fullmatch(plain)
    if match is None or _is_clock(match):
        return None
    unit = _UNITS[match["unit"]]
    if match["minutes"] and unit != _HOUR:
        return None
    minutes = _count(match["count"]) * unit + int(match["minutes"] or 0)
    if minutes > _LONGEST_MINUTES:
        return None
    # Days keep the hour on the clock across a change of summer time; hours are hours.
    begin = now if minutes % _DAY == 0 and unit >= _DAY else now.astimezone(UTC)
    return (begin + timedelta(minutes=minutes)).replace(second=0, microsecond=0).astimezone(UTC)


def _is_clock(match: re.Match[str]) -> bool:
    """Tell "21h" and "21h30" from a duration."""
    if match["unit"] != "h" or match["in"] or match["named"] or match["later"]:
        return False
    return match["count"].isdigit() and int(match["count"]) in _CLOCK_HOURS


def _count(word: str) -> float:
    if word[0] in "h半":
        return 0.5
    return 1 if word[0] == "a" else float(word)
