"""Icons as inline SVG, without an image request or an icon font: `{% icon "check" 16 %}`."""

from __future__ import annotations

from functools import cache

from django import template
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

register = template.Library()

STROKE_WIDTH = "1.9"


@register.simple_tag
@cache
def icon(name: str, size: int = 16) -> SafeString:
    """Return a Lucide icon, hidden from screen readers: the words are beside it.

    Args:
        name: the icon's name at lucide.dev, for example "check".
        size: edge length in pixels.
    """
    svg = lucide(
        str(name), size=size, stroke_width=STROKE_WIDTH, aria_hidden="true", focusable="false"
    )
    return mark_safe(str(svg))  # noqa: S308  (made by the package from its own files)
