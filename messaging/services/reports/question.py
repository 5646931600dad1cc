"""The question to a report: days, time zone, numbers, and what to group by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.services.errors import InvalidInput

from .quarters import start_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

KEYS: Final = (
    "day", "hour", "weekday", "number", "direction", "status", "country", "user", "label", "code",
)  # fmt: skip
#: Days, the day that is asked for included.
USUAL_DAYS: Final = 30
#: About ten years.
MOST_DAYS: Final = 3660


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        first: the first day.
        last: the last day, included.
        zone: whose days, an IANA name.
        by: keys of the rows, of KEYS, in the order of the answer.
        numbers: ids of the numbers; None for all.
        user: only what this person sent or answered; None for everybody.
        series: the ids of the series that can be read, by span; None where nobody looked yet.
        memo: what was added up for the same page; None where nothing is kept.
    """

    first: date
    last: date
    zone: str
    by: tuple[str, ...] = ()
    numbers: tuple[int, ...] | None = None
    user: int | None = None
    series: Mapping[str, int] | None = field(default=None, compare=False)
    memo: dict[Any, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def begins(self) -> int:
        """The quarter-hour in which the first day begins."""
        return start_of_day(self.first, self.zone)

    @property
    def ends(self) -> int:
        """The quarter-hour after the last day."""
        return start_of_day(self.last + timedelta(days=1), self.zone)

    @property
    def before(self) -> Question:
        """The same of as many days right before."""
        length = self.last - self.first + timedelta(days=1)
        return replace(self, first=self.first - length, last=self.last - length)

    def by_keys(self, *keys: str) -> Question:
        """Return the same, by other keys."""
        return replace(self, by=keys)


def parse_question(
    params: Mapping[str, str], *, at: datetime, numbers: Iterable[int] | None
) -> Question:
    """Read a question from an address.

    Args:
        params: `from`, `to` (YYYY-MM-DD), `tz`, `by`; each may be missing.
        at: now, aware UTC.
        numbers: the ids of the numbers that may be reported; None for all.

    Raises:
        InvalidInput: a parameter cannot be read.
    """
    zone = params.get("tz", timezone.get_current_timezone_name())
    if not is_zone(zone):
        raise InvalidInput(_("Unknown time zone."), field="tz")
    today = at.astimezone(ZoneInfo(zone)).date()
    last = _parse_day(params.get("to"), field="to") or today
    first = _parse_day(params.get("from"), field="from") or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        raise InvalidInput(_("The first day must not be after the last."), field="from")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput(_("Choose at most ten years."), field="from")
    return Question(
        first=first,
        last=last,
        zone=zone,
        by=_parse_keys(params.get("by", "day")),
        numbers=None if numbers is None else tuple(numbers),
    )


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Tell whether a zone of this name exists."""
    return name in _zones()


def _parse_day(text: str | None, *, field: str) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # Beyond these years a zone's offset cannot be added.
    if day is None or not 1970 < day.year < 9990 or len(text) != len("2027-12-03"):
        raise InvalidInput(_("Write a day as 2027-12-03."), field=field)
    return day


def _parse_keys(text: str) -> tuple[str, ...]:
    keys = tuple(dict.fromkeys(text.split(","))) if text else ()
    unknown = [key for key in keys if key not in KEYS]
    if unknown:
        raise InvalidInput(
            _("%(word)s isn’t a key. Use one of: %(all)s.")
            % {"word": unknown[0][:40], "all": ", ".join(KEYS)},
            field="by",
        )
    return keys
