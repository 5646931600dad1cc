"""The open conversation: header, messages, composer and contact panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

    from messaging.models import Conversation


def thread_context(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    """Return what `thread/_thread.html` shows of a conversation."""
    return {"conversation": conversation}
