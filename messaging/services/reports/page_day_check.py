"""Compare the rows of days that pages read with the facts of the messages."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from messaging.models import MessageFact, ReportDay

from .packed_counts import merged
from .page_days import PACKED, SUMS
from .quarters import day_of, hour_of, start_of_day

if TYPE_CHECKING:
    from messaging.models import ReportSeries

Sums = Counter[tuple[Any, ...]]
_KEY: Final = ("facet", "start", "did_number_id", "direction", "who")
_STATUSES: Final = {"sent", "delivered", "undelivered", "failed", "unconfirmed", "blocked"}
_MEASURES: Final = (
    "segments", "chargeable_segments", "billed_segments", "cost_micros", "unpriced", "differences",
    "with_receipt", "without_receipt",
)  # fmt: skip
_CHUNK: Final = 5000


def page_day_differences(series: ReportSeries) -> list[str]:
    """Return a line for each sum of a zone's days that differs from the facts."""
    expected, kept = Counter(_from_facts(series)), _kept(series)
    first = series.built_from
    if first is not None:
        expected = Counter({key: n for key, n in expected.items() if key[1] >= first})
    return [
        f"{series}: {key}: {expected[key]} but the series says {kept[key]}"
        for key in sorted({*expected, *kept}, key=str)
        if expected[key] != kept[key]
    ]


def _from_facts(series: ReportSeries) -> Sums:
    sums: Sums = Counter()
    for fact in MessageFact.objects.order_by("pk").iterator(_CHUNK):
        start = start_of_day(day_of(fact.quarter, series.zone), series.zone)
        facets = [
            ("all", ""), ("user", str(fact.user_id)), ("country", fact.country),
            ("code", fact.code),
        ]  # fmt: skip
        for facet, who in facets:
            for number in (0, fact.did_number_id):
                key = (facet, start, number, fact.direction, who)
                for name, count in _amounts(fact, series.zone, has_waits=facet != "code").items():
                    sums[(*key, *name)] += count
    return sums


def _amounts(fact: MessageFact, zone: str, *, has_waits: bool) -> Sums:
    """Return what a message adds, by the column and the place in it."""
    amounts: Sums = Counter({("messages",): 1, ("hours", hour_of(fact.quarter, zone)): 1})
    for name in _MEASURES:
        amounts[(name,)] = getattr(fact, name)
    if fact.status in _STATUSES:
        amounts[(fact.status,)] = 1
    if has_waits and fact.receipt_bin is not None:
        amounts[("receipts", fact.receipt_bin)] = 1
    if has_waits and fact.answer_bin is not None:
        amounts[("answers", fact.answer_bin)] = 1
        amounts[("first_answers", fact.answer_bin)] = int(fact.is_first_answer)
    return +amounts


def _kept(series: ReportSeries) -> Sums:
    sums: Sums = Counter()
    rows = ReportDay.objects.filter(series_id=series.pk).values(*_KEY, *SUMS, *PACKED)
    for row in rows.iterator(_CHUNK):
        key = tuple(row[name] for name in _KEY)
        for name in SUMS:
            if row[name]:
                sums[(*key, name)] = row[name]
        for name in PACKED:
            for place, count in merged([bytes(row[name])]).items():
                sums[(*key, name, place)] = count
    return sums
