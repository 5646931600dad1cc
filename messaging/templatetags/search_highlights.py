"""Highlight what was searched for in a text that is HTML already."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from messaging.services.search.tokenizer import marked

if TYPE_CHECKING:
    from messaging.services.search.tokenizer import Term

register = template.Library()

_TAG: Final = re.compile(r"(<[^<>]*>)")


@register.filter
def highlight(text: SafeString, terms: list[Term] | None) -> SafeString:
    """Put what was searched for into <mark>, outside the tags.

    Args:
        text: as our own filters make it: what people wrote is escaped.
        terms: what was searched for; None or none leaves the text as it is.
    """
    if not terms:
        return text
    pieces = _TAG.split(text)
    # Between the tags, so every second piece.
    pieces[::2] = [_marked(html.unescape(piece), terms) for piece in pieces[::2]]
    return mark_safe("".join(pieces))  # noqa: S308  (every piece was escaped)


def _marked(text: str, terms: list[Term]) -> str:
    return "".join(
        f"<mark>{escape(part)}</mark>" if is_match else escape(part)
        for part, is_match in marked(text, terms)
    )
