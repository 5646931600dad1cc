"""A report as a page, one of its charts alone, and that chart's table as a file."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.models import rights_of
from messaging.services.access.permissions import refusal
from messaging.services.errors import InvalidInput, ReportTooSlow
from messaging.services.reports.access import may_see_reports
from messaging.services.reports.budgets import budget_states
from messaging.services.reports.csv_text import csv_text
from messaging.services.reports.figures import prepare
from messaging.services.reports.time_limit import report_time_limit
from messaging.services.reports.turns import report_turn
from messaging.views.shared.responses import signed_in

from . import cost, delivery, messages, opt_outs, responses
from .labels import period_label
from .period import Period, presets, read_period
from .values import money

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from .charts import Chart
    from .pages import Page

PAGES: Final[dict[str, Callable[[], Page]]] = {
    "messages": messages.page,
    "responses": responses.page,
    "delivery": delivery.page,
    "cost": cost.page,
    "opt-outs": opt_outs.page,
}


@login_required
@require_safe
def first_report(request: HttpRequest) -> HttpResponse:
    """Go to the first report."""
    return redirect("report", report="messages")


def _says_what_is_too_slow(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer with a page that says so where a report takes longer than reports may."""

    @wraps(view)
    def safely(request: HttpRequest, report: str, **place: str) -> HttpResponse:
        try:
            return view(request, report, **place)
        except ReportTooSlow as error:
            page, period = _asked(request, report)
            if period is None:
                raise
            notice = {"tone": "bad", "text": error.user_message}
            context = _context(page, period, report=report, charts=[], is_complete=True)
            return render(
                request, "reports/page.html", context | {"warnings": [notice]}, status=503
            )

    return safely


@login_required
@require_safe
@_says_what_is_too_slow
@report_turn()
def report_page(request: HttpRequest, report: str) -> HttpResponse:
    """Show a report."""
    page, period = _asked(request, report)
    if period is None:
        return HttpResponseRedirect(reverse("report", args=[report]))
    period, is_complete = _prepared(period)
    with report_time_limit():
        charts = [
            chart(period.question)
            for slug, chart in page.charts.items()
            if slug not in page.hidden and not (period.is_own and slug in page.of_team)
        ]
        tiles = page.tiles(period.question)
    before = _("Compared with the period before: %(period)s.") % {
        "period": period_label(period.question.before)
    }
    more = [
        {
            "title": title,
            "href": f"{reverse('report-chart', args=[report, slug])}?{period.query_string}",
        }
        for slug, title in page.hidden.items()
    ]
    context = _context(page, period, report=report, charts=charts, is_complete=is_complete)
    context |= {"tiles": tiles, "before": before, "more": more}
    context["warnings"] = _warnings(period)
    context["may_export"] = rights_of(request.user).may_export
    return render(request, "reports/page.html", context | {"rules": page.rules})


@login_required
@require_safe
@_says_what_is_too_slow
@report_turn()
def report_chart(request: HttpRequest, report: str, chart: str) -> HttpResponse:
    """Show one chart of a report, with its table open."""
    page, period = _asked(request, report, chart)
    if period is None:
        return HttpResponseRedirect(reverse("report-chart", args=[report, chart]))
    period, is_complete = _prepared(period)
    charts = [page.charts[chart](period.question)]
    context = _context(page, period, report=report, charts=charts, is_complete=is_complete)
    context["may_export"] = rights_of(request.user).may_export
    return render(request, "reports/page.html", context | {"is_alone": True, "rules": page.rules})


@login_required
@require_safe
@_says_what_is_too_slow
@report_turn()
def report_csv(request: HttpRequest, report: str, chart: str) -> HttpResponse:
    """Return the table of a chart as CSV."""
    page, period = _asked(request, report, chart)
    if not rights_of(request.user).may_export:
        raise PermissionDenied(refusal())
    if period is None:
        return HttpResponse(status=400)
    period, _is_complete = _prepared(period)
    shown = page.charts[chart](period.question)
    text = csv_text(
        [shown.head_key, *(column.key for column in shown.columns)],
        [[row.key, *(value.plain for value in row.values)] for row in shown.rows],
    )
    first, last = period.question.first, period.question.last
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{report}-{chart}-{first}-{last}.csv"'
        },
    )


def _asked(request: HttpRequest, report: str, chart: str = "") -> tuple[Page, Period | None]:
    """Return the page and the period that an address asks for; None where it cannot be read.

    Raises:
        PermissionDenied: the person may not see reports, or not this one.
        Http404: there is no such report or chart.
    """
    user = signed_in(request)
    if not may_see_reports(user):
        raise PermissionDenied
    if report not in PAGES:
        raise Http404
    page = PAGES[report]()
    if chart and chart not in page.charts:
        raise Http404
    try:
        period = read_period(request.GET, user=user)
    except InvalidInput:
        return page, None
    if period.is_own and (page.is_for_team or chart in page.of_team):
        raise PermissionDenied(refusal())
    return page, period


def _prepared(period: Period) -> tuple[Period, bool]:
    question, is_complete = prepare(period.question)
    return replace(period, question=question), is_complete


def _context(
    page: Page, period: Period, *, report: str, charts: list[Chart], is_complete: bool
) -> dict[str, Any]:
    """Return what the templates show of every page."""
    return {
        "report": report,
        "title": page.title,
        "tabs": [
            {
                "name": name,
                "title": make().title,
                "href": f"{reverse('report', args=[name])}?{period.query_string}",
            }
            for name, make in PAGES.items()
            if not (period.is_own and make().is_for_team)
        ],
        "question": period.question,
        "period": period_label(period.question),
        "presets": list(presets(period)),
        "numbers": period.numbers,
        "chosen_number": period.chosen_number,
        "tz": period.tz,
        "query_string": period.query_string,
        "charts": charts,
        "is_complete": is_complete,
        "is_own": period.is_own,
    }


def _warnings(period: Period) -> list[dict[str, str]]:
    """Return a line for each budget of the reader's numbers that is used up, or nearly."""
    if period.is_own:
        return []
    states = budget_states(at=timezone.now(), numbers=period.numbers)
    return [
        {
            "tone": "bad" if state.mark == 100 else "",
            "text": _(
                "%(number)s: %(percent)s%% of this month’s budget is used"
                " (%(spent)s of %(budget)s)."
            )
            % {
                "number": state.number,
                "percent": state.percent,
                "spent": money(state.spent).text,
                "budget": money(state.amount).text,
            },
        }
        for state in states
        if state.mark is not None
    ]
