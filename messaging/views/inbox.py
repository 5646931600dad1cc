"""The inbox's pages: a view's list, with a conversation open beside it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from messaging.models import Conversation

from .pages import render_desk
from .thread import thread_context

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def rail_context(request: HttpRequest, *, view: str) -> dict[str, Any]:
    """Return what the rail shows."""
    return {"view": view}


def list_context(
    request: HttpRequest, *, view: str, open_id: int | None = None
) -> dict[str, Any]:
    """Return what the list shows."""
    rows = Conversation.objects.visible_to(request.user).select_related("contact")[:50]
    return {"view": view, "rows": rows, "open_id": open_id}


@login_required
@require_GET
def inbox(request: HttpRequest, view: str, conversation_id: int | None = None) -> HttpResponse:
    """Show a view's conversations, one of them open when the address names it."""
    if conversation_id is None:
        return render_desk(
            request,
            template="inbox/_empty.html",
            title=_("Inbox"),
            view=view,
            is_open=False,
        )
    conversation = get_object_or_404(
        Conversation.objects.visible_to(request.user).select_related(
            "contact", "did_number", "assignee"
        ),
        pk=conversation_id,
    )
    return render_desk(
        request,
        template="thread/_thread.html",
        title=conversation.contact.display_name,
        context=thread_context(request, conversation),
        view=view,
        open_id=conversation.pk,
    )


@login_required
@require_GET
def rail_part(request: HttpRequest) -> HttpResponse:
    """Return the rail alone."""
    return render(request, "inbox/_rail.html", rail_context(request, view=request.GET.get("view", "open")))


@login_required
@require_GET
def list_part(request: HttpRequest) -> HttpResponse:
    """Return the list alone."""
    return render(request, "inbox/_list.html", list_context(request, view=request.GET.get("view", "open")))
