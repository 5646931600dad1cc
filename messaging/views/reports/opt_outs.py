"""The report of opt-outs: how many, beside what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from messaging.services.reports.figures import messages_report
from messaging.services.reports.opt_outs import opt_outs_by

from . import values
from .charts import Chart, Column, Row
from .labels import all_days, day_label, label_of
from .pages import Page, Tile, day_head, tile

if TYPE_CHECKING:
    from messaging.services.reports.question import Question

    from .values import Value


def page() -> Page:
    """Return the page."""
    return Page(
        title=_("Opt-outs"),
        is_for_team=True,
        tiles=_tiles,
        charts={"days": _days, "numbers": _numbers},
        rules=(
            _("Rate: opt-outs for each hundred outgoing messages of the same days."),
            _("An opt-out for all numbers counts for the number that the contact wrote to."),
        ),
    )


def _rate(opt_outs: int, sent: int) -> float | None:
    return opt_outs / sent if sent else None


def _figures(opt_outs: int, sent: int) -> tuple[Value, ...]:
    return values.count(opt_outs), values.count(sent), values.percent(_rate(opt_outs, sent))


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("Opt-outs"), "opt_outs", 4),
        Column(_("Outgoing"), "outbound"),
        Column(_("Rate"), "rate_percent"),
    )


def _tiles(question: Question) -> list[Tile]:
    now, before = (
        (
            opt_outs_by(asked, "day").total(),
            messages_report(asked.by_keys(), is_prepared=True).total["outbound"],
        )
        for asked in (question, question.before)
    )
    return [
        tile(title, new, old)
        for title, new, old in zip(
            (_("Opt-outs"), _("Outgoing"), _("Rate")),
            _figures(*now),
            _figures(*before),
            strict=True,
        )
    ]


def _days(question: Question) -> Chart:
    found = opt_outs_by(question, "day")
    report = messages_report(question.by_keys("day"), is_prepared=True)
    sent = {row["day"]: row["outbound"] for row in report.rows}
    rows = [
        Row(day_label(day), day.isoformat(), _figures(found[key], sent.get(key, 0)))
        for day in all_days(question)
        for key in (day.isoformat(),)
    ]
    summary = _("%(count)s contacts opted out.") % {"count": values.count(found.total()).text}
    return Chart(
        "days", _("Opt-outs per day"), summary, "bars", *day_head(), _columns(), rows, is_wide=True
    )


def _numbers(question: Question) -> Chart:
    found = opt_outs_by(question, "number")
    report = messages_report(question.by_keys("number"), is_prepared=True)
    sent = {row["number"]: row["outbound"] for row in report.rows}
    label = label_of("number")
    numbers = sorted({*found, *sent}, key=lambda digits: (-found[digits], digits or ""))
    rows = [
        Row(
            label(number) or _("All numbers"),
            number or "",
            _figures(found[number], sent.get(number, 0)),
        )
        for number in numbers
    ]
    summary = _("Opt-outs, with the rate in the table.")
    return Chart(
        "numbers",
        _("By number"),
        summary,
        "rows",
        _("Number"),
        "number",
        _columns(),
        rows,
    )
