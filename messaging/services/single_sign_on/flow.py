"""The way to the provider and back: a code with PKCE, bound to the browser that asked for it.

What has to be remembered meanwhile is in a sealed cookie of the browser: those who only ask fill no
table of ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.utils.crypto import constant_time_compare

from messaging.services.access.sealed import seal, unseal

from .errors import SignOnFailed, TokenRefused
from .id_tokens import claims_of
from .provider import ask_for_tokens, discover, fetch_userinfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .provider import Provider

#: How long somebody may take at the provider.
LASTS: Final = timedelta(minutes=10)
SCOPES: Final = ("openid", "email", "profile")
#: With it a provider gives a refresh token that outlasts its own session.
OFFLINE: Final = "offline_access"
#: Characters of a cookie, and of what comes back in the address.
LONGEST: Final = 4096
COOKIE_HOLDS: Final = frozenset({"state", "nonce", "verifier", "at", "next", "confirms"})
#: Claims that say an email address was verified; the second is that of Entra ID.
EMAIL_IS_VERIFIED: Final = ("email_verified", "xms_edov")


@dataclass(frozen=True)
class Journey:
    """What somebody set out for.

    Attributes:
        next_page: where they want to be afterwards, checked already.
        confirms: the id of the person who is signed in and only shows once more who they are.
    """

    next_page: str
    confirms: int | None = None


@dataclass(frozen=True)
class Arrival:
    """What somebody has come back with.

    Attributes:
        journey: what they set out for.
        began_at: when; aware.
        issuer: of the provider.
        claims: what it says of them, from its ID token, and beside that from its userinfo.
        refresh_token: "" where it gave none.
    """

    journey: Journey
    began_at: datetime
    issuer: str
    claims: dict[str, Any]
    refresh_token: str = field(repr=False)


def begin(journey: Journey, *, redirect_uri: str, at: datetime) -> tuple[str, str]:
    """Return where the browser goes, and the cookie that it brings back.

    Raises:
        SignOnFailed: the provider is away.
    """
    provider = discover()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _each in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    asked = {
        **dict(parse_qsl(settings.OIDC_AUTHORIZE_PARAMS)),
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": _scopes(provider),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    if journey.confirms is not None:
        asked |= {"prompt": "login", "max_age": "0"}
    mark = "&" if "?" in provider.authorization_endpoint else "?"
    cookie = {
        "state": state,
        "nonce": nonce,
        "verifier": verifier,
        "at": at.timestamp(),
        "next": journey.next_page,
        "confirms": journey.confirms,
    }
    address = f"{provider.authorization_endpoint}{mark}{urlencode(asked)}"
    return address, seal(json.dumps(cookie))


def complete(answer: Mapping[str, str], *, cookie: str, redirect_uri: str, at: datetime) -> Arrival:
    """Return what a browser has come back with, once everything about it is right.

    Args:
        answer: what is in the address.
        cookie: that `begin` gave it.
        redirect_uri: the same as there.
        at: now.

    Raises:
        SignOnFailed: something is not right, or the provider is away.
    """
    kept = _opened(cookie)
    age = at.timestamp() - kept["at"]
    is_same = constant_time_compare(str(answer.get("state", "")), kept["state"])
    if not is_same or not 0 <= age < LASTS.total_seconds():
        raise SignOnFailed("stale")
    if answer.get("error"):
        is_denied = answer["error"] in ("access_denied", "login_required")
        why = f"the provider said {answer['error'][:80]!r}"
        raise SignOnFailed("denied" if is_denied else "wrong_answer", why)
    provider = discover()
    # RFC 9207: a provider that names itself must be ours.
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise SignOnFailed("wrong_answer", "the answer is another provider's")
    form = {
        "grant_type": "authorization_code",
        "code": answer.get("code", "")[:LONGEST],
        "redirect_uri": redirect_uri,
        "code_verifier": kept["verifier"],
    }
    try:
        tokens = ask_for_tokens(provider, form)
        claims = claims_of(
            str(tokens.get("id_token", "")), provider=provider, nonce=kept["nonce"], at=at
        )
        said = fetch_userinfo(provider, access_token=str(tokens.get("access_token", "")))
    except TokenRefused as error:
        raise SignOnFailed("wrong_answer", error.error) from error
    return Arrival(
        journey=Journey(next_page=kept["next"], confirms=kept["confirms"]),
        began_at=at - timedelta(seconds=age),
        issuer=provider.issuer,
        claims=together(claims, said),
        refresh_token=str(tokens.get("refresh_token") or ""),
    )


def together(claims: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Return what the ID token says, and beside that what userinfo says of the same person.

    Raises:
        SignOnFailed: they are about two people.
    """
    if said and said.get("sub") != claims["sub"]:
        raise SignOnFailed("wrong_answer", "userinfo is about somebody else")
    if "email" in claims and claims["email"] != said.get("email"):
        # That one address was verified says nothing of another.
        said = {name: value for name, value in said.items() if name not in EMAIL_IS_VERIFIED}
    return {**said, **claims}


def _scopes(provider: Provider) -> str:
    if settings.OIDC_SCOPES:
        return " ".join(settings.OIDC_SCOPES.replace(",", " ").split())
    return " ".join([*SCOPES, *([OFFLINE] if OFFLINE in provider.scopes else [])])


def _opened(cookie: str) -> dict[str, Any]:
    opened = unseal(cookie[:LONGEST])
    try:
        kept = json.loads(opened[0]) if opened is not None else None
    except ValueError:  # sealed by us, for something else
        kept = None
    if not isinstance(kept, dict) or not kept.keys() >= COOKIE_HOLDS:
        raise SignOnFailed("stale")
    return kept
