"""How a person writes dates and times: which comes first, day or month, and which clock.

The style is active for a request, like the language and the time zone. Our date formats are
written day first and by the 24-hour clock; `write_date` and, for what Django writes by itself,
`StyledFormat` turn one into the active style.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.utils import formats, timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation.trans_real import parse_accept_lang_header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

#: Where English is written month first, by the CLDR tables; a test compares them.
MONTH_FIRST_REGIONS: Final = frozenset({"as", "bi", "gu", "mh", "mp", "ph", "pr", "um", "us", "vi"})
#: Where English is written with a 12-hour clock.
TWELVE_HOUR_REGIONS: Final = frozenset({
    "ae", "ag", "as", "au", "bb", "bm", "bs", "ca", "cy", "dm", "er", "fj", "fm", "gd", "gh", "gm",
    "gu", "gy", "hk", "in", "jm", "ki", "kn", "ky", "lc", "lr", "ls", "mh", "mo", "mp", "mw", "my",
    "na", "nz", "pg", "ph", "pk", "pr", "pw", "sb", "sd", "sg", "sl", "ss", "sz", "tc", "to", "tt",
    "um", "us", "vc", "vg", "vi", "vu", "ws", "zm",
})  # fmt: skip

#: Patterns of Django's date formats, the longer ones first.
_MONTH_FIRST: Final = (
    ("l j F", "l, F j"),
    ("D j M", "D, M j"),
    ("j F", "F j"),
    ("j M", "M j"),
    ("d/m/Y", "m/d/Y"),
)
_COMMA_BEFORE_YEAR: Final = (("F j Y", "F j, Y"), ("M j Y", "M j, Y"))
_TWELVE_HOURS: Final = (("H:i:s", "g:i:s A"), ("H:i", "g:i A"))
#: The letter A of date formats. Collected here, our translation counts: Django's own has none.
_HALVES_OF_DAY: Final = (gettext_noop("AM"), gettext_noop("PM"))
_TWELVE_HOURS_CHINESE: Final = (("H:i:s", "Ag:i:s"), ("H:i", "Ag:i"))


@dataclass(frozen=True)
class DateStyle:
    """A person's way to write dates and times.

    Attributes:
        is_month_first: "Dec 3", and "12/3" for it, instead of "3 Dec" and "3/12".
        has_12_hours: "2:30 PM" instead of "14:30".
    """

    is_month_first: bool = False
    has_12_hours: bool = False


_USUAL: Final = DateStyle()
_active: ContextVar[DateStyle] = ContextVar("date_style", default=_USUAL)


def active_style() -> DateStyle:
    """Return the style of the person whose request this is; day first and 24 hours elsewhere."""
    return _active.get()


@contextmanager
def date_style(style: DateStyle) -> Iterator[None]:
    """Make a style the active one."""
    token = _active.set(style)
    try:
        yield
    finally:
        _active.reset(token)


def chosen_style(*, date_order: str, clock: str, accept_language: str) -> DateStyle:
    """Return a person's style: what they chose, else what their browser's region writes.

    Args:
        date_order: "day", "month", or "" for the browser's.
        clock: "12", "24", or "" for the browser's.
        accept_language: the header's value; its first language that names a region counts.
    """
    by_browser = _style_of_browser(accept_language)
    return DateStyle(
        is_month_first=date_order == "month" if date_order else by_browser.is_month_first,
        has_12_hours=clock == "12" if clock else by_browser.has_12_hours,
    )


@lru_cache(maxsize=512)
def _style_of_browser(accept_language: str) -> DateStyle:
    for tag, _quality in parse_accept_lang_header(accept_language):
        language, _, region = tag.partition("-")
        if language != "en" or not region:
            return _USUAL
        return DateStyle(
            is_month_first=region in MONTH_FIRST_REGIONS,
            has_12_hours=region in TWELVE_HOUR_REGIONS,
        )
    return _USUAL


def write_date(moment: date | datetime, pattern: str) -> str:
    """Write a date or a time in the active style and language.

    Args:
        moment: where its reader is.
        pattern: of Django's date formats, as our translations give it: day first, 24 hours.
    """
    return formats.date_format(moment, _in_active_style(pattern))


def write_exactly(moment: datetime) -> str:
    """Write a time to the second, in the active zone, style and language.

    Args:
        moment: aware.
    """
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")


class StyledFormat(str):
    """A date format that Django keeps once for a language, and reads in the reader's style."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return the format in the active style."""
        return _in_active_style(str.__str__(self))


def _in_active_style(pattern: str) -> str:
    is_chinese = (get_language() or "").startswith("zh")
    return styled(pattern, _active.get(), is_chinese=is_chinese)


@lru_cache(maxsize=256)
def styled(pattern: str, style: DateStyle, *, is_chinese: bool = False) -> str:
    """Return a date format as a style writes it."""
    if style.is_month_first:
        for old, new in _MONTH_FIRST:
            if old in pattern:
                pattern = pattern.replace(old, new)
                break
        for old, new in _COMMA_BEFORE_YEAR:
            pattern = pattern.replace(old, new)
        # "Dec 3, 2:30 PM", but "Mon 2:30 PM".
        pattern = pattern.replace("M j H:i", "M j, H:i")
    if style.has_12_hours:
        for old, new in _TWELVE_HOURS_CHINESE if is_chinese else _TWELVE_HOURS:
            if old in pattern:
                return pattern.replace(old, new)
    return pattern
