"""The report of responses: how long people waited for an answer, and who waits now."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.services.reports.figures import responses_report
from messaging.services.reports.histogram import seconds_of
from messaging.services.reports.sums import answer_waits

from . import values
from .charts import WAITS, Chart, Column, Row
from .pages import Page, Tile, day_head, day_rows, key_rows, tile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messaging.services.reports.question import Question

    from .values import Value

#: Up to how many seconds, and how people say it.
STEPS: Final = (
    (60, gettext_lazy("< 1 min")),
    (300, gettext_lazy("1–5")),
    (900, gettext_lazy("5–15")),
    (1800, gettext_lazy("15–30")),
    (3600, gettext_lazy("30–60")),
    (14_400, gettext_lazy("1–4 h")),
    (86_400, gettext_lazy("4–24 h")),
    (float("inf"), gettext_lazy("> 1 d")),
)


def page() -> Page:
    """Return the page."""
    return Page(
        title=_("Responses"),
        tiles=_tiles,
        charts={
            "days": _days,
            "waits": _waits,
            "numbers": _by("number", _("By number"), _("Number")),
            "people": _by("user", _("By person"), _("Person")),
            "labels": _by("label", _("By label"), _("Label")),
        },
        hidden={"labels": _("By label")},
        of_team=frozenset({"people"}),
        rules=(
            _(
                "The clock starts when a reply becomes due: with the first message that nobody "
                "has answered or settled, not with the beginning of the conversation."
            ),
            _(
                "Only a person’s answer stops it. Auto-replies, scheduled messages and opt-out "
                "confirmations don’t."
            ),
            _(
                "Where a number has business hours, only the time within them counts. It is "
                "recorded when the answer is given; changing the hours later changes nothing that"
                " is past."
            ),
            _(
                "Half of all waits are at most as long as the median, nine in ten as the 90th "
                "percentile. Both are exact to 1%."
            ),
            _("By person, “waiting now” counts the conversations assigned to them."),
        ),
    )


def _tiles(question: Question) -> list[Tile]:
    now = responses_report(question.by_keys(), is_prepared=True).total
    before = responses_report(question.before.by_keys(), is_prepared=True).total
    times = {
        "first_median_seconds": _("First answer, median"),
        "first_p90_seconds": _("First answer, 90%"),
        "median_seconds": _("Each answer, median"),
        "p90_seconds": _("Each answer, 90%"),
    }
    return [
        tile(_("Answered"), values.count(now["answered"]), values.count(before["answered"])),
        *(
            tile(title, values.seconds(now[name]), values.seconds(before[name]))
            for name, title in times.items()
        ),
        Tile(_("Waiting now"), values.count(now["waiting"]).text),
    ]


def _columns(*, has_both: bool = False) -> tuple[Column, ...]:
    return (
        Column(_("Median"), "median_seconds", 1),
        Column(_("90%"), "p90_seconds", 2 if has_both else 0),
        Column(_("Answered"), "answered"),
        Column(_("First answer, median"), "first_median_seconds"),
        Column(_("First answer, 90%"), "first_p90_seconds"),
    )


def _figures(row: Mapping[str, Any]) -> tuple[Value, ...]:
    return (
        values.seconds(row.get("median_seconds")),
        values.seconds(row.get("p90_seconds")),
        values.count(row.get("answered", 0)),
        values.seconds(row.get("first_median_seconds")),
        values.seconds(row.get("first_p90_seconds")),
    )


def _days(question: Question) -> Chart:
    report = responses_report(question.by_keys("day"), is_prepared=True)
    rows = day_rows(question, report, _figures)
    total = responses_report(question.by_keys(), is_prepared=True).total
    summary = _("No due reply was answered in this period.")
    if total["answered"]:
        summary = _(
            "Half of the due replies were answered within %(median)s, nine in ten within %(p90)s."
        ) % {
            "median": values.wait_in_words(total["median_seconds"]),
            "p90": values.wait_in_words(total["p90_seconds"]),
        }
    return Chart(
        "days",
        _("Time to answer, per day"),
        summary,
        "lines",
        *day_head(),
        _columns(has_both=True),
        rows if total["answered"] else [],
        axis=values.wait_on_axis,
        steps=WAITS,
        is_wide=True,
    )


def _waits(question: Question) -> Chart:
    found: Counter[int] = Counter()
    limits = [limit for limit, _words in STEPS]
    for place, count in answer_waits(question.by_keys()).items():
        found[bisect_right(limits, seconds_of(place))] += count
    rows = [
        Row(str(words), "" if limit == float("inf") else str(limit), (values.count(found[n]),))
        for n, (limit, words) in enumerate(STEPS)
    ]
    return Chart(
        "waits",
        _("How long answers took"),
        _("%(count)s answers to due replies.") % {"count": values.count(found.total()).text},
        "bars",
        _("Wait"),
        "up_to_seconds",
        (Column(_("Answers"), "answered", 3),),
        rows if found else [],
    )


def _by(key: str, title: str, head: str) -> Callable[[Question], Chart]:
    def chart(question: Question) -> Chart:
        report = responses_report(question.by_keys(key), is_prepared=True)
        rows = key_rows(
            key,
            report,
            lambda row: (*_figures(row), values.count(row["waiting"])),
            largest=lambda row: float(row["answered"]),
        )
        return Chart(
            {"number": "numbers", "user": "people", "label": "labels"}[key],
            title,
            _("Median and 90th percentile of the time to answer."),
            "rows",
            head,
            key,
            (*_columns(), Column(_("Waiting now"), "waiting")),
            rows,
            also=1,
        )

    return chart
