"""One import: its columns, its trial run, how far it is, its result; confirm, undo, discard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from messaging.forms.import_job import ColumnsForm
from messaging.models import ImportJob, ImportRow
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere, refusal
from messaging.services.errors import MessagingError
from messaging.services.imports.jobs import (
    UNCONFIRMED,
    UNDO_FOR,
    can_be_undone,
    change_columns,
    choose_columns,
    confirm,
    discard,
    stored_table,
    undo,
)
from messaging.services.imports.rejections import rejected_as_csv, why
from messaging.services.imports.steps import AT_WORK
from messaging.views.shared.responses import parse_positive_int, signed_in
from messaging.views.shared.toasts import complain, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

#: Rows of a page.
PAGE: Final = 50
#: Cells of a row that a page shows.
MOST_CELLS: Final = 4
State, Outcome = ImportJob.State, ImportRow.Outcome


@login_required
@never_cache
@require_safe
def page(request: HttpRequest, job_id: int) -> HttpResponse:
    """Show an import as far as it is."""
    job = _job_for(request, job_id)
    if job.state == State.UPLOADED:
        return _columns_page(request, job, ColumnsForm(job=job))
    chosen = request.GET.get("rows", "")
    context = {
        "job": job,
        "is_at_work": job.state in AT_WORK,
        "is_unconfirmed": job.state in UNCONFIRMED,
        "progress": _progress(job),
        "tabs": _tabs(job, chosen=chosen),
        "rejected": job.counts.get(Outcome.INVALID, 0) + job.counts.get(Outcome.DUPLICATE, 0),
        "to_write": job.counts.get(Outcome.CREATE, 0) + job.counts.get(Outcome.CHANGE, 0),
        "can_be_undone": can_be_undone(job, at=timezone.now()),
        "undo_until": job.finished_at + UNDO_FOR if job.finished_at else None,
        **_rows(request, job, chosen=chosen),
    }
    return render(request, "imports/job.html", context)


@login_required
@require_POST
def columns(request: HttpRequest, job_id: int) -> HttpResponse:
    """Take what the columns mean."""
    job = _job_for(request, job_id)
    if "change" in request.POST:
        return _do(request, job, lambda: change_columns(job))
    form = ColumnsForm(request.POST, job=job)
    if form.is_valid():
        try:
            choose_columns(job, form.reading())
        except MessagingError as error:
            form.add_error(None, error.user_message)
        else:
            return redirect("import", job.pk)
    return _columns_page(request, job, form, status=422)


@login_required
@require_POST
def confirm_import(request: HttpRequest, job_id: int) -> HttpResponse:
    """Let it be imported."""
    job = _job_for(request, job_id)
    return _do(request, job, lambda: confirm(job, by=signed_in(request), at=timezone.now()))


@login_required
@require_POST
def undo_import(request: HttpRequest, job_id: int) -> HttpResponse:
    """Let it be taken back."""
    job, reason = _job_for(request, job_id), request.POST.get("reason", "")
    by, at = signed_in(request), timezone.now()
    return _do(request, job, lambda: undo(job, by=by, at=at, reason=reason))


@login_required
@require_POST
def discard_import(request: HttpRequest, job_id: int) -> HttpResponse:
    """Delete it; nothing was imported."""
    job = _job_for(request, job_id)
    try:
        discard(job)
    except MessagingError as error:
        complain(request, error.user_message)
        return redirect("import", job.pk)
    say(request, _("Discarded. Nothing was imported."))
    return redirect("imports")


@login_required
@never_cache
@require_safe
def rejected(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Download the rows that were not imported, with the reasons."""
    job = _job_for(request, job_id)
    lines = rejected_as_csv(job, header=_header(job))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{job.pk}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _job_for(request: HttpRequest, job_id: int) -> ImportJob:
    """Return one of somebody's own imports; any other is 404."""
    user = signed_in(request)
    job = get_object_or_404(ImportJob.objects.of(user).select_related("did_number"), pk=job_id)
    if not may_somewhere(Action.IMPORT, user=user):
        raise PermissionDenied(refusal())
    return job


def _do(request: HttpRequest, job: ImportJob, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except MessagingError as error:
        complain(request, error.user_message)
    return redirect("import", job.pk)


def _columns_page(
    request: HttpRequest, job: ImportJob, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    try:
        rows = stored_table(job).rows[job.has_header :][:20]
    except MessagingError as error:
        complain(request, error.user_message)
        return redirect("imports")
    context = {"job": job, "form": form, "columns": form.columns(rows)}
    return render(request, "imports/columns.html", context, status=status)


def _progress(job: ImportJob) -> dict[str, int]:
    """Return how many rows are done, of how many."""
    if job.state == State.CHECKING:
        return {"done": job.checked_count, "all": job.row_count}
    written = [Outcome.CREATE, Outcome.CHANGE]
    rows = ImportRow.objects.filter(job=job, outcome__in=written).order_by()
    left = ImportRow.State.WAITING if job.state == State.RUNNING else ImportRow.State.DONE
    total = rows.count()
    return {"done": total - rows.filter(state=left).count(), "all": total}


def _tabs(job: ImportJob, *, chosen: str) -> list[dict[str, Any]]:
    words = {**dict(Outcome.choices), "left": _("Left as it is"), "undone": _("Undone")}
    return [
        {"word": word, "label": label, "count": job.counts.get(word, 0), "chosen": word == chosen}
        for word, label in words.items()
        if word in Outcome.values or word in job.counts
    ]


def _header(job: ImportJob) -> list[str]:
    return [
        name or _("Column %(number)d") % {"number": index + 1}
        for index, name in enumerate(job.header)
    ]


def _rows(request: HttpRequest, job: ImportJob, *, chosen: str) -> dict[str, Any]:
    """Return a page of the import's rows, those that were not imported first."""
    rows = ImportRow.objects.filter(job=job).order_by("position")
    if chosen in Outcome.values:
        rows = rows.filter(outcome=chosen)
    elif chosen in (ImportRow.State.LEFT, ImportRow.State.UNDONE):
        rows = rows.filter(state=chosen)
    after = parse_positive_int(request.GET.get("after"))
    if after:
        rows = rows.filter(position__gt=after - 1)
    found = list(rows[: PAGE + 1])
    return {
        "rows": [
            {"row": row, "why": why(row.reason, row.facts), "cells": _shown(row, job=job)}
            for row in found[:PAGE]
        ],
        "chosen": chosen,
        "more": found[PAGE - 1].position + 1 if len(found) > PAGE else 0,
    }


def _shown(row: ImportRow, *, job: ImportJob) -> list[str]:
    """Return the cells that matter: those that are imported, the row's own number first."""
    order = [row.phone_cell] if row.phone_cell >= 0 else []
    order += [at for at, meaning in enumerate(job.columns) if meaning and meaning != "phone"]
    cells = [str(row.cells[at]) for at in order if at < len(row.cells) and row.cells[at]]
    return cells[:MOST_CELLS] or [str(cell) for cell in row.cells if cell][:MOST_CELLS]
