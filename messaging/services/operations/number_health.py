"""The health of each DID number now, against its own usual."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Final

from messaging.models import DidNumber, HealthAlarm, NumberHour

from .last_push import with_last_heard
from .number_hours import HOUR, WEEK, WEEKS, Figures, figures_between, hour_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from messaging.models.did_number import DidNumberQuerySet

#: Fewer messages say nothing.
LEAST_MESSAGES: Final = 20
#: Of the spread of what is usual; with the factor that makes the median deviation a standard one.
MOST_DEVIATIONS: Final = 3 * 1.4826
#: Below these nobody need be told, however steady a number usually is.
LEAST_SHARE: Final = 0.1
LEAST_SECONDS: Final = 10.0
LEAST_FACTOR: Final = 2.0
#: Texts that a silent number would usually have had by now.
LEAST_TEXTS: Final = 10
MOST_HOURS_OF_SILENCE: Final = 24


@dataclass(frozen=True)
class Usual:
    """What the same weekday and hour of the last four weeks brought to one number.

    Attributes:
        accepted: messages in all of them.
        share_late: the median share without a receipt in time; None where too few were sent.
        share_spread: the median deviation from it.
        receipt_seconds: the median time until a receipt; None where too few were sent.
        receipt_spread: the median deviation from it.
    """

    accepted: int = 0
    share_late: float | None = None
    share_spread: float = 0.0
    receipt_seconds: float | None = None
    receipt_spread: float = 0.0


@dataclass(frozen=True)
class NumberHealth:
    """One number: when NXCloud last reached us about it, and how its receipts come.

    Attributes:
        number: the row, with ``last_inbound_at`` and ``last_receipt_at``.
        now: what the last hour brought.
        usual: what that hour usually brings.
        alarms: those that are open.
    """

    number: DidNumber
    now: Figures
    usual: Usual
    alarms: Sequence[HealthAlarm] = ()

    @property
    def receipts_missing(self) -> bool:
        """Whether clearly more messages than usual have no receipt in time."""
        share, usual = self.now.share_late, self.usual
        if share is None or usual.share_late is None or self.now.accepted < LEAST_MESSAGES:
            return False
        return share > usual.share_late + max(LEAST_SHARE, MOST_DEVIATIONS * usual.share_spread)

    @property
    def receipts_slow(self) -> bool:
        """Whether receipts take clearly longer than usual."""
        seconds, usual = self.now.receipt_seconds, self.usual
        if seconds is None or usual.receipt_seconds is None:
            return False
        most = max(
            usual.receipt_seconds + MOST_DEVIATIONS * usual.receipt_spread,
            usual.receipt_seconds * LEAST_FACTOR,
            LEAST_SECONDS,
        )
        return len(self.now.seconds) >= LEAST_MESSAGES and seconds > most


def health_of_numbers(*, numbers: DidNumberQuerySet, at: datetime) -> list[NumberHealth]:
    """Return the health of some numbers, in a handful of statements however many there are.

    Args:
        numbers: which.
        at: now, aware UTC.
    """
    rows = list(with_last_heard(numbers.order_by("-is_active", "label", "number")))
    ids = [row.pk for row in rows]
    now = figures_between(begin=at - HOUR, end=at, at=at)
    usual = usual_of(ids, at=at)
    alarms: dict[int | None, list[HealthAlarm]] = defaultdict(list)
    open_alarms = HealthAlarm.objects.open().filter(did_number__isnull=False)
    for alarm in open_alarms.select_related("did_number"):
        alarms[alarm.did_number_id].append(alarm)
    return [
        NumberHealth(row, now.get(row.pk, Figures()), usual.get(row.pk, Usual()), alarms[row.pk])
        for row in rows
    ]


def usual_of(number_ids: Sequence[int], *, at: datetime) -> dict[int, Usual]:
    """Return what this hour usually brings to some numbers."""
    hours = [hour_of(at) - WEEK * back for back in range(1, WEEKS + 1)]
    by_number: dict[int | None, list[NumberHour]] = defaultdict(list)
    for row in NumberHour.objects.filter(hour__in=hours, did_number__isnull=False):
        by_number[row.did_number_id].append(row)
    return {pk: _usual(by_number[pk]) for pk in number_ids if by_number[pk]}


def _usual(rows: Sequence[NumberHour]) -> Usual:
    accepted = sum(row.accepted for row in rows)
    if accepted < LEAST_MESSAGES:
        return Usual(accepted)
    share, share_spread = _median_and_spread(
        row.late / row.accepted for row in rows if row.accepted
    )
    seconds, spread = _median_and_spread(
        row.receipt_seconds for row in rows if row.receipt_seconds is not None
    )
    return Usual(accepted, share, share_spread or 0.0, seconds, spread or 0.0)


def _median_and_spread(values: Iterable[float]) -> tuple[float | None, float | None]:
    found = list(values)
    if not found:
        return None, None
    middle = median(found)
    spread = median(abs(value - middle) for value in found)
    return round(middle, 4), round(spread, 4)


@dataclass(frozen=True)
class Silence:
    """A number to which nobody writes, though people usually do.

    Attributes:
        hours: whole hours without a text.
        usual: texts that usually come in them.
    """

    hours: int
    usual: int


def silences(*, health: Iterable[NumberHealth], at: datetime) -> Mapping[int, Silence]:
    """Return the numbers that are silent though they are usually busy, by id.

    Args:
        health: of the numbers to look at.
        at: now, aware UTC.
    """
    quiet: dict[int, int] = {}
    for one in health:
        last: datetime | None = getattr(one.number, "last_inbound_at", None)
        if last is not None and one.number.is_active:
            # From the first whole hour without a text to the last one that is over.
            hours = int((hour_of(at) - hour_of(last)) / HOUR) - 1
            if hours >= 1:
                quiet[one.number.pk] = min(hours, MOST_HOURS_OF_SILENCE)
    if not quiet:
        return {}
    usual = _texts_of_weeks(quiet, at=at)
    return {
        pk: Silence(hours, usual[pk]) for pk, hours in quiet.items() if usual[pk] >= LEAST_TEXTS
    }


def _texts_of_weeks(quiet: Mapping[int, int], *, at: datetime) -> dict[int, int]:
    """Return how many texts usually come in the last hours, for each number so many hours."""
    end, longest = hour_of(at), max(quiet.values())
    spans = [end - WEEK * back for back in range(1, WEEKS + 1)]
    hours = [span - HOUR * step for span in spans for step in range(1, longest + 1)]
    rows = NumberHour.objects.filter(hour__in=hours, did_number__in=list(quiet)).values_list(
        "did_number", "hour", "inbound"
    )
    sums = {pk: [0] * WEEKS for pk in quiet}
    for pk, hour, inbound in rows:
        week = next(
            place for place, span in enumerate(spans) if span - HOUR * longest <= hour < span
        )
        if hour >= spans[week] - HOUR * quiet[pk]:
            sums[pk][week] += inbound
    return {pk: int(median(counts)) for pk, counts in sums.items()}
