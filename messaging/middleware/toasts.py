"""Send toasts with the responses to htmx; keep them for the next page otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.utils.functional import SimpleLazyObject
from django_htmx.http import trigger_client_event

from messaging.services.conversations.undo_form import Undo
from messaging.views.shared.htmx import is_htmx

if TYPE_CHECKING:
    from django.contrib.messages.storage.base import BaseStorage
    from django.http import HttpRequest, HttpResponseBase


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
        if (
            is_htmx(request)
            and not 300 <= response.status_code < 400
            and "HX-Redirect" not in response
        ):
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
    trigger_client_event(response, "toasts", {"toasts": toasts})
