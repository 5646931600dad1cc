"""Numbers and days of the week as people write them in Chinese."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

#: Monday is 0.
WEEKDAYS: Final = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_DIGITS: Final = {
    "零": 0, "〇": 0, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
    "八": 8, "九": 9,
}  # fmt: skip
#: Not the day of a week, which may have an hour right behind it: "周一九点".
_NUMBER: Final = re.compile(r"(?:(?<![周期拜])|(?=[七八九十]))[零〇一二两三四五六七八九十]+")
_AND_A_HALF: Final = re.compile(r"(\d)个半(?=小时)")


def in_digits(plain: str) -> str:
    """Write Chinese numbers up to ninety-nine in digits: "十一点" and "11点" are one."""
    digits = _NUMBER.sub(lambda match: _digits(match[0]), plain)
    return _AND_A_HALF.sub(r"\1.5", digits)


def _digits(word: str) -> str:
    tens, ten, ones = word.rpartition("十")
    if not ten and len(ones) == 2 and ones[0] in "零〇":
        return f"0{_DIGITS[ones[1]]}"
    if "十" in tens or len(tens) > 1 or len(ones) > 1:
        return word
    return str((_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0))


def weekday_of(*, day: str, week: str, today: date) -> date:
    """Return the day that "周五", "这周五", "下周五" or "下下周五" means.

    Args:
        day: "一" to "六", "日" or "天".
        week: "" for the next such day, "这" or "本" for this week, "下" for each week ahead.
        today: where the writer is.
    """
    weekday = WEEKDAYS[day]
    if week:
        return today + timedelta(days=7 * week.count("下") - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)
