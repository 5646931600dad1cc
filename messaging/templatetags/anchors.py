"""Ids of elements that reveal nothing about rows elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from messaging.models import ConversationEvent

register = template.Library()

LENGTH = 12


@register.filter
def event_anchor(event: ConversationEvent) -> str:
    """Return the id of a line's element, always the same for the line.

    The row's own id would tell how many lines were written elsewhere at the same time: an opt-out
    for all numbers writes one into every conversation with the contact.
    """
    digest = salted_hmac("messaging.event anchor", str(event.pk), algorithm="sha256")
    return f"e-{digest.hexdigest()[:LENGTH]}"
