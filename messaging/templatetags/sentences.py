"""The gap between two sentences, or behind a colon, which Chinese does without."""

from __future__ import annotations

from django import template

from messaging import sentences

register = template.Library()


@register.simple_tag
def gap() -> str:
    """Return the space that the active language puts between two sentences: `…%}{% gap %}{{…`."""
    return sentences.gap()
