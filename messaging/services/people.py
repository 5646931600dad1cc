"""How people and contacts are shown: names, initials, a steady colour."""

from __future__ import annotations

import unicodedata
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

COLOURS: Final = 8


def full_name(*, first_name: str, last_name: str, username: str) -> str:
    """Return what colleagues call somebody: first and last name, else the user name."""
    return f"{first_name} {last_name}".strip() or username


def name_of(user: AbstractBaseUser | None) -> str:
    """Return what colleagues call a user; "" for nobody."""
    if user is None:
        return ""
    return full_name(
        first_name=getattr(user, "first_name", ""),
        last_name=getattr(user, "last_name", ""),
        username=user.get_username(),
    )


def initials(name: str) -> str:
    """Return one or two letters for an avatar; "" for a name without letters, such as a number."""
    words = [word for word in name.split() if unicodedata.category(word[0])[0] == "L"]
    if not words:
        return ""
    if unicodedata.category(words[0][0]) == "Lo":
        return words[0][:1]  # Chinese, Arabic, …: one sign is enough and all that fits.
    if len(words) == 1:
        return words[0][:2].upper()
    return (words[0][0] + words[-1][0]).upper()


def colour_of(key: str | int) -> int:
    """Return the colour (0 to 7) that a number or person always has; neighbouring ids differ."""
    if isinstance(key, int):
        return key % COLOURS
    return zlib.crc32(str(key).encode()) % COLOURS
