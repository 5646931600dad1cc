"""What each DID number sent and received in each hour: the measure of what is usual.

An hour is measured once, when the receipts of its last message had their time; what is missing of
the last four weeks is made up for from the messages' history, some hours a turn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

from django.db.models import Count, OuterRef, Subquery

from messaging.models import Message, NumberHour, StatusChange
from messaging.statuses import Status

from .time_window import between

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOUR: Final = timedelta(hours=1)
WEEK: Final = timedelta(days=7)
#: Weeks that say what is usual.
WEEKS: Final = 4
#: A receipt that has not come by then is late. Most come within seconds.
RECEIPT_DUE: Final = timedelta(minutes=10)
#: Of a busier hour the newest messages are looked at: they say as much.
MOST_MESSAGES: Final = 20_000
#: Hours that one turn makes up for.
HOURS_AT_ONCE: Final = 24
#: A day more than the weeks: silence is compared with up to a day.
KEPT: Final = WEEKS * WEEK + timedelta(days=1)

_ENDS: Final = (Status.DELIVERED, Status.UNDELIVERED)


@dataclass
class Figures:
    """What some span brought to one number.

    Attributes:
        inbound: messages that came.
        accepted: messages that NXCloud accepted, and whose receipt came or had its time.
        late: those of them without a receipt in time.
        seconds: until each receipt that came.
    """

    inbound: int = 0
    accepted: int = 0
    late: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def receipt_seconds(self) -> float | None:
        """The median time until a receipt; None where none came."""
        return round(median(self.seconds), 1) if self.seconds else None

    @property
    def share_late(self) -> float | None:
        """The share without a receipt in time; None where nothing was accepted."""
        return round(self.late / self.accepted, 4) if self.accepted else None


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour, in UTC."""
    return at.replace(minute=0, second=0, microsecond=0)


def figures_between(*, begin: datetime, end: datetime, at: datetime) -> dict[int, Figures]:
    """Return what a span brought, by the id of the number; a number without anything is left out.

    Args:
        begin: where it begins, aware UTC.
        end: where it ends.
        at: now; what is on its way until then is not counted.
    """
    found: dict[int, Figures] = {}
    messages = between(Message.objects.all(), column="created_at", begin=begin, end=end)
    inbound = messages.filter(direction=Message.Direction.INBOUND)
    counts = inbound.values_list("did_number").annotate(n=Count("pk"))
    for number_id, count in counts.order_by():
        found.setdefault(number_id, Figures()).inbound = count
    for number_id, sent_at, receipt_at in _accepted(begin=begin, end=end):
        figures = found.setdefault(number_id, Figures())
        if receipt_at is None and at - sent_at < RECEIPT_DUE:
            continue
        figures.accepted += 1
        if receipt_at is None or receipt_at - sent_at > RECEIPT_DUE:
            figures.late += 1
        if receipt_at is not None:
            figures.seconds.append(max(0.0, (receipt_at - sent_at).total_seconds()))
    return found


def _accepted(*, begin: datetime, end: datetime) -> Iterable[tuple[int, datetime, datetime | None]]:
    """Return number, time and the receipt's time of each message that was accepted."""
    receipt = StatusChange.objects.filter(message=OuterRef("message"), status__in=_ENDS)
    changes = between(StatusChange.objects.all(), column="at", begin=begin, end=end)
    return (
        changes.filter(status=Status.SENT)
        .annotate(receipt_at=Subquery(receipt.order_by("id").values("at")[:1]))
        .order_by("-id")
        .values_list("message__did_number_id", "at", "receipt_at")[:MOST_MESSAGES]
    )


def measure_hours(*, at: datetime, most: int = HOURS_AT_ONCE) -> int:
    """Measure hours that are over and not measured yet, the newest first; return how many.

    Args:
        at: now, aware UTC.
        most: how many at once.
    """
    last = hour_of(at - RECEIPT_DUE) - HOUR
    begin = hour_of(at - KEPT)
    NumberHour.objects.filter(hour__lt=begin).delete()
    marked = set(
        NumberHour.objects.filter(did_number=None, hour__gte=begin).values_list("hour", flat=True)
    )
    first = _first_hour()
    if first is None:
        return 0
    oldest = max(begin, first)
    hours = ((last - HOUR * back) for back in range(int((last - oldest) / HOUR) + 1))
    missing = [hour for hour in hours if hour not in marked][:most]
    for hour in missing:
        _write(hour, figures_between(begin=hour, end=hour + HOUR, at=at))
    return len(missing)


def _first_hour() -> datetime | None:
    """Return the hour of the first message of all; None where there is none."""
    rows = Message.objects.order_by("pk").values_list("created_at", flat=True)
    first = rows.first()
    return None if first is None else hour_of(first)


def _write(hour: datetime, found: Mapping[int, Figures]) -> None:
    sums: Counter[str] = Counter()
    rows = []
    for number_id, figures in found.items():
        sums.update(inbound=figures.inbound, accepted=figures.accepted, late=figures.late)
        rows.append(
            NumberHour(
                did_number_id=number_id,
                hour=hour,
                inbound=figures.inbound,
                accepted=figures.accepted,
                late=figures.late,
                receipt_seconds=figures.receipt_seconds,
            )
        )
    # Another process may have measured it meanwhile, with the same result.
    NumberHour.objects.bulk_create(
        [*rows, NumberHour(did_number=None, hour=hour, **sums)], ignore_conflicts=True
    )
