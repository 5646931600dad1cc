"""Hours on the clock as people write them: "9", "17:30", "3pm", "evening", "下午3点半"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date, tzinfo

#: Where a day is named without an hour.
MORNING: Final = time(9)
NOON: Final = time(12)
AFTERNOON: Final = time(14)
EVENING: Final = time(18)

MIDNIGHT: Final = time(0)
#: The one that ends the day.
_MIDNIGHTS: Final = frozenset({"midnight", "12 midnight", "午夜", "半夜", "半夜12点"})

#: What a part of the day means without an hour, and how it reads an hour (`_hour`).
_PARTS: Final = {
    "morning": (MORNING, "a"), "noon": (NOON, "noon"), "midday": (NOON, "noon"),
    "afternoon": (AFTERNOON, "p"), "evening": (EVENING, "evening"), "at night": (EVENING, "night"),
    "night": (EVENING, "evening"),
    "早上": (MORNING, "morning"), "早晨": (MORNING, "morning"), "上午": (MORNING, "morning"),
    "早": (MORNING, "morning"), "中午": (NOON, "noon"), "下午": (AFTERNOON, "p"),
    "傍晚": (EVENING, "p"), "晚上": (EVENING, "evening"), "晚": (EVENING, "evening"),
}  # fmt: skip
#: These need an hour.
_HALVES: Final = {"凌晨": "a", "清晨": "morning", "a": "a", "p": "p"}
_WORDS: Final = "|".join([*_PARTS, "凌晨", "清晨"])
#: A text has single spaces, see `times.parse_time`.
_CLOCK: Final = re.compile(
    rf"(?:(?P<before>{_WORDS}) ?)?(?:at |@ ?)?(?P<hour>\d{{1,2}})"
    r"(?:(?:[:.](?=\d\d)| ?(?P<h>h) ?|点)"
    r"(?:(?P<minute>[0-5]?\d(?=分)|[0-5]\d)分?|(?P<half>半)|(?P<quarter>[13])刻|钟|整)?)?"
    rf"(?: ?(?P<ampm>[ap])\.?m\.?)?(?: ?(?P<after>{_WORDS}))?"
)
#: No such hour.
_NEVER: Final = 25


@dataclass(frozen=True)
class Clock:
    """An hour on the clock.

    Attributes:
        time: the hour.
        is_vague: whether it may also mean the evening, as "9" does.
        is_next_day: whether it comes after the midnight that ends the day, as "晚上12点" does.
    """

    time: time
    is_vague: bool = False
    is_next_day: bool = False

    def on(self, day: date, zone: tzinfo) -> datetime:
        """Return the instant on a day."""
        return datetime.combine(day + timedelta(days=self.is_next_day), self.time, zone)


def clock_in(rest: str) -> Clock | None:
    """Read a text that is an hour and nothing else; no text means the morning.

    From 1 to 6 an hour is in the afternoon, unless a word or a leading zero says otherwise: "4" and
    "4:30" are, "04:00", "4am" and "4 in the morning" are not. A bare hour from 7 to 11 is vague.
    """
    if not rest:
        return Clock(MORNING)
    if rest in _PARTS:
        return Clock(_PARTS[rest][0])
    if rest in _MIDNIGHTS:
        return Clock(MIDNIGHT, is_next_day=True)
    match = _CLOCK.fullmatch(rest)
    if match is None:
        return None
    halves = {_half(match[group]) for group in ("before", "ampm", "after") if match[group]}
    hours = {_hour(int(match["hour"]), half=half) for half in halves} or {_plain_hour(match)}
    hour = hours.pop()
    # "8pm in the morning" says two things.
    if hours or hour == _NEVER:
        return None
    minute = int(match["minute"] or (30 if match["half"] else 15 * int(match["quarter"] or 0)))
    is_full = match["minute"] or match["h"] or match["hour"][0] == "0"
    is_vague = not halves and not is_full and hour < 12
    return Clock(time(hour % 24, minute), is_vague, is_next_day=hour == 24)


def _half(word: str) -> str:
    return _HALVES[word] if word in _HALVES else _PARTS[word][1]


def _plain_hour(match: re.Match[str]) -> int:
    """Return the hour where no word says which half of the day is meant."""
    hour = int(match["hour"])
    is_afternoon = match["hour"][0] != "0" and hour <= 6
    return hour + 12 if is_afternoon else hour if hour < 24 else _NEVER


def _hour(hour: int, *, half: str) -> int:
    """Return the hour from 0 to 24, or that there is no such hour.

    Args:
        hour: as it is written.
        half: "a", "p", "morning", "noon", "evening" or "night".
    """
    if hour > (12 if half in {"a", "morning"} else 23):
        return _NEVER
    if half == "a":
        return hour % 12
    if half == "night" and 0 < hour < 5:
        return hour
    if half in {"evening", "night"} and hour <= 12:
        # One to four in the evening and five at night are nothing that people agree on.
        return {0: 24}.get(hour, hour + 12 if hour > (4 if half == "evening" else 6) else _NEVER)
    return hour + 12 if hour in {"p": range(12), "noon": range(1, 4)}.get(half, ()) else hour
