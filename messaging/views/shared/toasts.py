"""Tell a person what was done, with a way back: a toast, or a line on the next page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages

from messaging.services.conversations.undo_form import Undo

if TYPE_CHECKING:
    from django.http import HttpRequest


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
