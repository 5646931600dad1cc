"""Form fields in templates, with our class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from django.forms import BoundField

register = template.Library()


@register.filter
def as_input(field: BoundField) -> SafeString:
    """Return the field's widget in our look; Django adds aria-invalid and the like itself."""
    return field.as_widget(attrs={"class": "input"})
