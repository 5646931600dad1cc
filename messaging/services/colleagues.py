"""Who works with a number, and who works with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User
from django.db.models import Q

from messaging.models import DidNumber
from messaging.models.did_number import is_administrator

if TYPE_CHECKING:
    from django.db.models import QuerySet

_ADMINISTRATORS: Final = Q(is_staff=True) | Q(is_superuser=True)


def colleagues_of(*, did_number: DidNumber) -> list[User]:
    """Return everyone who may see a number: its members and the administrators, by name."""
    through = DidNumber.members.through.objects
    members = through.filter(didnumber=did_number).values("user_id")
    return list(_by_name(User.objects.filter(_ADMINISTRATORS | Q(pk__in=members))))


def colleagues_with(*, user: User) -> list[User]:
    """Return everyone who shares a number with a user, and the administrators, by name.

    An administrator works with every number, and so with everyone.
    """
    if is_administrator(user):
        return list(_by_name(User.objects.all()))
    through = DidNumber.members.through.objects
    own = through.filter(user_id=user.pk).values("didnumber_id")
    members = through.filter(didnumber_id__in=own).values("user_id")
    return list(_by_name(User.objects.filter(_ADMINISTRATORS | Q(pk__in=members))))


def _by_name(people: QuerySet[User]) -> QuerySet[User]:
    return people.filter(is_active=True).order_by("first_name", "last_name", "username")
