"""Who must have a second factor, until when they may work without one, and how it is taken away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from messaging.models import AuditEntry, Passkey, RecoveryCode, SecondFactor, is_administrator
from messaging.services.audit.record import record

from .account_news import mail_news

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

    Person = AbstractBaseUser | AnonymousUser

#: From the first sign-in after it was asked of them.
GRACE: Final = timedelta(days=3)


def factor_of(user: Person) -> SecondFactor:
    """Return a person's row; an empty one where there is none."""
    try:
        factor: SecondFactor = user.second_factor  # type: ignore[union-attr]  # of our model
    except SecondFactor.DoesNotExist:
        return SecondFactor(user_id=user.pk)  # type: ignore[misc]  # somebody who is stored
    return factor


def is_required(user: Person) -> bool:
    """Tell whether somebody must have a second factor (REQUIRE_SECOND_FACTOR)."""
    if settings.REQUIRE_SECOND_FACTOR == "everyone":
        return user.is_authenticated
    return settings.REQUIRE_SECOND_FACTOR == "administrators" and is_administrator(user)


def due_at(user: Person) -> datetime | None:
    """Return until when somebody must set one up; None when they need not, or have."""
    if not is_required(user):
        return None
    factor = factor_of(user)
    return None if factor.is_set_up else factor.grace_ends_at


def is_overdue(user: Person, *, at: datetime) -> bool:
    """Tell whether somebody's time to set one up is over."""
    due = due_at(user)
    return due is not None and due <= at


def begin_grace(user: AbstractBaseUser, *, at: datetime) -> None:
    """Let the time run from this sign-in, if it is asked of them and does not run yet."""
    if not is_required(user) or factor_of(user).is_set_up:
        return
    SecondFactor.objects.get_or_create(user_id=user.pk)
    waiting = SecondFactor.objects.filter(user_id=user.pk, grace_ends_at__isnull=True)
    waiting.update(grace_ends_at=at + GRACE)


def may_remove_one(user: AbstractBaseUser, factor: SecondFactor) -> bool:
    """Tell whether somebody may give up one of their factors: not the last one that they need."""
    count = factor.has_authenticator + factor.passkey_count
    return count > 1 or not is_required(user)


def locked_factor(user: AbstractBaseUser) -> SecondFactor:
    """Return a person's row, made if need be and locked until the transaction ends."""
    SecondFactor.objects.get_or_create(user_id=user.pk)
    return SecondFactor.objects.select_for_update().get(user_id=user.pk)


def reset(user: User, *, actor: AbstractBaseUser | None, address: str = "") -> bool:
    """Take away all that somebody signs in with beside their password.

    Their time to set one up begins again with their next sign-in.

    Args:
        user: who has lost it.
        actor: who does this; None for the command line.
        address: theirs; "" for the command line.

    Returns:
        Whether there was anything.
    """
    with transaction.atomic():
        factor = locked_factor(user)
        was_set_up = factor.is_set_up
        Passkey.objects.filter(user_id=user.pk).delete()
        RecoveryCode.objects.filter(user_id=user.pk).delete()
        factor.delete()
        via = None if actor else AuditEntry.Via.COMMAND
        record("second_factor_reset", actor=actor, about=user, via=via, remote_addr=address)
        mail_news("second_factor_reset", user=user, address=address)
    return was_set_up
