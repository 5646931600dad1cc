"""A conversation on paper or in a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from didsms_site.http.client_address import client_address
from messaging.policy import Action
from messaging.services.access.security_log import record_security_event
from messaging.services.conversations.csv_export import conversation_as_csv
from messaging.services.threads.page import ThreadQuery, read_thread
from messaging.views.shared.responses import conversation_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseBase


@login_required
@require_GET
def printed(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show the whole conversation on one plain page for printing."""
    conversation = conversation_for(request, conversation_id, action=Action.EXPORT)
    _record(request, conversation_id, form="print")
    page = read_thread(ThreadQuery(is_whole=True), conversation=conversation, at=timezone.now())
    return render(
        request,
        "thread/print.html",
        {"conversation": conversation, "page": page, "printed_at": timezone.now()},
    )


@login_required
@require_GET
def as_csv(request: HttpRequest, conversation_id: int) -> HttpResponseBase:
    """Download the whole conversation as CSV."""
    conversation = conversation_for(request, conversation_id, action=Action.EXPORT)
    _record(request, conversation_id, form="csv")
    lines = list(conversation_as_csv(conversation=conversation))
    name = f"conversation-{conversation.pk}-{timezone.localdate():%Y-%m-%d}.csv"
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _record(request: HttpRequest, conversation_id: int, *, form: str) -> None:
    record_security_event(
        "export",
        user=request.user,
        address=client_address(request),
        conversation=conversation_id,
        form=form,
    )
