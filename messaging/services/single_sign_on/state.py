"""What single sign-on knows of somebody, for administrators; and how they take it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from messaging.models import SignOnIdentity, StaffAccess, StaffSession, access_of
from messaging.services.access.local_sign_in import is_break_glass, is_suspended
from messaging.services.audit.record import record

from .groups import is_mapped
from .recheck import sessions_with

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, User


@dataclass(frozen=True)
class SignOnState:
    """Where an account comes from.

    Attributes:
        is_linked: its person is known at the provider.
        confirmed_at: when the provider last stood by them.
        suspended_at: since when it does so no more.
        is_break_glass: it never depends on the provider.
        has_rights_from_groups: their role and numbers are changed there, not here.
    """

    is_linked: bool
    confirmed_at: datetime | None
    suspended_at: datetime | None
    is_break_glass: bool
    has_rights_from_groups: bool


def state_of(user: User) -> SignOnState | None:
    """Return what there is to say of somebody; None where single sign-on is not set up."""
    if not settings.OIDC_ISSUER:
        return None
    latest = SignOnIdentity.objects.filter(user=user).order_by("-confirmed_at").first()
    is_free = user.is_superuser or is_break_glass(user)
    return SignOnState(
        is_linked=latest is not None,
        confirmed_at=latest.confirmed_at if latest else None,
        suspended_at=access_of(user).suspended_at if is_suspended(user) else None,
        is_break_glass=is_break_glass(user),
        has_rights_from_groups=latest is not None and is_mapped() and not is_free,
    )


def unlink(user: User, *, actor: AbstractBaseUser) -> bool:
    """Forget who somebody is at the provider, and with it that they were suspended.

    Their sessions from there end. With their next sign-in they are matched by email, or come as
    somebody new.

    Returns:
        Whether there was anything.
    """
    with transaction.atomic():
        identities = list(SignOnIdentity.objects.select_for_update().filter(user=user))
        for identity in identities:
            StaffSession.objects.filter(pk__in=sessions_with(identity)).delete()
            identity.delete()
        StaffAccess.objects.filter(user=user).update(suspended_at=None)
        if identities:
            record("sign_on_unlinked", actor=actor, about=user)
    return bool(identities)
