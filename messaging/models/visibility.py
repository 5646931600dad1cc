"""Whose rights are which, from their rows; what they allow says `messaging/policy.py`.

The querysets of DID numbers, conversations and messages apply them: `visible_to(user)` and
`allowing(user, action)`. What of a contact may be seen in a conversation is in
`services/access/visible_contacts.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from messaging.policy import NO_RIGHTS, Rights, Role

from .membership import StaffAccess

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def is_administrator(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether the user sees every number and repairs the product (staff or superuser)."""
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
    if is_administrator(user):
        return Rights(is_administrator=True)
    access = access_of(user)
    return Rights(
        everywhere=Role(access.everywhere) if access.everywhere else None,
        only_own=access.only_own,
        may_export=access.may_export,
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
    return user
