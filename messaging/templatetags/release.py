"""Which version made a page; the live line tells it when another one serves it by now."""

from __future__ import annotations

from django import template

from didsms_site import static_files

register = template.Library()


@register.simple_tag
def release() -> str:
    """Return the name of this version, for `data-release`."""
    return static_files.release()
