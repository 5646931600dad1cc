"""The words that lower layers store in English, in the reader's language."""

from __future__ import annotations

from django import template

from messaging.services.history import provider_words as words

register = template.Library()


@register.filter
def provider_words(text: str) -> str:
    """Return a stored sentence in the reader's language."""
    return words.provider_words(text)
