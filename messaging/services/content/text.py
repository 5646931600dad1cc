"""A message's text in the form that is counted, stored and sent."""

from __future__ import annotations

from django.utils.translation import gettext as _

from messaging.services.errors import InvalidInput
from messaging.sms_text import MAX_CHARACTERS, is_blank, normalise


def sendable_text(content: str) -> str:
    """Return a text as it is counted and sent: line ends and accents normalised.

    Raises:
        InvalidInput: nothing of it can be seen, or it is too long (field ``content``).
    """
    text = normalise(content)
    if is_blank(text):
        raise InvalidInput(_("Write a text first."), field="content", code="required")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            _("The text has %(count)d characters; at most %(most)d can be sent.")
            % {"count": len(text), "most": MAX_CHARACTERS},
            field="content",
            code="too_long",
        )
    return text
