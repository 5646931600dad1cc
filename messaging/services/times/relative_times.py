"""Short words for points in time: "now", "5m", "3h", "Tue", "17 Nov"."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import get_language, gettext_noop, pgettext
from django.utils.translation import gettext as _

from .date_styles import active_style, write_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .date_styles import DateStyle

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400
#: The letter D of date formats. Collected here, our translation counts: Django's own has no short
#: words for Chinese (星期二 where there is room for 周二).
SHORT_WEEKDAYS: Final = (
    gettext_noop("Mon"),
    gettext_noop("Tue"),
    gettext_noop("Wed"),
    gettext_noop("Thu"),
    gettext_noop("Fri"),
    gettext_noop("Sat"),
    gettext_noop("Sun"),
)


def short_duration(seconds: float) -> str:
    """Return a length of time in its largest unit: "5m", "3h", "2d"."""
    if seconds < HOUR:
        return pgettext("minutes, short", "%dm") % max(1, seconds // MINUTE)
    if seconds < DAY:
        return pgettext("hours, short", "%dh") % (seconds // HOUR)
    return pgettext("days, short", "%dd") % (seconds // DAY)


def short_age(when: datetime, *, at: datetime) -> str:
    """Return how long ago something was, as lists show it, in the active time zone.

    Args:
        when: the point in time, aware.
        at: now, aware.
    """
    seconds = (at - when).total_seconds()
    if -MINUTE < seconds < MINUTE:
        return _("now")
    there, here = timezone.localtime(when), timezone.localtime(at)
    days = (here.date() - there.date()).days
    if 0 <= seconds < 12 * HOUR or (days == 0 and seconds > 0):
        return short_duration(seconds)
    if days == 1:
        return _("Yesterday")
    if 0 < days < 7:
        return write_date(there, "D")
    if there.year == here.year:
        return write_date(there, pgettext("date format: day and month", "j M"))
    return write_date(there, pgettext("date format: month and year", "M Y"))


def ago(when: datetime, *, at: datetime) -> str:
    """Return how long ago something was, as part of a sentence: "just now", "2 hours ago".

    Args:
        when: the point in time, aware.
        at: now, aware.
    """
    if (at - when).total_seconds() < MINUTE:
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(when, at, depth=1)}


def words_hold_until(moments: Iterable[datetime], *, at: datetime) -> datetime:
    """Return until when the short words for some points in time stay as they are now.

    Minutes are counted up to an hour, then hours; the rest turns at midnight where the reader is.

    Args:
        moments: aware.
        at: now, aware.
    """
    tomorrow = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return min([tomorrow + timedelta(days=1), *(_next_step(when, at=at) for when in moments)])


def _next_step(when: datetime, *, at: datetime) -> datetime:
    step = timedelta(seconds=MINUTE if at - when < timedelta(seconds=HOUR) else HOUR)
    return when + ((at - when) // step + 1) * step


def exact(when: datetime) -> str:
    """Return date and time in full, in the active time zone and language."""
    # Without its zone: two times that are one instant are equal, wherever their clocks are.
    return _in_full(timezone.localtime(when).replace(tzinfo=None), get_language(), active_style())


@lru_cache(maxsize=8192)
def _in_full(there: datetime, _language: str | None, _style: DateStyle) -> str:
    return write_date(there, pgettext("date format: in full", "l j F Y, H:i"))


def upcoming(when: datetime, *, at: datetime) -> str:
    """Return a coming point in time: "14:30", "Tue 09:00", "3 Dec 09:00", "3 Dec 2027, 09:00"."""
    there, here = timezone.localtime(when), timezone.localtime(at)
    if there.date() == here.date():
        return write_date(there, "H:i")
    if (there.date() - here.date()).days < 6:
        return write_date(there, "D H:i")
    if there.year != here.year:
        return write_date(there, pgettext("date format: short, in full", "j M Y, H:i"))
    return write_date(there, pgettext("date format: day, month, time", "j M H:i"))
