"""A message's text in the form that is counted, stored and sent."""

from __future__ import annotations

from django.utils.translation import gettext as _

from messaging.services.errors import InvalidInput
from messaging.sms_text import MAX_CHARACTERS, is_blank, normalize, signed


def sendable_text(content: str, *, signature: str | None = None) -> str:
    """Return a text as it is counted and sent: normalized, with its signature.

    Raises:
        InvalidInput: nothing of it can be seen, or with its signature it is too long (field
            ``content``).
    """
    body = normalize(content)
    if is_blank(body):
        raise InvalidInput(_("Enter a message."), field="content", code="required")
    text = signed(body, signature)
    if len(text) > MAX_CHARACTERS:
        words = (
            _("With the signature, the message has %(count)d characters; the limit is %(most)d.")
            if signature
            else _("The message has %(count)d characters; the limit is %(most)d.")
        )
        raise InvalidInput(
            words % {"count": len(text), "most": MAX_CHARACTERS}, field="content", code="too_long"
        )
    return text


def kept_signature(text: str) -> str:
    """Return a number's signature as it is kept: normalized; "" where nothing of it is seen."""
    signature = normalize(text).strip()
    return "" if is_blank(signature) else signature
