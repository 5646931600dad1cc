"""Compare the roll-ups with the messages, by sums that are computed in another way."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.models import OuterRef, Subquery

from messaging.models import Answer, Message, MessageFact, ReportSeries, StatusChange

from .catch_up import catch_up
from .contributions import MEASURES, start_in
from .countries import country_of
from .histogram import bin_of
from .page_day_check import page_day_differences
from .series import counted_series

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Sums = dict[tuple[Any, ...], list[int]]
#: What is added up for a key: the measures of cells, then waits: how many, and their places.
WAITS: Final = ("receipts", "receipt places", "answers", "answer places", "first answers", "facts")
NAMES: Final = (*MEASURES, *WAITS)
QUARTERS_OF_A_DAY: Final = 96
#: Messages keep changing while they are read; what differs is looked at again.
LOOKS: Final = 4
_CHUNK: Final = 5000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def differences() -> list[str]:
    """Return a line for each sum that differs; it counts first what is not counted yet.

    Each line names the day (UTC), the ids and words of the key, and the two sums.
    """
    days: set[int] | None = None
    found: list[str] = []
    for _look in range(LOOKS):
        while not catch_up():
            pass
        found, days = _compare(days)
        if not found:
            break
    return [*found, *(line for series in counted_series() for line in _compare_series(series))]


def _compare(days: Collection[int] | None) -> tuple[list[str], set[int]]:
    """Compare the quarter-hours with the messages, by days; return lines and the days in them."""
    raw, kept = _raw_sums(days), _kept_sums(days)
    lines, wrong = [], set()
    for key in sorted({*raw, *kept}):
        expected, got = raw.get(key), kept.get(key)
        if expected != got:
            wrong.add(key[0])
            day = (_EPOCH + timedelta(days=key[0])).date()
            lines.append(f"{day} {key[1:]}: {_named(expected)} but the roll-ups say {_named(got)}")
    return lines, wrong


def _named(values: list[int] | None) -> str:
    named = zip(NAMES, values or [0] * len(NAMES), strict=True)
    return ", ".join(f"{name} {value}" for name, value in named if value) or "nothing"


def _raw_sums(days: Collection[int] | None) -> Sums:
    sums: Sums = defaultdict(lambda: [0] * len(NAMES))
    _add_pruned(sums, days)
    for row in _messages(days):
        key = (
            (row["created_at"] - _EPOCH).days, row["did_number_id"], row["direction"],
            row["status"], row["sent_by_id"] or 0, country_of(row["phone_key"]),
            row["error_code"] or "",
        )  # fmt: skip
        for place, value in enumerate(_values(row)):
            sums[key][place] += value
    return sums


def _add_pruned(sums: Sums, days: Collection[int] | None) -> None:
    """Add what was counted of messages that are not there any more."""
    for fact in MessageFact.objects.filter(is_pruned=True).order_by("pk").iterator(_CHUNK):
        day = fact.quarter // QUARTERS_OF_A_DAY
        if days is not None and day not in days:
            continue
        key = (
            day, fact.did_number_id, fact.direction, fact.status, fact.user_id, fact.country,
            fact.code,
        )  # fmt: skip
        waits = (fact.receipt_bin, fact.answer_bin)
        values = [
            1,
            *(getattr(fact, name) for name in MEASURES[1:]),
            *(n for place in waits for n in (int(place is not None), place or 0)),
            int(fact.is_first_answer),
            1,
        ]
        for place, value in enumerate(values):
            sums[key][place] += value


def _values(row: dict[str, Any]) -> list[int]:
    """Return what a message adds, in the order of NAMES."""
    went_out = row["status"] in {"sent", "delivered", "undelivered"}
    is_charged = went_out or row["direction"] == "inbound"
    cost = None
    if row["price"] is not None and row["billed_segments"] is not None:
        cost = int(row["price"].scaleb(6)) * row["billed_segments"]
    receipt: list[int] = []
    if went_out and row["sent_at"] and row["receipt_at"]:
        receipt = [bin_of((row["receipt_at"] - row["sent_at"]).total_seconds())]
    answer: list[int] = []
    if row["answer_seconds"] is not None and row["status"] not in {"canceled", "blocked"}:
        answer = [bin_of(row["answer_seconds"])]
    return [
        1,
        row["segments"],
        row["segments"] if is_charged else 0,
        row["billed_segments"] or 0,
        cost or 0,
        int(is_charged and cost is None),
        int(row["billed_segments"] not in {None, row["segments"]}),
        int(went_out and row["has_receipt"]),
        int(went_out and not row["has_receipt"]),
        len(receipt),
        sum(receipt),
        len(answer),
        sum(answer),
        len(answer) if row["is_first"] else 0,
        1,
    ]


def _messages(days: Collection[int] | None) -> Iterator[dict[str, Any]]:
    ended = StatusChange.objects.filter(
        message_id=OuterRef("pk"), status__in=["delivered", "undelivered"]
    )
    stamp = Answer.objects.filter(pk=OuterRef("pk"))
    rows = Message.objects.not_undone().order_by("pk")
    if days is not None:
        first, last = min(days, default=0), max(days, default=-1)
        rows = rows.filter(
            created_at__gte=_EPOCH + timedelta(days=first),
            created_at__lt=_EPOCH + timedelta(days=last + 1),
        )
    rows = rows.annotate(
        receipt_at=Subquery(ended.order_by("at", "id").values("at")[:1]),
        answer_seconds=Subquery(stamp.values("seconds")),
        is_first=Subquery(stamp.values("is_first")),
    )
    after = 0
    while chunk := list(
        rows.filter(pk__gt=after).values(
            "id", "created_at", "did_number_id", "direction", "status", "sent_by_id", "error_code",
            "segments", "billed_segments", "price", "has_receipt", "sent_at", "receipt_at",
            "answer_seconds", "is_first", "conversation__contact__phone_key",
        )[:_CHUNK]
    ):  # fmt: skip
        for row in chunk:
            row["phone_key"] = row["conversation__contact__phone_key"]
            if days is None or (row["created_at"] - _EPOCH).days in days:
                yield row
        after = chunk[-1]["id"]


def _kept_sums(days: Collection[int] | None) -> Sums:
    quarters = next(row for row in counted_series() if row.span == ReportSeries.Span.QUARTER)
    sums: Sums = defaultdict(lambda: [0] * len(NAMES))
    measures = ", ".join(f"SUM({name})" for name in MEASURES)
    cells = (
        f"SELECT start / {QUARTERS_OF_A_DAY}, did_number_id, direction, status, user_id, country,"  # noqa: S608
        f" code, {measures} FROM messaging_reportcell WHERE series_id = %s"
        " GROUP BY 1, 2, 3, 4, 5, 6, 7"
    )
    # The tables of waits know no status; the facts say whose waits they are.
    facts = (
        f"SELECT quarter / {QUARTERS_OF_A_DAY}, did_number_id, direction, status, user_id, country,"  # noqa: S608
        " code, COUNT(receipt_bin), SUM(receipt_bin), COUNT(answer_bin), SUM(answer_bin),"
        " SUM(CASE WHEN is_first_answer THEN 1 ELSE 0 END), COUNT(*)"
        " FROM messaging_messagefact GROUP BY 1, 2, 3, 4, 5, 6, 7"
    )
    with connection.cursor() as cursor:
        cursor.execute(cells, [quarters.pk])
        for row in cursor.fetchall():
            if days is None or row[0] in days:
                sums[row[:7]][: len(MEASURES)] = [int(value) for value in row[7:]]
        cursor.execute(facts)
        for row in cursor.fetchall():
            if days is None or row[0] in days:
                sums[row[:7]][len(MEASURES) :] = [int(value or 0) for value in row[7:]]
    return {key: values for key, values in sums.items() if any(values)}


def _compare_series(series: ReportSeries) -> list[str]:
    """Compare one series with the facts, step by step and number by number."""
    if series.span == ReportSeries.Span.PAGE:
        return page_day_differences(series)
    columns = ", ".join(f"SUM({name})" for name in MEASURES[1:])
    pairs = (
        (
            "cells",
            f"SELECT quarter, did_number_id, COUNT(*), {columns} FROM messaging_messagefact"  # noqa: S608
            " GROUP BY 1, 2",
            f"SELECT start, did_number_id, SUM(messages), {columns} FROM messaging_reportcell"  # noqa: S608
            " WHERE series_id = %s GROUP BY 1, 2",
        ),
        (
            "waits for receipts",
            "SELECT quarter, did_number_id, COUNT(receipt_bin), SUM(receipt_bin)"
            " FROM messaging_messagefact WHERE receipt_bin IS NOT NULL GROUP BY 1, 2",
            "SELECT start, did_number_id, SUM(count), SUM(count * bin) FROM messaging_reportdelay"
            " WHERE series_id = %s AND kind = 'receipt' GROUP BY 1, 2",
        ),
        (
            "waits for answers",
            "SELECT quarter, did_number_id, COUNT(answer_bin), SUM(answer_bin)"
            " FROM messaging_messagefact WHERE answer_bin IS NOT NULL GROUP BY 1, 2",
            "SELECT start, did_number_id, SUM(count), SUM(count * bin) FROM messaging_reportdelay"
            " WHERE series_id = %s AND kind = 'answer' GROUP BY 1, 2",
        ),
    )
    lines = []
    for what, of_facts, of_series in pairs:
        since = series.built_from
        expected = {
            key: sums
            for key, sums in _rolled(of_facts, [], series).items()
            if since is None or key[0] >= since
        }
        got = _rolled(of_series, [series.pk], None)
        lines += [
            f"{series}: {what} of {key}: {expected.get(key)} but the series says {got.get(key)}"
            for key in sorted({*expected, *got})
            if expected.get(key) != got.get(key)
        ]
    return lines


def _rolled(text: str, params: list[int], series: ReportSeries | None) -> Sums:
    sums: Sums = {}
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        for start, did, *values in cursor.fetchall():
            key = (start if series is None else start_in(series, start), did)
            total = sums.setdefault(key, [0] * len(values))
            for place, value in enumerate(values):
                total[place] += int(value)
    return sums
