"""Render a page of the inbox: the whole of it, or only the part that htmx asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import render

from .htmx import htmx_of
from .list_context import list_context, rail_context

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: What a page can be asked for in part: the element's id and its template.
PARTS: Final = {"desk": "inbox/_desk_fragment.html", "card": "inbox/_card_fragment.html"}


def part_asked_for(request: HttpRequest) -> str:
    """Return "desk" or "card" when htmx wants only that element, else ""."""
    htmx = htmx_of(request)
    return htmx.target if htmx and htmx.target in PARTS else ""


def render_desk(
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
    """Render something on the desk, with rail and list around it unless htmx wants the desk alone.

    Args:
        request: the request.
        template: what stands on the desk.
        title: title of the page.
        context: for the template.
        view: the view that rail and list show.
        is_open: whether a phone shows the desk rather than the list.
        status: HTTP status.
        open_id: the conversation that is open, marked in the list.
    """
    part = part_asked_for(request)
    whole = {"title": title, "desk_template": template, "desk_is_open": is_open, "view": view}
    if part != "desk":
        whole |= list_context(request, view=view, open_id=open_id)
    if not part:
        whole |= rail_context(request, view=view)
    return render(
        request, PARTS.get(part, "inbox/page.html"), whole | (context or {}), status=status
    )
