"""When a number is staffed, and how much of a wait falls into that time."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from messaging.models import BusinessHours, Closure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Minutes since midnight; the second is not in the span.
Span = tuple[int, int]

_BETWEEN: Final = re.compile(r"[,，;；、]")
_SPAN: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})\s?[-–—~至]\s?([0-9]{1,2}):([0-9]{2})")
MINUTES_OF_A_DAY: Final = 1440
#: Longer waits are counted in full from here on: nobody reads the difference.
LONGEST_DAYS: Final = 1100


@dataclass(frozen=True)
class Hours:
    """When somebody answers.

    Attributes:
        zone: whose clock.
        week: the spans of each day, Monday first.
        holidays_of: a country, with its part where it has one; "" for none.
        closures: first and last days on which nobody does.
    """

    zone: str
    week: Sequence[Sequence[Span]]
    holidays_of: str = ""
    closures: Sequence[tuple[date, date]] = ()

    def seconds(self, *, since: datetime, until: datetime) -> float:
        """Return how much of the time between two moments falls into the hours."""
        zone = ZoneInfo(self.zone)
        day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        total = 0.0
        for _number in range(min((last - day).days + 1, LONGEST_DAYS)):
            for begin, end in self.spans(day):
                first = max(_moment(day, begin, zone), since.astimezone(UTC))
                after = min(_moment(day, end, zone), until.astimezone(UTC))
                total += max((after - first).total_seconds(), 0.0)
            day += timedelta(days=1)
        return total

    def spans(self, day: date) -> Sequence[Span]:
        """Return the spans of one day; none where nobody answers."""
        if any(first <= day <= last for first, last in self.closures):
            return ()
        if self.holidays_of and day in _holidays(self.holidays_of):
            return ()
        return self.week[day.weekday()]


@dataclass
class HoursBook:
    """The business hours of numbers, each read once."""

    _known: dict[int, Hours | None] = field(default_factory=dict)

    def counted_seconds(self, *, did_number_id: int, since: datetime, until: datetime) -> float:
        """Return how long somebody waited, within the number's hours where it has some.

        Args:
            did_number_id: the number that they wrote to.
            since: when the reply became due, aware.
            until: when it was given, aware.
        """
        if did_number_id not in self._known:
            self._known[did_number_id] = hours_of(did_number_id)
        hours = self._known[did_number_id]
        if hours is not None:
            return hours.seconds(since=since, until=until)
        return max((until - since).total_seconds(), 0.0)


def hours_of(did_number_id: int) -> Hours | None:
    """Return when a number is answered; None for at any time."""
    row = BusinessHours.objects.filter(did_number_id=did_number_id).first()
    if row is None:
        return None
    closures = Closure.objects.filter(Q(did_number_id=did_number_id) | Q(did_number=None))
    return Hours(
        zone=row.zone,
        week=[[(begin, end) for begin, end in spans] for spans in row.week],
        holidays_of=row.holidays_of,
        closures=list(closures.values_list("first", "last")),
    )


def parse_spans(text: str) -> list[Span]:
    """Read the hours of a day, "9:00-12:30, 13:30-18:00"; "" for none.

    Raises:
        ValueError: they cannot be read, overlap, or end before they begin.
    """
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    spans = sorted(_parse_span(part) for part in parts)
    for earlier, later in itertools.pairwise(spans):
        if later[0] < earlier[1]:
            raise ValueError(text)
    return spans


def _parse_span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, minute, end_hour, end_minute = map(int, found.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or not begin < end <= MINUTES_OF_A_DAY:
        raise ValueError(text)
    return begin, end


def format_spans(spans: Iterable[Sequence[int]]) -> str:
    """Return the hours of a day as `parse_spans` reads them."""
    return ", ".join(
        f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}" for begin, end in spans
    )


def has_holidays(code: str) -> bool:
    """Tell whether the public holidays of a country, or of a part of it, are known."""
    try:
        _holidays(code)
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=64)
def _holidays(code: str) -> Any:
    """Return a country's holidays; a day is looked up in them.

    Raises:
        NotImplementedError: the package knows none.
    """
    # Each country is a module of the package; most installations need one.
    import holidays

    country, _dash, part = code.partition("-")
    return holidays.country_holidays(country, subdiv=part or None)


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, MINUTES_OF_A_DAY)
    that = day + timedelta(days=days)
    local = datetime(that.year, that.month, that.day, rest // 60, rest % 60, tzinfo=zone)
    return local.astimezone(UTC)
