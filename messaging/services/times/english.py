"""Numbers, days, months and parts of the day as people write them in English."""

from __future__ import annotations

import re
from typing import Final

_ONES: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
                 "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS: Final = {
    **{word: number for number, word in enumerate(_ONES + _TEENS, start=1)},
    **{word: number * 10 for number, word in enumerate(_TENS, start=2)},
}
_NUMBER: Final = re.compile(
    rf"\b(?:({'|'.join(_TENS)})(?:[\s-]+({'|'.join(_ONES)}))?|({'|'.join(_ONES + _TEENS)}))\b"
)

#: From the name, whole or short, to the weekday: Monday is 0.
WEEKDAYS: Final = {
    "mon": 0, "monday": 0, "tue": 1, "tues": 1, "tuesday": 1, "wed": 2, "weds": 2, "wednesday": 2,
    "thu": 3, "thur": 3, "thurs": 3, "thursday": 3, "fri": 4, "friday": 4, "sat": 5,
    "saturday": 5, "sun": 6, "sunday": 6,
}  # fmt: skip
#: From the name, whole or short, to the month: January is 1.
MONTHS: Final = {
    "jan": 1, "january": 1, "feb": 2, "february": 2, "mar": 3, "march": 3, "apr": 4, "april": 4,
    "may": 5, "jun": 6, "june": 6, "jul": 7, "july": 7, "aug": 8, "august": 8, "sep": 9,
    "sept": 9, "september": 9, "oct": 10, "october": 10, "nov": 11, "november": 11, "dec": 12,
    "december": 12,
}  # fmt: skip

#: Many ways to say one thing become one.
_SPELLINGS: Final = (
    (re.compile(r"\btonight\b"), "today evening"),
    (re.compile(r"\bthis\s+(?=(?:morning|afternoon|evening)\b)"), "today "),
    (
        re.compile(r"\b(?:in\s+the|at)\s+(?=(?:morning|noon|midday|midnight|afternoon|evening)\b)"),
        "",
    ),
    (re.compile(r"\s?\bo['’]?clock\b"), ""),
)


def in_digits(plain: str) -> str:
    """Write English numbers up to ninety-nine in digits: "in ten minutes" is "in 10 minutes"."""
    return _NUMBER.sub(lambda match: str(sum(_NUMBERS[word] for word in match.groups() if word)),
                       plain)  # fmt: skip


def in_short(plain: str) -> str:
    """Write parts of the day in one way: "tonight" is "today evening"."""
    for pattern, spelling in _SPELLINGS:
        plain = pattern.sub(spelling, plain)
    return plain


#: "half past 3", "quarter to 4", "ten past 5", in digits already.
_PAST: Final = re.compile(
    r"\b(?P<minutes>half|(?:a\s+)?quarter|[1-5]?\d)\s+(?:min(?:utes?)?\s+)?(?P<way>past|after|to|till?)"
    r"\s+(?P<hour>1[0-2]|[1-9])(?!\d|[:.])"
)


def in_clock(plain: str) -> str:
    """Write an hour as on a clock: "half past 3" is "3:30", "quarter to 4" is "3:45".

    Args:
        plain: with its numbers in digits.
    """
    return _PAST.sub(_on_the_clock, plain)


def _on_the_clock(match: re.Match[str]) -> str:
    word, hour = match["minutes"], int(match["hour"])
    minutes = 30 if word == "half" else 15 if "quarter" in word else int(word)
    is_before = match["way"].startswith("t")
    if is_before and word == "half":
        return match[0]
    if is_before:
        minutes, hour = 60 - minutes, hour - 1 or 12
    return f"{hour}:{minutes:02d}" if minutes < 60 else match[0]
