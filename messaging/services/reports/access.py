"""Who may see which reports, as the policy says.

Administrators and supervisors see everybody's figures; others what they wrote and answered
themselves, on the numbers that they work with, and no colleague's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.models import DidNumber, rights_of
from messaging.policy import Action
from messaging.services.access.permissions import role_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def may_see_reports(
    user: AbstractBaseUser | AnonymousUser, *, numbers: Sequence[DidNumber] | None = None
) -> bool:
    """Tell whether a person may see reports at all: those on one number are enough.

    Args:
        user: who looks.
        numbers: those that the person sees, with their role, where they are known already.
    """
    rights = rights_of(user)
    if rights.allows_everywhere(Action.REPORT):
        return True
    if numbers is None:
        return bool(reported_numbers(user))
    return any(
        rights.allows(Action.REPORT, role=role_on(number, user=user), number_id=number.pk)
        for number in numbers
    )


def reported_numbers(user: AbstractBaseUser | AnonymousUser) -> list[DidNumber]:
    """Return the numbers whose figures a person may see, in their usual order."""
    return list(DidNumber.objects.allowing(user, Action.REPORT))


def reported_person(
    user: AbstractBaseUser | AnonymousUser, *, numbers: Sequence[DidNumber]
) -> int | None:
    """Return whose figures a person may see on some numbers: their own id, or None for everybody's.

    Args:
        user: who looks.
        numbers: those that are asked for, of `reported_numbers`.
    """
    if rights_of(user).allows_everywhere(Action.TEAM_REPORT):
        return None
    theirs = DidNumber.objects.allowing(user, Action.TEAM_REPORT).values_list("pk", flat=True)
    return None if {number.pk for number in numbers} <= set(theirs) else user.pk
