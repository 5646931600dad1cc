"""Days as people write them: "tomorrow", "sat 5 dec", "1/12", "next month", "下周三"."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from . import chinese
from .english import MONTHS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable

#: The day, and what is left of the text.
Found = tuple[date, str]

_ENGLISH: Final = rf"\b(?P<english>{'|'.join(WEEKDAYS)})\b\.?"
_CHINESE: Final = rf"(?:周|星期|礼拜)(?P<chinese>[{''.join(chinese.WEEKDAYS)}])"
_PLAIN_WEEKDAY: Final = re.compile(rf"(?:\bon\s+)?{_ENGLISH}|{_CHINESE}")
#: "下下周" is two weeks ahead; a year has no more weeks.
_MOST_NEXT: Final = 53
_WEEKDAY: Final = re.compile(
    rf"(?:\b(?P<which>next|this|on)\s+)?{_ENGLISH}|(?:(?P<week>下{{1,{_MOST_NEXT}}}|这|本)个?)?{_CHINESE}"
)

_NEAR: Final = (
    (re.compile(r"大后天"), 3),
    (re.compile(r"(?:\bthe\s+)?day after tomorrow|后天"), 2),
    (re.compile(r"tomorrow|tomorow|tmrw|tmr|明天|明日|明(?=[早晚])"), 1),
    (re.compile(r"today|今天|今日|今(?=[早晚])"), 0),
)

#: No figure of an hour, a fraction or another date may touch the figures of a date.
_FIGURE: Final = r"(?<![\d:./-])"
_NO_MORE: Final = r"(?![\d:./-])"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH: Final = rf"(?P<month>{'|'.join(MONTHS)})(?![a-z])\.?"
_YEAR: Final = r"(?:\s+(?P<year>\d{4})\b)?"
_DATES: Final = tuple(
    re.compile(rf"(?:\bon\s+(?:the\s+)?)?{pattern}")
    for pattern in (
        rf"{_FIGURE}(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){_NO_MORE}",
        r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]",
        rf"{_FIGURE}{_DAY}\s*(?:of\s+)?{_MONTH}{_YEAR}",
        rf"\b{_MONTH}\s*{_DAY}{_YEAR}{_NO_MORE}",
        rf"{_FIGURE}(?P<day>\d{{1,2}})([-.])(?P<month>\d{{1,2}})\2(?P<year>\d{{4}}){_NO_MORE}",
        rf"{_FIGURE}(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})(?:/(?P<year>\d{{4}}))?{_NO_MORE}",
    )
)

_NEXT_WEEK: Final = re.compile(r"\bnext\s+week\b|下个?(?:周|星期|礼拜)(?![一二三四五六日天])")
_NEXT_MONTH: Final = re.compile(rf"\bnext\s+month\b|(?P<next>下{{1,{_MOST_NEXT}}})个?月")
#: Behind another number it needs its "in": "1,5 days" are not five.
_AHEAD: Final = re.compile(
    r"(?:\bin\s+|(?<![\d.a-z])(?<!\d\s))(?P<count>[1-9]\d{0,2}|an?\b)\s*"
    r"(?P<unit>(?:day|week|month)(?=s?\b)|天|个?星期|周(?![一二三四五六日天])|个月)s?"
    r"(?:后|之后|以后|\s+later|\s+from\s+now)?"
)
_UNIT_DAYS: Final = {"day": 1, "天": 1, "week": 7, "周": 7, "星期": 7, "个星期": 7}


def day_in(plain: str, *, today: date, is_month_first: bool) -> Found | None:
    """Take the day out of a text.

    A weekday beside a date must be the date's own, or it stays in what is left.

    Args:
        plain: as `times.parse_time` prepares it.
        today: where the writer is.
        is_month_first: how "1/12" is read. Where that is no date it is read the other way.

    Returns:
        The day and what is left of the text; None when no day is found.
    """
    found = _near_in(plain, today) or _date_in(plain, today, is_month_first=is_month_first)
    if found:
        return _with_its_weekday(*found)
    readers: tuple[Callable[[str, date], Found | None], ...] = (
        _next_week_in,
        _next_month_in,
        _days_ahead_in,
        _weekday_in,
    )
    return next((found for read in readers if (found := read(plain, today))), None)


def _near_in(plain: str, today: date) -> Found | None:
    for pattern, days in _NEAR:
        match = pattern.search(plain)
        if match:
            return today + timedelta(days=days), _without(plain, match)
    return None


def _date_in(plain: str, today: date, *, is_month_first: bool) -> Found | None:
    for pattern in _DATES:
        match = pattern.search(plain)
        if match is None:
            continue
        for month, day in _month_and_day(match.groupdict(), is_month_first=is_month_first):
            coming = _coming(match["year"], month, day, today)
            if coming:
                return coming, _without(plain, match)
        return None
    return None


def _month_and_day(figures: dict[str, str], *, is_month_first: bool) -> list[tuple[int, int]]:
    if "first" in figures:
        first, second = int(figures["first"]), int(figures["second"])
        return [(first, second), (second, first)][:: 1 if is_month_first else -1]
    month = figures["month"]
    return [(int(month) if month.isdigit() else MONTHS[month], int(figures["day"]))]


def _coming(year: str | None, month: int, day: int, today: date) -> date | None:
    """Return the date; without a year the next such date within two years, if there is one."""
    for some_year in [int(year)] if year else [today.year, today.year + 1]:
        try:
            found = date(some_year, month, day)
        except ValueError:
            continue
        if year or found >= today:
            return found
    return None


def _with_its_weekday(day: date, rest: str) -> Found:
    match = _PLAIN_WEEKDAY.search(rest)
    return day, _without(rest, match) if match and _weekday(match) == day.weekday() else rest


def _next_week_in(plain: str, today: date) -> Found | None:
    match = _NEXT_WEEK.search(plain)
    if match is None:
        return None
    monday, rest = today + timedelta(days=7 - today.weekday()), _without(plain, match)
    named = _PLAIN_WEEKDAY.search(rest)
    if named is None:
        return monday, rest
    return monday + timedelta(days=_weekday(named)), _without(rest, named)


def _next_month_in(plain: str, today: date) -> Found | None:
    match = _NEXT_MONTH.search(plain)
    if match is None:
        return None
    return _months_after(today, len(match["next"] or "x")), _without(plain, match)


def _days_ahead_in(plain: str, today: date) -> Found | None:
    match = _AHEAD.search(plain)
    if match is None:
        return None
    count = int(match["count"]) if match["count"].isdigit() else 1
    days = _UNIT_DAYS.get(match["unit"])
    ahead = today + timedelta(days=count * days) if days else _months_after(today, count)
    return ahead, _without(plain, match)


def _months_after(today: date, months: int) -> date:
    """Return the same day of a later month, or its last day where it is shorter."""
    years, month = divmod(today.month - 1 + months, 12)
    year = today.year + years
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _weekday_in(plain: str, today: date) -> Found | None:
    match = _WEEKDAY.search(plain)
    if match is None:
        return None
    rest = _without(plain, match)
    if match["chinese"]:
        week = match["week"] or ""
        return chinese.weekday_of(day=match["chinese"], week=week, today=today), rest
    ahead = (_weekday(match) - today.weekday()) % 7
    return today + timedelta(days=ahead if match["which"] == "this" else ahead or 7), rest


def _weekday(match: re.Match[str]) -> int:
    if match["english"]:
        return WEEKDAYS[match["english"]]
    return chinese.WEEKDAYS[match["chinese"]]


def _without(text: str, match: re.Match[str]) -> str:
    return " ".join(f"{text[: match.start()]} {text[match.end() :]}".split())
