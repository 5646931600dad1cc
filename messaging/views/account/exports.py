"""The page of one's exports: what one may see, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging.forms.export_job import ExportForm
from messaging.models import ExportJob
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere, refusal
from messaging.services.errors import InvalidInput
from messaging.services.exports.jobs import delete_export, exports_seen_by, files_of, start_export
from messaging.services.exports.retention import KEPT_FOR
from messaging.views.shared.ranged_file import file_answer
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import say

from .proof import ask_for_proof, proved_to_post

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@proved_to_post
def exports(request: HttpRequest) -> HttpResponse:
    """Show somebody's exports, and take the wish for one."""
    user = signed_in(request)
    if not may_somewhere(Action.EXPORT, user=user):
        raise PermissionDenied(refusal())
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            start_export(
                tables=data["tables"], file_format=data["format"], by=user, at=timezone.now()
            )
        except InvalidInput as error:
            form.add_error(error.field, error.user_message)
        else:
            return redirect("exports")
    jobs = list(exports_seen_by(user).order_by("-pk"))
    for job in jobs:
        job.files = files_of(job)  # type: ignore[attr-defined]  # for the template
        job.done = sum(job.counts.values())  # type: ignore[attr-defined]
        job.all = sum(job.totals.values())  # type: ignore[attr-defined]
        job.kept_until = job.created_at + KEPT_FOR  # type: ignore[attr-defined]
    context = {
        "form": form,
        "jobs": jobs,
        "is_at_work": any(job.state == ExportJob.State.RUNNING for job in jobs),
        "names": dict(form.fields["tables"].choices),  # type: ignore[attr-defined]
    }
    return render(request, "account/exports.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_safe
def download(request: HttpRequest, export_id: int, table: str) -> HttpResponseBase:
    """Send one file, or a part of it."""
    if asked := ask_for_proof(request):
        return asked
    user = signed_in(request)
    job = get_object_or_404(exports_seen_by(user), pk=export_id)
    file = next((each for each in files_of(job) if each.table == table), None)
    if file is None:
        raise Http404
    return file_answer(request, job=job, file=file, by=user)


@login_required
@require_POST
def delete(request: HttpRequest, export_id: int) -> HttpResponse:
    """Delete an export with its files."""
    user = signed_in(request)
    job = get_object_or_404(exports_seen_by(user), pk=export_id)
    delete_export(job, by=user, at=timezone.now())
    say(request, _("Export deleted."))
    return redirect("exports")
