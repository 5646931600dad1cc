"""Somebody's imports, and the form for a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from messaging.forms.import_job import UploadForm
from messaging.models import ImportJob
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere, refusal
from messaging.services.errors import InvalidInput
from messaging.services.imports.jobs import Upload, start_import
from messaging.views.shared.responses import signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: Of one's imports, the newest.
MOST_SHOWN: Final = 50


@login_required
@never_cache
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """Show somebody's imports."""
    user = signed_in(request)
    if not may_somewhere(Action.IMPORT, user=user):
        raise PermissionDenied(refusal())
    jobs = ImportJob.objects.of(user).select_related("did_number").order_by("-pk")
    return render(request, "imports/list.html", {"jobs": jobs[:MOST_SHOWN]})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show the form for a file, and take one."""
    user = signed_in(request)
    if not may_somewhere(Action.IMPORT, user=user):
        raise PermissionDenied(refusal())
    is_sent = request.method == "POST"
    form = UploadForm(request.POST or None, request.FILES or None, user=user)
    if not is_sent and request.GET.get("kind"):
        form.initial["kind"] = request.GET["kind"]
    if is_sent and form.is_valid():
        data = form.cleaned_data
        upload = Upload(
            kind=data["kind"],
            raw=data["file"].read(),
            file_name=data["file"].name,
            did_number=data["did_number"],
            is_private=data["is_private"],
        )
        try:
            job = start_import(upload, by=user, at=timezone.now())
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.user_message)
        else:
            return redirect("import", job.pk)
    context = {
        "form": form,
        "most_megabytes": settings.IMPORT_MAX_BYTES // 1_000_000,
        "most_rows": settings.IMPORT_MAX_ROWS,
    }
    return render(request, "imports/new.html", context, status=422 if form.errors else 200)
