"""What a toast needs beside its text: the form that takes the change back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from messaging.services.conversations.undo_form import Undo

if TYPE_CHECKING:
    from django.contrib.messages.storage.base import Message

register = template.Library()


@register.filter
def undo(message: Message) -> Undo | None:
    """Return how to take back what the message tells of, when that is possible."""
    return Undo.from_text(message.extra_tags or "")
