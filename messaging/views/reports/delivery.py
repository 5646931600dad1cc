"""The report of delivery: how many arrived, how fast the receipts came, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from messaging.services.reports.figures import delivery_report, messages_report

from . import values
from .charts import WAITS, Chart, Column
from .pages import Page, Tile, counts, day_head, day_rows, key_rows, tile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messaging.services.reports.figures import Report
    from messaging.services.reports.question import Question

    from .values import Value


def page() -> Page:
    """Return the page."""
    return Page(
        title=_("Delivery"),
        tiles=_tiles,
        charts={
            "days": _days,
            "latency": _latency,
            "failures": _failures,
            "numbers": _by("number", _("By number"), _("Number")),
            "countries": _by("country", _("By country"), _("Country")),
        },
        rules=(
            _(
                "Delivery rate: delivered messages, of those of which NXCloud said whether they "
                "arrived."
            ),
            _("Without a receipt: messages that NXCloud accepted and has said nothing of since."),
            _("Receipt time: from NXCloud’s acceptance until its receipt reached us, exact to 1%."),
        ),
    )


def _rate(row: Mapping[str, Any]) -> float | None:
    """Return the share that arrived, of those whose fate is known."""
    known = row.get("delivered", 0) + row.get("undelivered", 0)
    return row["delivered"] / known if known else None


def _share_without(row: Mapping[str, Any]) -> float | None:
    accepted = row.get("with_receipt", 0) + row.get("without_receipt", 0)
    return row["without_receipt"] / accepted if accepted else None


def _both(question: Question, *keys: str) -> Report:
    """Return the delivery report with the counts of messages beside its figures."""
    delivery = delivery_report(question.by_keys(*keys), is_prepared=True)
    messages = messages_report(question.by_keys(*keys), is_prepared=True)
    counted = {tuple(row[key] for key in keys): row for row in messages.rows}
    for row in delivery.rows:
        row |= counted.get(tuple(row[key] for key in keys), {})
    delivery.total.update(messages.total)
    return delivery


def _tiles(question: Question) -> list[Tile]:
    now, before = (_both(asked).total for asked in (question, question.before))
    shares = {_("Delivery rate"): _rate, _("Without a receipt"): _share_without}
    times = {
        "latency_p50_seconds": _("Receipt time, median"),
        "latency_p95_seconds": _("Receipt time, 95%"),
    }
    return [
        *(
            tile(title, values.percent(share(now)), values.percent(share(before)))
            for title, share in shares.items()
        ),
        *(
            tile(title, values.seconds(now[name]), values.seconds(before[name]))
            for name, title in times.items()
        ),
        tile(
            _("Not delivered"),
            values.count(now["undelivered"]),
            values.count(before["undelivered"]),
        ),
        tile(_("Failed"), values.count(now["failed"]), values.count(before["failed"])),
    ]


def _rates(row: Mapping[str, Any]) -> tuple[Value, ...]:
    return (
        values.percent(_rate(row)),
        values.percent(_share_without(row)),
        *counts("delivered", "undelivered", "with_receipt", "without_receipt")(row),
    )


def _rate_columns() -> tuple[Column, ...]:
    return (
        Column(_("Delivery rate"), "delivery_rate_percent", 1),
        Column(_("Without a receipt"), "without_receipt_percent"),
        Column(_("Delivered"), "delivered"),
        Column(_("Not delivered"), "undelivered"),
        Column(_("With a receipt"), "with_receipt"),
        Column(_("No receipt yet"), "without_receipt"),
    )


def _days(question: Question) -> Chart:
    report = _both(question, "day")
    rows = day_rows(question, report, _rates)
    rates = [row.values[0].size for row in rows if row.values[0].size is not None]
    known = [row for row in rows if row.values[0].size is not None]
    summary = _("Nothing in this period.")
    if known:
        worst = min(known, key=lambda row: row.values[0].size or 0)
        summary = _("Lowest on %(day)s: %(rate)s.") % {
            "day": worst.label,
            "rate": worst.values[0].text,
        }
    lowest = min(rates, default=0)
    floor = next(step for step in (95, 90, 80, 50, 0) if lowest >= step or not step)
    return Chart(
        "days",
        _("Delivery rate per day"),
        summary,
        "lines",
        *day_head(),
        _rate_columns(),
        rows if known else [],
        axis=lambda value: values.percent(value / 100).text,
        floor=floor,
        top=100,
        is_wide=True,
    )


def _latency(question: Question) -> Chart:
    report = delivery_report(question.by_keys("day"), is_prepared=True)
    names = ("latency_p50_seconds", "latency_p95_seconds")
    rows = day_rows(
        question, report, lambda row: tuple(values.seconds(row.get(name)) for name in names)
    )
    has_any = any(value.size is not None for row in rows for value in row.values)
    return Chart(
        "latency",
        _("Receipt time per day"),
        _("How long after NXCloud accepted a message its receipt came."),
        "lines",
        *day_head(),
        (Column(_("Median"), names[0], 1), Column(_("95%"), names[1], 2)),
        rows if has_any else [],
        axis=values.wait_on_axis,
        steps=WAITS,
    )


def _failures(question: Question) -> Chart:
    report = messages_report(question.by_keys("code"), is_prepared=True)
    names = ("failed", "undelivered", "unconfirmed", "blocked")

    def total(row: Mapping[str, Any]) -> float:
        return float(sum(row[name] for name in names))

    report.rows[:] = [row for row in report.rows if total(row)]
    rows = key_rows(
        "code",
        report,
        lambda row: (values.count(int(total(row))), *counts(*names)(row)),
        largest=total,
    )
    return Chart(
        "failures",
        _("What went wrong, and who can fix it"),
        _("Messages that failed, were not delivered, may not have been sent, or were blocked."),
        "rows",
        _("Reason"),
        "code",
        (
            Column(_("Messages"), "messages", 4),
            Column(_("Failed"), "failed"),
            Column(_("Not delivered"), "undelivered"),
            Column(_("Unconfirmed"), "unconfirmed"),
            Column(_("Blocked"), "blocked"),
        ),
        rows,
    )


def _by(key: str, title: str, head: str) -> Callable[[Question], Chart]:
    def chart(question: Question) -> Chart:
        report = _both(question, key)
        names = ("latency_p50_seconds", "latency_p95_seconds")
        rows = key_rows(
            key,
            report,
            lambda row: (*_rates(row), *(values.seconds(row[name]) for name in names)),
            largest=lambda row: float(row["with_receipt"] + row["without_receipt"]),
        )
        columns = (
            *_rate_columns(),
            Column(_("Receipt time, median"), names[0]),
            Column(_("Receipt time, 95%"), names[1]),
        )
        slug = {"number": "numbers", "country": "countries"}[key]
        summary = _("Share of delivered messages, of those with a known outcome.")
        return Chart(slug, title, summary, "rows", head, key, columns, rows)

    return chart
