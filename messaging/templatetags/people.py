"""People in templates: names and avatars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from messaging.services.team.display_names import color_of, initials, name_of

from .icons import icon

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

register = template.Library()

ICON_SIZES = {"s": 12, "m": 14, "l": 24}


@register.filter
def person_name(user: AbstractBaseUser | None) -> str:
    """Return what colleagues call a user."""
    return name_of(user)


@register.filter
def breakable(address: str) -> SafeString:
    """Return an email address that a narrow line breaks before its @ rather than anywhere."""
    return format_html_join(mark_safe("<wbr>@"), "{}", ((part,) for part in address.split("@")))


@register.filter
def color(key: str | int) -> int:
    """Return the steady color of a number, label or person."""
    return color_of(key)


@register.simple_tag
def avatar(name: str, key: str | int, size: str = "") -> SafeString:
    """Return a round picture with initials; decoration only, the name is beside it.

    Args:
        name: whose it is; where it is "" the key speaks, which may be a sender in letters.
        key: what decides the color, such as the phone number; a number gives a neutral figure.
        size: "" (36 px), "s", "m" or "l".
    """
    letters = initials(name or str(key))
    if letters:
        return format_html(
            '<span class="avatar {}" data-c="{}" aria-hidden="true">{}</span>',
            size,
            color_of(key),
            letters,
        )
    return format_html(
        '<span class="avatar anon {}" aria-hidden="true">{}</span>',
        size,
        icon("user-round", ICON_SIZES.get(size, 17)),
    )
