"""Tell a person what was done, with a way back: a toast, or a line on the next page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.utils.functional import SimpleLazyObject

from messaging.services.conversations.undo_form import Undo

if TYPE_CHECKING:
    from django.contrib.messages.storage.base import BaseStorage
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


class ToastMiddleware(MessageMiddleware):
    """Django's messages, made only when somebody says or shows one.

    For requests made by htmx what was said goes into the answer's HX-Trigger header.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Let messages be read and said; most requests do neither."""
        made: list[BaseStorage] = []

        def make() -> BaseStorage:
            made.append(default_storage(request))
            return made[0]

        request._messages = SimpleLazyObject(make)  # type: ignore[attr-defined]
        request.messages_made = made  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Add the event "toasts"; a redirect keeps its messages for the page that follows."""
        is_htmx = request.headers.get("HX-Request") == "true"
        if is_htmx and not 300 <= response.status_code < 400 and "HX-Redirect" not in response:
            _add_toasts(request, response)
        if not getattr(request, "messages_made", None):
            return response
        return super().process_response(request, response)  # keeps what was not shown


def _add_toasts(request: HttpRequest, response: HttpResponseBase) -> None:
    storage = messages.get_messages(request)
    if not len(storage):
        return
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
