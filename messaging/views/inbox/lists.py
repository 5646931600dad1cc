"""The inbox's pages: a view's list, with a conversation open beside it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from messaging.views.shared.list_context import (
    query_of,
    rows_context,
    sidebar_context,
    subject_name,
)
from messaging.views.shared.main_pane import render_main_pane
from messaging.views.shared.responses import conversation_for
from messaging.views.shared.view_labels import BY_NAME
from messaging.views.thread.page import thread_context

if TYPE_CHECKING:
    from django.http import HttpRequest


@login_required
@require_GET
def inbox(request: HttpRequest, view: str, conversation_id: int | None = None) -> HttpResponse:
    """Show a view's conversations, one of them open when the address names it."""
    if conversation_id is None:
        query = query_of(request.GET, view=view)
        label = BY_NAME.get(query.kind)
        return render_main_pane(
            request,
            template="inbox/_empty.html",
            title=str(label.name) if label else _("Inbox"),
            view=view,
            is_open=False,
        )
    query_of(request.GET, view=view)
    conversation = conversation_for(request, conversation_id)
    return render_main_pane(
        request,
        template="thread/_thread.html",
        title=conversation.contact.display_name,
        context=thread_context(request, conversation),
        view=view,
        open_id=conversation.pk,
    )


@login_required
@require_GET
def sidebar_part(request: HttpRequest) -> HttpResponse:
    """Return the sidebar alone."""
    return render(
        request,
        "inbox/_sidebar.html",
        sidebar_context(request, view=request.GET.get("view", "open")),
    )


@login_required
@require_GET
def list_part(request: HttpRequest) -> HttpResponse:
    """Return rows alone: the first page, or the page that "Load more" asks for."""
    view = request.GET.get("view", "open")
    context = rows_context(request, view=view)
    if view.partition("-")[0] in {"number", "label"}:
        subject_name(request, context["query"])
    # Nothing in the rows is of the request itself: the context processors need not run.
    return HttpResponse(render_to_string("inbox/_rows.html", context))
