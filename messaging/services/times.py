"""Times as people write them: "tomorrow 9", "in 2 hours", "mon 14:00", "明天9点"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .chinese_times import in_digits, weekday_of
from .errors import InvalidInput

if TYPE_CHECKING:
    from datetime import tzinfo

#: Where a day is named without an hour.
MORNING: Final = time(9)
AFTERNOON: Final = time(14)
EVENING: Final = time(18)
FURTHEST: Final = timedelta(days=366)

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_NUMBER_WORDS: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "half": 0.5,
                        "半": 0.5}  # fmt: skip
_UNITS: Final = {
    "m": 1, "min": 1, "mins": 1, "minute": 1, "minutes": 1, "分钟": 1,
    "h": 60, "hr": 60, "hrs": 60, "hour": 60, "hours": 60, "小时": 60, "个小时": 60,
    "d": 1440, "day": 1440, "days": 1440, "天": 1440,
    "w": 10080, "week": 10080, "weeks": 10080, "周": 10080, "星期": 10080, "个星期": 10080,
}  # fmt: skip

_IN: Final = re.compile(
    r"(?:in\s+)?(?P<count>\d+(?:[.,]\d+)?|an?|one|two|three|four|half(?:\s+an?)?|半)\s*"
    r"(?P<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|分钟|个?小时|天|个?星期|周)(?:后|之后|以后)?"
)
_CLOCK: Final = re.compile(
    r"(?:at\s+|@\s*)?(?P<part>早上|早晨|清晨|凌晨|上午|中午|下午|傍晚|晚上|早|晚)?\s*(?P<hour>\d{1,2})"
    r"(?:(?:[:.h点]|\s*(?=[ap]m))(?:(?P<minute>[0-5]?\d(?=分)|[0-5]\d)?分?|(?P<half>半)|(?P<quarter>[13])刻|钟|整))?"
    r"\s*(?P<ampm>a\.?m\.?|p\.?m\.?)?"
)
_PARTS: Final = {
    "morning": MORNING, "noon": time(12), "afternoon": AFTERNOON, "evening": EVENING,
    "tonight": EVENING, "早上": MORNING, "早晨": MORNING, "早": MORNING, "上午": MORNING,
    "中午": time(12), "下午": AFTERNOON, "傍晚": EVENING, "晚上": EVENING, "晚": EVENING,
}  # fmt: skip
_HALF_DAYS: Final = {"下午": "p", "傍晚": "p", "中午": "noon", "晚上": "evening", "晚": "evening",
                     "凌晨": "a"}  # fmt: skip


def parse_time(text: str, *, at: datetime, zone: tzinfo) -> datetime:
    """Read a future time as a person writes it.

    Args:
        text: "tomorrow 9", "in 2 hours", "mon 14:00", "17:30", "24 dec 10am", "2026-12-24 10:00",
            "tonight", "next week", "明早", "下周三下午3点半", "2小时后"; or ISO
            8601 with an offset.
        at: now, aware UTC.
        zone: the writer's time zone.

    Returns:
        The instant in UTC, to the minute. A bare hour means its next occurrence.

    Raises:
        InvalidInput: it cannot be read, has passed, or is over a year ahead (field ``when``).
    """
    plain = in_digits(
        " ".join(unicodedata.normalize("NFKC", text).casefold().replace(",", " ").split())
    )
    if not plain:
        raise InvalidInput(_("Say when."), field="when", code="required")
    now = at.astimezone(zone)
    found = _exact(text.strip(), zone) or _after(plain, now) or _on_a_day(plain, now, zone)
    if found is None:
        raise InvalidInput(
            _("This time cannot be read. Try “tomorrow 9”, “in 2 hours” or “mon 14:00”."),
            field="when",
            code="unreadable",
        )
    if found <= at:
        raise InvalidInput(_("This time has passed."), field="when", code="not_in_future")
    if found - at > FURTHEST:
        raise InvalidInput(_("This is more than a year ahead."), field="when", code="too_far_ahead")
    return found


def _exact(text: str, zone: tzinfo) -> datetime | None:
    """Read ISO 8601, as `<input type="datetime-local">` sends it."""
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _after(plain: str, now: datetime) -> datetime | None:
    match = _IN.fullmatch(plain)
    if match is None:
        return None
    word = match["count"].split()[0]
    count = _NUMBER_WORDS.get(word) or float(word.replace(",", "."))
    if count * _UNITS[match["unit"]] > FURTHEST.days * 1440 * 2:
        return None
    # Days keep the hour on the clock across a change of summer time; hours are hours.
    minutes = count * _UNITS[match["unit"]]
    if minutes % 1440 == 0 and _UNITS[match["unit"]] >= 1440:
        return _utc((now + timedelta(minutes=minutes)).replace(second=0, microsecond=0))
    return (_utc(now) + timedelta(minutes=minutes)).replace(second=0, microsecond=0)


def _on_a_day(plain: str, now: datetime, zone: tzinfo) -> datetime | None:
    day, rest = _day_in(plain, now.date())
    clock = _clock_in(rest)
    if clock is None:
        return None
    if day is not None:
        return _utc(clock.on(day, zone))
    if not rest:
        return None
    moment = clock.on(now.date(), zone)
    # "4" after nine in the morning is this afternoon; a full clock time means what it says.
    if moment <= now and clock.is_vague and moment + timedelta(hours=12) > now:
        return _utc(moment + timedelta(hours=12))
    if moment <= now:
        moment = clock.on(now.date() + timedelta(days=1), zone)
    return _utc(moment)


def _day_in(plain: str, today: date) -> tuple[date | None, str]:
    """Take the day out of the text; return it (None when there is none) and what is left."""
    rules: list[tuple[str, date]] = [
        (r"大后天", today + timedelta(days=3)),
        (r"day after tomorrow|后天", today + timedelta(days=2)),
        (r"tomorrow|tomorow|tmrw|tmr|明天|明日|明(?=[早晚])", today + timedelta(days=1)),
        (r"today|今天|今日|今(?=[早晚])", today),
        (
            r"next week|下个?(?:周|星期|礼拜)(?![一二三四五六日天])",
            today + timedelta(days=7 - today.weekday()),
        ),
    ]
    for pattern, day in rules:
        match = re.search(pattern, plain)
        if match:
            return day, _without(plain, match)
    match = re.search(r"(?:next\s+|on\s+)?\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b", plain)
    if match:
        ahead = (_WEEKDAYS.index(match[1]) - today.weekday()) % 7 or 7
        return today + timedelta(days=ahead), _without(plain, match)
    match = re.search(r"(?:(下+|这|本)个?)?(?:周|星期|礼拜)([一二三四五六日天])", plain)
    if match:
        return weekday_of(day=match[2], week=match[1] or "", today=today), _without(plain, match)
    return _date_in(plain, today)


def _date_in(plain: str, today: date) -> tuple[date | None, str]:
    months = "|".join(_MONTHS)
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]",
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m>{months})[a-z]*(?:\s+(?P<y>\d{{4}}))?",
        rf"(?P<m>{months})[a-z]*\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+(?P<y>\d{{4}}))?(?![:.\d])",
    ):
        match = re.search(pattern, plain)
        if match is None:
            continue
        month = int(match["m"]) if match["m"].isdigit() else _MONTHS.index(match["m"]) + 1
        try:
            day = date(int(match["y"] or today.year), month, int(match["d"]))
            if day < today and not match["y"]:
                day = day.replace(year=day.year + 1)
        except ValueError:
            return None, "?"
        return day, _without(plain, match)
    return None, plain


@dataclass(frozen=True)
class _Clock:
    """An hour on the clock.

    Attributes:
        time: the hour.
        is_vague: whether it may also mean the afternoon.
        is_next_day: whether it lies after the midnight that ends the day, as "晚上12点" does.
    """

    time: time
    is_vague: bool = False
    is_next_day: bool = False

    def on(self, day: date, zone: tzinfo) -> datetime:
        """Return the instant on a day."""
        return datetime.combine(day + timedelta(days=self.is_next_day), self.time, zone)


def _clock_in(rest: str) -> _Clock | None:
    """Read the hour. Nothing means the morning."""
    if not rest:
        return _Clock(MORNING)
    if rest in _PARTS:
        return _Clock(_PARTS[rest])
    match = _CLOCK.fullmatch(rest)
    if match is None:
        return None
    written, part = int(match["hour"]), match["part"] or ""
    half_day = (match["ampm"] or "")[:1] or _HALF_DAYS.get(part, "")
    hour = _hour(written, half_day=half_day)
    if hour > 24:
        return None
    minute = int(match["minute"] or (30 if match["half"] else 15 * int(match["quarter"] or 0)))
    is_vague = not half_day and match["minute"] is None and not part and 0 < hour < 12
    return _Clock(time(hour % 24, minute), is_vague, is_next_day=hour == 24)


def _hour(hour: int, *, half_day: str) -> int:
    """Return the hour from 0 to 24; more is none.

    Args:
        hour: as it is written.
        half_day: "a", "p", "noon", "evening", or "" when nothing says which half is meant.
    """
    if half_day == "a" and hour == 12:
        return 0
    if half_day == "evening" and hour <= 12:
        # One to four in the evening is nothing that people agree on.
        return {0: 24}.get(hour, hour + 12 if hour > 4 else 25)
    if hour in {"p": range(12), "noon": range(1, 4)}.get(half_day, range(0)):
        return hour + 12
    return hour if hour < 24 else 25


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}".strip()


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def say_time(moment: datetime, *, zone: tzinfo) -> str:
    """Write an instant for its reader: weekday, date and hour in their zone."""
    local = moment.astimezone(zone)
    pattern = pgettext("date format: weekday, day, month, year, time", "D j M Y, H:i")
    return formats.date_format(local, pattern)
