"""Whose account it is that the provider tells of: known, matched by a verified email, or new."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from messaging.models import SignOnIdentity, StaffAccess, access_of
from messaging.services.access.account_news import mail_news
from messaging.services.access.local_sign_in import is_break_glass
from messaging.services.access.sealed import seal
from messaging.services.audit.record import record, storable
from messaging.services.team.usernames import free_username

from .errors import SignOnFailed
from .flow import EMAIL_IS_VERIFIED
from .groups import grant_of, is_mapped
from .rights import apply_grant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .flow import Arrival

#: Characters of an email address, and of a name, that are kept.
LONGEST_EMAIL: Final = 254
LONGEST_NAME: Final = 150


def account_for(arrival: Arrival, *, at: datetime) -> User:
    """Return the person whom the provider tells of, with the rights of their groups.

    Args:
        arrival: what they have come back with; everything about it is right.
        at: now.

    Raises:
        SignOnFailed: they have no account here, or may not use it.
    """
    grant = grant_of(arrival.claims)
    if is_mapped() and grant is None:
        raise SignOnFailed("no_group")
    try:
        with transaction.atomic():
            user = _found(arrival) or _newcomer(arrival)
            if not user.is_active or access_of(user).is_service_account:
                raise SignOnFailed("deactivated")
            _remember(user, arrival, at=at)
            _lift_suspension(user)
            _write_profile(user, arrival.claims)
            if grant is not None:
                apply_grant(user, grant)
    except IntegrityError as error:  # the same person, twice in the same moment
        raise SignOnFailed("stale") from error
    return User.objects.select_related("second_factor", "staff_settings").get(pk=user.pk)


def owner_of(arrival: Arrival) -> User | None:
    """Return whose identity it is, None for one that we do not know."""
    return _found(arrival)


def verified_email(claims: Mapping[str, Any]) -> str:
    """Return the email address that the provider has verified, "" for none."""
    email = claims.get("email")
    is_text = isinstance(email, str) and "@" in email and len(email) <= LONGEST_EMAIL
    return storable(str(email)).strip() if is_text and _is_verified(claims) else ""


def _is_verified(claims: Mapping[str, Any]) -> bool:
    said = [claims[name] for name in EMAIL_IS_VERIFIED if name in claims]
    if not said:
        return bool(settings.OIDC_TRUST_EMAIL)
    # Some say it as text or as a number.
    return all(each in (True, "true", "1") for each in said)


def _found(arrival: Arrival) -> User | None:
    row = (
        SignOnIdentity.objects.select_related("user__staff_access")
        .filter(issuer=arrival.issuer, subject=arrival.claims["sub"])
        .first()
    )
    return row.user if row is not None else None


def _newcomer(arrival: Arrival) -> User:
    """Return the account of somebody who comes for the first time.

    With an email address that nobody has verified they are told the same whether somebody here has
    it or not.
    """
    email = verified_email(arrival.claims)
    if arrival.claims.get("email") and not email:
        raise SignOnFailed("unverified")
    return _matched(arrival, email) or _made(arrival.claims)


def _matched(arrival: Arrival, email: str) -> User | None:
    """Return the one account with an email address that the provider has verified."""
    owners = _with_email(email)
    if not owners:
        return None
    if len(owners) > 1:
        raise SignOnFailed("ambiguous")
    (user,) = owners
    if SignOnIdentity.objects.filter(user=user, issuer=arrival.issuer).exists():
        # The address now belongs to somebody else at the provider.
        raise SignOnFailed("ambiguous")
    record("sign_on_linked", actor=user, about=user)
    return user


def _with_email(email: str) -> list[User]:
    """Return who has an email address; stricter than a database, which may mix letters up.

    Programs and break-glass accounts are nobody's at the provider.
    """
    if not email:
        return []
    rows = User.objects.filter(email__iexact=email).select_related("staff_access")
    rows = rows.exclude(staff_access__is_service_account=True)
    return [
        user for user in rows if _normal(user.email) == _normal(email) and not is_break_glass(user)
    ]


def _normal(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().casefold()


def _made(claims: Mapping[str, Any]) -> User:
    if not settings.OIDC_CREATE_ACCOUNTS:
        raise SignOnFailed("no_account")
    said = (claims.get("preferred_username"), claims.get("email"), claims.get("name"))
    wishes = [storable(each).partition("@")[0] for each in said if isinstance(each, str)]
    name = next((free for wish in wishes if (free := free_username(wish))), "")
    user = User(username=name or free_username("user"), email=verified_email(claims))
    user.set_unusable_password()
    user.save()
    record("created", actor=user, about=user, changes={"by": "single_sign_on"})
    return user


def _remember(user: User, arrival: Arrival, *, at: datetime) -> None:
    """Keep who they are at the provider, and with what it is asked again."""
    token = arrival.refresh_token
    SignOnIdentity.objects.update_or_create(
        issuer=arrival.issuer,
        subject=arrival.claims["sub"],
        defaults={
            "user": user,
            "refresh_token": seal(token) if token else "",
            "checked_at": at,
            "confirmed_at": at,
        },
        create_defaults={
            "user": user,
            "refresh_token": seal(token) if token else "",
            "created_at": at,
            "checked_at": at,
            "confirmed_at": at,
        },
    )


def _lift_suspension(user: User) -> None:
    rows = StaffAccess.objects.filter(user=user, suspended_at__isnull=False)
    if rows.update(suspended_at=None):
        record("sign_on_resumed", actor=user, about=user)


def _write_profile(user: User, claims: Mapping[str, Any]) -> None:
    """Keep the name and the verified email address as the provider has them."""
    before = user.email
    wanted = {"email": verified_email(claims)} | {
        field: storable(value).strip()[:LONGEST_NAME]
        for field, claim in (("first_name", "given_name"), ("last_name", "family_name"))
        if isinstance(value := claims.get(claim), str)
    }
    changed = [name for name, value in wanted.items() if value and getattr(user, name) != value]
    for name in changed:
        setattr(user, name, wanted[name])
    if changed:
        user.save(update_fields=changed)
    if before and "email" in changed:
        record("changed", actor=user, about=user, changes={"email": [before, user.email]})
        mail_news("email_changed", user=user, address="", emails=(before, user.email))
