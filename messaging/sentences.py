"""Sentences side by side: English puts a space between them, Chinese none."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SIDE_BY_SIDE = gettext_noop("%(first)s %(second)s")


def join_sentences(sentences: Iterable[str], translate: Callable[[str], str] = gettext) -> str:
    """Return sentences as one text, in the order given; "" of none.

    Args:
        sentences: complete with their punctuation; empty ones are left out.
        translate: looks up the pattern; by default in the active language.
    """
    pattern = translate(_SIDE_BY_SIDE)
    kept = [sentence for sentence in sentences if sentence]
    return reduce(lambda first, second: pattern % {"first": first, "second": second}, kept or [""])


def gap() -> str:
    """Return what is between two sentences in the active language: a space, or nothing."""
    return gettext(_SIDE_BY_SIDE) % {"first": "", "second": ""}
