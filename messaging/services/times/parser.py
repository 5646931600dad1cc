"""Times as people write them: "tomorrow 9", "in 2 hours", "mon 14:00", "明天9点"."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from messaging.services.errors import InvalidInput

from . import chinese, english
from .clock_times import clock_in
from .date_styles import active_style, write_date
from .dates import day_in
from .durations import instant_after

if TYPE_CHECKING:
    from datetime import tzinfo

FURTHEST: Final = timedelta(days=366)
#: Characters of a typed time. A longer text is no time, and is not searched for one.
LONGEST_TYPED: Final = 100
_SIGNS: Final = re.compile(r"[,()]")
_ISO_8601: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def parse_time(text: str, *, at: datetime, zone: tzinfo) -> datetime:
    """Read a future time as a person writes it.

    Every word counts: a text with one that means nothing here is refused. How an hour, a day and
    "1h30" are read is said in `clock_in`, `day_in` and `instant_after`.

    Args:
        text: "tomorrow 9", "in 2 hours", "1h30", "mon 14:00", "17:30", "sat 5 dec 10am",
            "1/12 9:00", "2026-12-24 10:00", "tonight 8", "next week", "in a month", "明早",
            "下周三下午3点半", "2小时后"; or ISO 8601 with an offset.
        at: now, aware UTC.
        zone: the writer's time zone.

    Returns:
        The instant in UTC, to the minute. An hour without a day means its next occurrence.

    Raises:
        InvalidInput: it cannot be read, has passed, or is over a year ahead (field ``when``).
    """
    text = text.strip()
    if not text:
        raise InvalidInput(_("Enter a time."), field="when", code="required")
    now = at.astimezone(zone)
    found = _read(text, now, zone) if len(text) <= LONGEST_TYPED else None
    if found is None:
        raise InvalidInput(
            _("This time can’t be read. Try “tomorrow 9”, “in 2 hours” or “mon 14:00”."),
            field="when",
            code="unreadable",
        )
    if found <= at:
        raise InvalidInput(_("This time has passed."), field="when", code="not_in_future")
    if found - at > FURTHEST:
        raise InvalidInput(_("This is more than a year ahead."), field="when", code="too_far_ahead")
    return found


def _read(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    plain = _plain(text)
    if not plain:
        return None
    exact = _exact(text, zone)
    return exact or instant_after(plain, now=now) or _on_a_day(plain, now, zone)


def _plain(text: str) -> str:
    """Leave one way to write the same thing: small letters, digits, single spaces."""
    small = unicodedata.normalize("NFKC", text).casefold()
    plain = " ".join(_SIGNS.sub(" ", small).split())
    return chinese.in_digits(english.in_clock(english.in_digits(english.in_short(plain))))


def _exact(text: str, zone: tzinfo) -> datetime | None:
    """Read ISO 8601, as `<input type="datetime-local">` sends it."""
    if not _ISO_8601.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _on_a_day(plain: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Read an hour, on a day that is named or at its next occurrence."""
    today = now.date()
    found = day_in(plain, today=today, is_month_first=_is_month_first())
    day, rest = found or (None, plain)
    clock = clock_in(rest)
    if clock is None:
        return None
    moment = clock.on(day or today, zone)
    # "9" after nine in the morning is this evening; a full clock time means what it says.
    if moment <= now and clock.is_vague and day in {None, today}:
        moment += timedelta(hours=12)
    if moment <= now and day is None:
        moment = clock.on(today + timedelta(days=1), zone)
    return _utc(moment)


def _is_month_first() -> bool:
    """Tell whether "1/12" is the 12th of January: in Chinese, and by the writer's style."""
    return active_style().is_month_first or (get_language() or "").startswith("zh")


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def say_time(moment: datetime, *, zone: tzinfo) -> str:
    """Write an instant for its reader: weekday, date and hour in their zone."""
    local = moment.astimezone(zone)
    pattern = pgettext("date format: weekday, day, month, year, time", "D j M Y, H:i")
    return write_date(local, pattern)
