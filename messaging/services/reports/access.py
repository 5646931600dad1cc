"""Who may see which reports. Nothing else decides this.

Administrators see everybody's figures; others what they wrote and answered themselves, on the
numbers that they work with, and no colleague's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.models import DidNumber, is_administrator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def may_see_reports(
    user: AbstractBaseUser | AnonymousUser, *, numbers: Sequence[DidNumber] | None = None
) -> bool:
    """Tell whether a person may see reports at all: everyone who works with a number.

    Args:
        user: who looks.
        numbers: those that the person works with, where they are known already.
    """
    if is_administrator(user):
        return True
    return bool(reported_numbers(user) if numbers is None else numbers)


def reported_numbers(user: AbstractBaseUser | AnonymousUser) -> list[DidNumber]:
    """Return the numbers whose figures a person may see, in their usual order."""
    return list(DidNumber.objects.visible_to(user))


def reported_person(
    user: AbstractBaseUser | AnonymousUser, *, numbers: Sequence[DidNumber]
) -> int | None:
    """Return whose figures a person may see on some numbers: their own id, or None for everybody's.

    Args:
        user: who looks.
        numbers: those that are asked for, of `reported_numbers`.
    """
    return None if is_administrator(user) else user.pk
