"""Tell a person what was done, with a way back: a toast, or a line on the next page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.contrib import messages

from messaging.services.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase


def say(request: HttpRequest, text: str, *, undo: Undo | None = None) -> None:
    """Tell what was done.

    Args:
        request: the request that did it.
        text: one sentence.
        undo: how to take it back.
    """
    messages.success(request, text, extra_tags=undo.to_text() if undo else "")


def complain(request: HttpRequest, text: str) -> None:
    """Tell why something was not done."""
    messages.error(request, text)


class ToastMiddleware:
    """Moves what was said into the answer's HX-Trigger header, for requests made by htmx."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the event "toasts"; a redirect keeps its messages for the page that follows."""
        response = self.get_response(request)
        is_htmx = request.headers.get("HX-Request") == "true"
        if not is_htmx or 300 <= response.status_code < 400 or "HX-Redirect" in response:
            return response
        storage = messages.get_messages(request)
        if not len(storage):
            return response
        toasts = []
        for message in storage:
            undo = Undo.from_text(message.extra_tags or "")
            toasts.append(
                {
                    "text": str(message),
                    "level": message.level_tag,
                    "undo": undo.as_json() if undo else None,
                }
            )
        triggers = json.loads(response.headers.get("HX-Trigger", "{}"))
        triggers["toasts"] = {"toasts": toasts}
        response.headers["HX-Trigger"] = json.dumps(triggers)
        return response
