"""How people and contacts are shown: name, initials, and a color that stays the same."""

from __future__ import annotations

import re
import unicodedata
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

COLORS: Final = 8
#: Han, Kana and Hangul: there the family name comes first, and no space parts the two.
_FAMILY_FIRST: Final = re.compile(
    r"[\u00b7\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)


def full_name(*, first_name: str, last_name: str, username: str) -> str:
    """Return what colleagues call somebody: first and last name, else the user name."""
    given, family = first_name.strip(), last_name.strip()
    if _is_family_first(given, family):
        return f"{family}{given}"
    return f"{given} {family}".strip() or username


def short_name(*, first_name: str, last_name: str, username: str) -> str:
    """Return the first name where it names somebody alone, as 伟 does not; else the whole name."""
    if first_name.strip() and not _is_family_first(first_name.strip(), last_name.strip()):
        return first_name.strip()
    return full_name(first_name=first_name, last_name=last_name, username=username)


def _is_family_first(given: str, family: str) -> bool:
    return bool(_FAMILY_FIRST.fullmatch(given) and _FAMILY_FIRST.fullmatch(family))


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


def color_of(key: str | int) -> int:
    """Return the color (0 to 7) that a number or person always has; neighboring ids differ."""
    if isinstance(key, int):
        return key % COLORS
    return zlib.crc32(str(key).encode()) % COLORS
