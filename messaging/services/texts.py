"""A message's text: the form that is sent, and the one line that lists show of it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from messaging.models.conversation import PREVIEW_LENGTH
from messaging.sms_text import MAX_CHARACTERS, normalise

from .errors import InvalidInput


def sendable_text(content: str) -> str:
    """Return a text as it is counted and sent: line ends and accents normalised.

    Raises:
        InvalidInput: it is empty or too long (field ``content``).
    """
    text = normalise(content)
    if not text.strip():
        raise InvalidInput(_("Write a text first."), field="content", code="required")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            _("The text has %(count)d characters; at most %(most)d can be sent.")
            % {"count": len(text), "most": MAX_CHARACTERS},
            field="content",
            code="too_long",
        )
    return text


def preview_of(content: str) -> str:
    """Return the one line that the list shows of a text."""
    return " ".join(content.split())[:PREVIEW_LENGTH]
