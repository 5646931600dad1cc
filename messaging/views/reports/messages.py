"""The report of messages: how many came and went, when, where, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.services.reports.figures import COUNTED, messages_by_hour, messages_report
from messaging.status_words import STATUS_CHOICES

from . import values
from .charts import Chart, Column, Row
from .labels import weekday_label
from .pages import Page, Tile, busiest, counts, day_head, day_rows, days_in, key_rows, summed, tile

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging.services.reports.question import Question


def page() -> Page:
    """Return the page."""
    return Page(
        title=_("Messages"),
        tiles=_tiles,
        charts={
            "days": _days,
            "outcomes": _outcomes,
            "hours": _hours,
            "numbers": _by("number", _("By number"), _("Number")),
            "countries": _by("country", _("By country"), _("Country")),
            "people": _people,
            "labels": _by("label", _("By label"), _("Label")),
        },
        hidden={"labels": _("By label")},
        of_team=frozenset({"people"}),
        rules=(
            _(
                "A message counts on the day on which it was written or arrived, in the status "
                "that it has now."
            ),
            _("A message that its writer undid at once doesn’t count."),
        ),
    )


def _two() -> tuple[Column, Column]:
    return Column(_("Received"), "inbound", 1), Column(_("Outgoing"), "outbound", 2)


def _tiles(question: Question) -> list[Tile]:
    now = messages_report(question.by_keys(), is_prepared=True).total
    before = messages_report(question.before.by_keys(), is_prepared=True).total
    names = {
        "inbound": _("Received"),
        "outbound": _("Outgoing"),
        "delivered": _("Delivered"),
        "failed": _("Failed"),
        "segments": _("Segments"),
    }
    return [
        tile(title, values.count(now[name]), values.count(before[name]))
        for name, title in names.items()
    ]


def _days(question: Question) -> Chart:
    report = messages_report(question.by_keys("day"), is_prepared=True)
    rows = day_rows(question, report, counts("inbound", "outbound"))
    summary = ngettext(
        "%(inbound)s received and %(outbound)s outgoing in %(days)s day.",
        "%(inbound)s received and %(outbound)s outgoing in %(days)s days.",
        days_in(question),
    ) % {
        "inbound": values.count(summed(report, "inbound")).text,
        "outbound": values.count(summed(report, "outbound")).text,
        "days": values.count(days_in(question)).text,
    }
    best = busiest(rows)
    if best is not None and len(rows) > 1:
        summary += " " + _("Busiest day: %(day)s.") % {"day": best.label}
    return Chart(
        "days", _("Messages per day"), summary, "bars", *day_head(), _two(), rows, is_wide=True
    )


def _outcomes(question: Question) -> Chart:
    total = messages_report(question.by_keys(), is_prepared=True).total
    words = dict(STATUS_CHOICES)
    tones = {"failed": 4, "undelivered": 4}
    rows = [
        Row(str(words[status]), str(status), (values.count(total[status]),))
        for status in COUNTED
        if total[status] or status not in tones
    ]
    return Chart(
        "outcomes",
        _("What became of outgoing messages"),
        _("Each message in the status that it has now."),
        "rows",
        _("Status"),
        "status",
        (Column(_("Messages"), "messages", 1),),
        rows if any(total[status] for status in COUNTED) else [],
    )


def _hours(question: Question) -> Chart:
    found = messages_by_hour(question)
    rows = [
        Row(
            weekday_label(day),
            str(day),
            tuple(values.count(found[(day, hour)]) for hour in range(24)),
        )
        for day in range(1, 8)
    ]
    best = max(sorted(found), key=lambda key: found[key], default=None)
    summary = _("Nothing in this period.")
    if best is not None:
        summary = ngettext(
            "Busiest hour: %(day)s from %(hour)s:00, %(count)s message.",
            "Busiest hour: %(day)s from %(hour)s:00, %(count)s messages.",
            found[best],
        ) % {
            "day": weekday_label(best[0]),
            "hour": best[1],
            "count": values.count(found[best]).text,
        }
    return Chart(
        "hours",
        _("By weekday and hour"),
        summary,
        "hours",
        _("Weekday"),
        "weekday",
        tuple(Column(f"{hour:02}", f"{hour:02}", 1) for hour in range(24)),
        rows if found else [],
    )


def _by(key: str, title: str, head: str) -> Callable[[Question], Chart]:
    def chart(question: Question) -> Chart:
        report = messages_report(question.by_keys(key), is_prepared=True)
        rows = key_rows(key, report, counts("inbound", "outbound"), largest=_both)
        return Chart(
            {"number": "numbers", "country": "countries", "label": "labels"}[key],
            title,
            _("Received and outgoing messages."),
            "rows",
            head,
            key,
            _two(),
            rows,
        )

    return chart


def _both(row: dict[str, Any]) -> float:
    return float(row["inbound"] + row["outbound"])


def _people(question: Question) -> Chart:
    report = messages_report(question.by_keys("user", "direction"), is_prepared=True)
    report.rows[:] = [row for row in report.rows if row["direction"] == "outbound"]
    rows = key_rows("user", report, counts("outbound", "segments"), largest=_both)
    return Chart(
        "people",
        _("By person"),
        _("Who wrote the outgoing messages. “Nobody” stands for auto-replies."),
        "rows",
        _("Person"),
        "user",
        (Column(_("Outgoing"), "outbound", 2), Column(_("Segments"), "segments")),
        rows,
    )
