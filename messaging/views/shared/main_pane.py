"""Render a page of the inbox, or only the part of it that htmx asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import render

from .htmx import htmx_of
from .list_context import list_context, sidebar_context

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: What a page can be asked for in part: the element's id and its template.
PARTS: Final = {
    "main-pane": "inbox/_main_pane_fragment.html",
    "workspace": "inbox/_workspace_fragment.html",
}


def part_asked_for(request: HttpRequest) -> str:
    """Return "main-pane" or "workspace" when htmx wants only that element, else ""."""
    htmx = htmx_of(request)
    return htmx.target if htmx and htmx.target in PARTS else ""


def render_main_pane(
    request: HttpRequest,
    *,
    template: str,
    title: str,
    context: dict[str, Any] | None = None,
    view: str = "open",
    is_open: bool = True,
    status: int = 200,
    open_id: int | None = None,
) -> HttpResponse:
    """Render the main pane, with sidebar and list around it unless htmx wants the pane alone.

    Args:
        request: the request.
        template: what the main pane shows.
        title: title of the page.
        context: for the template.
        view: the view that sidebar and list show.
        is_open: whether a phone shows the main pane rather than the list.
        status: HTTP status.
        open_id: the conversation that is open, marked in the list.
    """
    part = part_asked_for(request)
    whole: dict[str, Any] = {
        "title": title,
        "main_pane_template": template,
        "main_pane_is_open": is_open,
        "view": view,
    }
    if not part:
        whole |= sidebar_context(request, view=view)
    if part != "main-pane":
        whole |= list_context(
            request, view=view, open_id=open_id, known_counts=whole.get("known_counts")
        )
    return render(
        request, PARTS.get(part, "inbox/page.html"), whole | (context or {}), status=status
    )
