"""Ask the provider again whether it still stands by the people who use didsms.

The worker does it, so no request waits: each person with an open session, a key or a token is asked
about every RECHECK_AFTER, with the refresh token of their sign-in. Where the provider says no, they
are suspended (`StaffAccess.suspended_at`): sessions, keys, tokens and password let nobody in until
they have signed in there again. While it is away they go on for OIDC_OUTAGE_HOURS since its last
yes; then they have to sign in, and keys go on.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from messaging.models import AuditEntry, SignOnIdentity, StaffAccess, StaffSession
from messaging.models.api_key import ApiKey
from messaging.services.access.local_sign_in import SIGNED_ON_WITH
from messaging.services.access.sealed import seal, unseal
from messaging.services.access.second_factor import begin_grace
from messaging.services.access.sessions import SessionStore
from messaging.services.audit.record import record

from .errors import SignOnFailed, TokenRefused
from .groups import grant_of, is_mapped
from .id_tokens import claims_of
from .provider import ask_for_tokens, discover, fetch_userinfo
from .rights import apply_grant

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

#: With what a turn may take, within the hour.
RECHECK_AFTER: Final = timedelta(minutes=45)
#: How soon after an answer that says neither yes nor no.
ASK_AGAIN_AFTER: Final = timedelta(minutes=5)
#: People in one turn, and how long it may take: other work waits for it.
MOST_IN_A_TURN: Final = 200
SECONDS_IN_A_TURN: Final = 30.0
#: Of a person whom the provider gave no refresh token: then they sign in there again.
WITHOUT_REFRESH: Final = timedelta(hours=1)


def recheck_identities(*, at: datetime) -> int:
    """Ask about everybody who is due.

    Args:
        at: now, aware UTC.

    Returns:
        How many the provider said yes or no about.
    """
    if not settings.OIDC_ISSUER:
        return 0
    asked = 0
    ends_at = time.monotonic() + SECONDS_IN_A_TURN
    for identity in list(_due(at=at)[:MOST_IN_A_TURN]):
        if time.monotonic() > ends_at:
            break
        claimed = SignOnIdentity.objects.filter(pk=identity.pk, checked_at=identity.checked_at)
        if not claimed.update(checked_at=at):
            continue  # another worker asks
        try:
            _recheck(identity, at=at)
        except SignOnFailed as error:
            logger.warning("single sign-on could not be asked again: %s %s", error.code, error.why)
            again_at, is_away = at + ASK_AGAIN_AFTER, error.code == "away"
            SignOnIdentity.objects.filter(pk=identity.pk).update(
                # Away: the next turn begins with the same person.
                checked_at=identity.checked_at if is_away else again_at - RECHECK_AFTER
            )
            if is_away:
                break  # nobody else need be asked now
            continue
        asked += 1
    _end_unconfirmed(at=at)
    return asked


def _due(*, at: datetime) -> QuerySet[SignOnIdentity]:
    """Return the identities of people who have a way in, and were not asked about lately."""
    sessions = StaffSession.objects.filter(user=OuterRef("user"), expire_date__gt=at)
    keys = ApiKey.objects.usable(at=at).filter(user=OuterRef("user"))
    has_way_in = Exists(sessions) | Exists(keys) | Q(user__auth_token__isnull=False)
    return (
        SignOnIdentity.objects.select_related("user__staff_access")
        .filter(has_way_in, checked_at__lte=at - RECHECK_AFTER, user__is_active=True)
        .filter(user__staff_access__suspended_at__isnull=True)
        .exclude(refresh_token="")
        .order_by("checked_at", "pk")
    )


def _recheck(identity: SignOnIdentity, *, at: datetime) -> None:
    if identity.issuer.rstrip("/") != settings.OIDC_ISSUER:
        _leave_behind(identity, at=at)
        return
    opened = unseal(identity.refresh_token)
    if opened is None:
        _suspend(identity, why="unknown_token", at=at)
        return
    provider = discover()
    form = {"grant_type": "refresh_token", "refresh_token": opened[0]}
    try:
        tokens = ask_for_tokens(provider, form)
        token = tokens.get("refresh_token")
        if token:
            # At once: the old one may be good for nothing now.
            SignOnIdentity.objects.filter(pk=identity.pk).update(refresh_token=seal(str(token)))
        claims: dict[str, Any] = {}
        if tokens.get("id_token"):
            claims = claims_of(str(tokens["id_token"]), provider=provider, nonce=None, at=at)
        said = fetch_userinfo(provider, access_token=str(tokens.get("access_token", "")))
    except TokenRefused as error:
        _suspend(identity, why=error.error, at=at)
        return
    if {each["sub"] for each in (claims, said) if "sub" in each} - {identity.subject}:
        _suspend(identity, why="other_subject", at=at)
        return
    SignOnIdentity.objects.filter(pk=identity.pk).update(confirmed_at=at)
    claims = {**said, **claims}
    if is_mapped() and claims:
        # Many leave the claim out for who is in no group.
        grant = grant_of(claims)
        if grant is None:
            _suspend(identity, why="no_group", at=at)
        elif apply_grant(identity.user, grant):
            begin_grace(User.objects.get(pk=identity.user_id), at=at)  # who is administrator now


def _leave_behind(identity: SignOnIdentity, *, at: datetime) -> None:
    """End what somebody has by a former provider; who has come by the present one stays."""
    mine = SignOnIdentity.objects.filter(user=identity.user, issuer__in=_issuers())
    if not mine.exists():
        _suspend(identity, why="former_provider", at=at)
    StaffSession.objects.filter(pk__in=sessions_with(identity)).delete()
    SignOnIdentity.objects.filter(pk=identity.pk).update(refresh_token="")


def _issuers() -> tuple[str, str]:
    """Return how the provider of the settings may call itself."""
    return (settings.OIDC_ISSUER, f"{settings.OIDC_ISSUER}/")


def _suspend(identity: SignOnIdentity, *, why: str, at: datetime) -> None:
    """Let a person in nowhere until they have signed in with the provider again."""
    with transaction.atomic():
        StaffAccess.objects.update_or_create(user=identity.user, defaults={"suspended_at": at})
        StaffSession.objects.filter(pk__in=sessions_with(identity)).delete()
        record(
            "sign_on_suspended",
            actor=None,
            about=identity.user,
            changes={"why": why},
            via=AuditEntry.Via.COMMAND,
        )


def _end_unconfirmed(*, at: datetime) -> None:
    """End the sessions of people about whom the provider has said nothing for too long."""
    limit = at - timedelta(hours=settings.OIDC_OUTAGE_HOURS)
    forgotten = SignOnIdentity.objects.filter(confirmed_at__lte=limit).exclude(refresh_token="")
    open_sessions = StaffSession.objects.filter(user=OuterRef("user"), expire_date__gt=at)
    for identity in forgotten.filter(Exists(open_sessions)).iterator():
        StaffSession.objects.filter(pk__in=sessions_with(identity)).delete()


def sessions_with(identity: SignOnIdentity) -> list[str]:
    """Return the keys of the sessions that somebody opened with an identity."""
    store = SessionStore()
    return [
        row.pk
        for row in StaffSession.objects.filter(user_id=identity.user_id)
        if store.decode(row.session_data).get(SIGNED_ON_WITH) == identity.pk
    ]
