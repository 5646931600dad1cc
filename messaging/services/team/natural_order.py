"""The order in which people read names: case and accents aside, and L2 before L10."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_DIGITS: Final = re.compile(r"([0-9]+)")


@lru_cache(maxsize=1024)
def natural_key(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return a key to sort names by; names that differ in case or accents alone stay apart."""
    parts = [part for part in _DIGITS.split(_folded(name)) if part]
    return tuple(_part_key(part) for part in parts), name


def _part_key(part: str) -> tuple[int, int, str]:
    return (0, int(part), part) if part.isascii() and part.isdigit() else (1, 0, part)


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).strip()
