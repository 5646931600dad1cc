"""Read an ID token: who signed it, for whom, when, and in answer to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jws import JWSRegistry

from messaging.models.sign_on_identity import LONGEST_SUBJECT

from .errors import SignOnFailed
from .provider import is_text_throughout, signing_keys

if TYPE_CHECKING:
    from datetime import datetime

    from joserfc.jwk import KeySet

    from .provider import Provider

#: With a private key of the provider, never with a secret that we share, and never unsigned.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
#: By how many seconds clocks may differ.
LEEWAY: Final = 60


class _Registry(JWSRegistry):
    max_header_length = 8192


def claims_of(
    id_token: str, *, provider: Provider, nonce: str | None, at: datetime
) -> dict[str, Any]:
    """Return what an ID token says, once everything about it is right.

    Args:
        id_token: as the provider sent it.
        provider: which must have signed it.
        nonce: what it must answer; None for one that came with a refresh.
        at: now.

    Raises:
        SignOnFailed: something about it is not right.
    """
    claims = _verified(id_token, provider)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    now = at.timestamp()
    flaws = {
        "iss": claims.get("iss") != provider.issuer,
        "aud": settings.OIDC_CLIENT_ID not in audiences,
        "azp": claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID
        or (len(audiences) > 1 and "azp" not in claims),
        "exp": not _is_after(claims.get("exp"), now - LEEWAY),
        "iat": _is_after(claims.get("iat", 0), now + LEEWAY),
        "nbf": _is_after(claims.get("nbf", 0), now + LEEWAY),
        "sub": not _is_subject(claims.get("sub")),
        "nonce": nonce is not None
        and not constant_time_compare(str(claims.get("nonce", "")), nonce),
    }
    if not is_text_throughout(claims):
        flaws["text"] = True
    if wrong := [name for name, is_wrong in flaws.items() if is_wrong]:
        raise SignOnFailed("wrong_answer", f"ID token: {', '.join(wrong)}")
    return claims


def _verified(id_token: str, provider: Provider) -> dict[str, Any]:
    try:
        try:
            return _decoded(id_token, signing_keys(provider))
        except (InvalidKeyIdError, BadSignatureError):  # the provider has changed its keys
            return _decoded(id_token, signing_keys(provider, is_fresh=True))
    except (JoseError, ValueError, RecursionError) as error:
        raise SignOnFailed("wrong_answer", f"ID token: {type(error).__name__}") from error


def _decoded(id_token: str, keys: KeySet) -> dict[str, Any]:
    registry = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)
    token = jwt.decode(id_token, keys, algorithms=list(ALGORITHMS), registry=registry)
    return dict(token.claims)


def _is_after(value: object, seconds: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and float(value) > seconds  # type: ignore[arg-type]


def _is_subject(value: object) -> bool:
    is_text = isinstance(value, str) and 0 < len(value) <= LONGEST_SUBJECT
    return is_text and "\0" not in value  # type: ignore[operator]
