"""Passkeys (WebAuthn): added, taken beside the password or instead of it, and removed.

A challenge is signed and lasts a few minutes; nothing is stored for it until it was answered, so a
stranger who asks for challenges fills no table. An answer is taken once.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.core import signing
from django.db import transaction
from django.db.models import F
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from messaging.models import Passkey, SecondFactor

from .account_news import tell_of_change
from .attempt_limits import Counter, Limit, take
from .second_factor import locked_factor, may_remove_one

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

#: How long a challenge may take to be answered: people look for their phone.
CHALLENGE_LASTS: Final = timedelta(minutes=5)
ANSWERS: Final = Limit(
    "passkey_answers", most=1, within=2 * CHALLENGE_LASTS, first_wait=2 * CHALLENGE_LASTS
)
#: Characters of an answer; one with a certificate has a few thousand.
LONGEST_ANSWER: Final = 30_000
MOST_PASSKEYS: Final = 20
NAME_LENGTH: Final = 60
_SALT: Final = "messaging.passkey"
#: What the library raises over an answer that is not one.
_UNREADABLE: Final = (WebAuthnException, ValueError, TypeError, KeyError, RecursionError)


@dataclass(frozen=True)
class Site:
    """Where the browser thinks that it is.

    Attributes:
        origin: scheme, host and port.
    """

    origin: str

    @property
    def host(self) -> str:
        """The name that passkeys belong to."""
        return urlsplit(self.origin).hostname or ""


def options_to_add(*, user: User, site: Site) -> dict[str, Any]:
    """Return what the browser needs to make a passkey: options, and the challenge's token."""
    challenge = secrets.token_bytes(32)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name="didsms",
        user_id=str(user.pk).encode(),
        user_name=user.get_username(),
        challenge=challenge,
        exclude_credentials=_descriptors(user),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return {"options": json.loads(options_to_json(options)), "token": _token(challenge, user.pk)}


def add_passkey(
    *, user: User, answer: str, token: str, name: str, site: Site, at: datetime, address: str
) -> bool:
    """Keep the public half of a new passkey; return False when it can't be used.

    Args:
        user: whose.
        answer: what the browser made, as JSON.
        token: of the challenge.
        name: what they call it.
        site: where the browser must think that it is.
        at: now, aware UTC.
        address: the caller's.
    """
    challenge = _challenge(token, user.pk)
    if challenge is None or len(answer) > LONGEST_ANSWER:
        return False
    try:
        credential = parse_registration_credential_json(answer)
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except _UNREADABLE:
        return False
    transports = [kind.value for kind in credential.response.transports or []]
    with transaction.atomic():
        factor = locked_factor(user)
        _passkey, is_new = Passkey.objects.get_or_create(
            credential_id=bytes_to_base64url(made.credential_id),
            defaults={
                "user": user,
                "name": name.replace("\0", "").strip()[:NAME_LENGTH] or "Passkey",
                "public_key": made.credential_public_key,
                "sign_count": made.sign_count,
                "transports": transports,
                "created_at": at,
            },
        )
        if not is_new or factor.passkey_count >= MOST_PASSKEYS:
            transaction.set_rollback(True)
            return False
        SecondFactor.objects.filter(pk=factor.pk).update(passkey_count=F("passkey_count") + 1)
        tell_of_change("second_factor_added", user=user, address=address, kind="passkey")
    return True


def options_to_sign_in(*, user: User | None, site: Site) -> dict[str, Any]:
    """Return what the browser needs to use a passkey: one of somebody's, or any that it knows."""
    challenge = secrets.token_bytes(32)
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        allow_credentials=_descriptors(user) if user else None,
        user_verification=UserVerificationRequirement.PREFERRED
        if user
        else UserVerificationRequirement.REQUIRED,
    )
    return {"options": json.loads(options_to_json(options)), "token": _token(challenge, 0)}


def take_passkey(
    *, answer: str, token: str, site: Site, after_password_of: User | None, at: datetime
) -> User | None:
    """Return whose passkey answered a challenge, once.

    Args:
        answer: what the browser made, as JSON.
        token: of the challenge.
        site: where the browser must think that it is.
        after_password_of: who has given their password. For anybody else the passkey is the only
            step, so it must have asked for a finger, a face or a PIN.
        at: now, aware UTC.
    """
    challenge = _challenge(token, 0)
    if challenge is None or len(answer) > LONGEST_ANSWER:
        return None
    try:
        credential = parse_authentication_credential_json(answer)
        passkey = (
            Passkey.objects.select_related("user__second_factor", "user__staff_settings")
            .filter(credential_id=bytes_to_base64url(credential.raw_id), user__is_active=True)
            .exclude(user__staff_access__is_service_account=True)
            .first()
        )
        if passkey is None:
            return None
        shown = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=passkey.user != after_password_of,
        )
    except _UNREADABLE:
        return None
    if take(Counter(ANSWERS, challenge.hex()), at=at):
        return None
    same = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    is_first = same.update(sign_count=shown.new_sign_count, last_used_at=at)
    return passkey.user if is_first else None


def remove_passkey(*, user: User, passkey_id: int, address: str) -> bool:
    """Remove one of somebody's; return False where it is the last factor that they need."""
    with transaction.atomic():
        factor = locked_factor(user)
        passkey = Passkey.objects.filter(user=user, pk=passkey_id).first()
        if passkey is None:
            return True
        if not may_remove_one(user, factor):
            return False
        passkey.delete()
        SecondFactor.objects.filter(pk=factor.pk).update(passkey_count=F("passkey_count") - 1)
        tell_of_change("second_factor_removed", user=user, address=address, kind="passkey")
    return True


def _descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    names = Passkey.objects.filter(user=user).values_list("credential_id", flat=True)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(name)) for name in names]


def _token(challenge: bytes, user_id: int) -> str:
    return signing.dumps([challenge.hex(), user_id], salt=_SALT)


def _challenge(token: str, user_id: int) -> bytes | None:
    """Return the challenge of a fresh token of ours for this person; 0 is for signing in."""
    try:
        challenge, owner = signing.loads(token[:1000], salt=_SALT, max_age=CHALLENGE_LASTS)
    except (signing.BadSignature, ValueError):
        return None
    return bytes.fromhex(challenge) if owner == user_id else None
