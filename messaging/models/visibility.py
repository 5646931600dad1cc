"""Whose rights are which, from their rows; what they allow says `messaging/policy.py`.

The querysets of DID numbers, conversations and messages apply them: `visible_to(user)` and
`allowing(user, action)`. What of a contact may be seen in a conversation is in
`services/access/visible_contacts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User

from messaging.policy import NO_RIGHTS, Action, Rights, Role

from .membership import StaffAccess

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


@dataclass(frozen=True)
class KeyLimits:
    """How far the API key reaches with which somebody calls; it is put on the user as `key_limits`.

    Attributes:
        numbers: ids of DID numbers; None for all that the user sees.
        actions: what the key is for; None for everything.
    """

    numbers: frozenset[int] | None = None
    actions: frozenset[Action] | None = None


#: Of a session, and of a token of the old kind.
UNLIMITED: Final = KeyLimits()


def limits_of(user: AbstractBaseUser | AnonymousUser) -> KeyLimits:
    """Return how far the key reaches that a user came with."""
    limits: KeyLimits = getattr(user, "key_limits", UNLIMITED)
    return limits


def is_administrator(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether the user sees every number and repairs the product (staff or superuser).

    With a key for some numbers nobody does; there an administrator is what a supervisor is.
    """
    return bool(_is_boss(user) and limits_of(user).numbers is None)


def _is_boss(user: AbstractBaseUser | AnonymousUser) -> bool:
    return bool(
        user.is_active
        and (getattr(user, "is_staff", False) or getattr(user, "is_superuser", False))
    )


def rights_of(user: AbstractBaseUser | AnonymousUser) -> Rights:
    """Return a person's rights.

    Who comes with a session or a token has them at hand; for anybody else but an administrator
    they are read once for each object.
    """
    if not user.is_active or user.pk is None:
        return NO_RIGHTS
    limits = limits_of(user)
    if is_administrator(user):
        return Rights(is_administrator=True, actions=limits.actions)
    if _is_boss(user):
        return Rights(everywhere=Role.SUPERVISOR, numbers=limits.numbers, actions=limits.actions)
    access = access_of(user)
    return Rights(
        everywhere=Role(access.everywhere) if access.everywhere else None,
        only_own=access.only_own,
        may_export=access.may_export,
        numbers=limits.numbers,
        actions=limits.actions,
    )


def access_of(user: AbstractBaseUser) -> StaffAccess:
    """Return a person's row, the defaults where there is none."""
    try:
        access: StaffAccess = user.staff_access  # type: ignore[attr-defined]  # of our model
    except StaffAccess.DoesNotExist:
        return StaffAccess(user_id=user.pk)
    return access


def stand_in(user_id: int, rights: Rights) -> User:
    """Return somebody with an id and rights, for statements that are made once and kept."""
    user = User(pk=user_id, is_staff=rights.is_administrator, is_active=rights.is_active)
    user.staff_access = StaffAccess(
        everywhere=rights.everywhere or "", only_own=rights.only_own, may_export=rights.may_export
    )
    user.key_limits = KeyLimits(rights.numbers, rights.actions)  # type: ignore[attr-defined]
    return user
