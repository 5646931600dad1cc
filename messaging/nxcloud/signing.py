"""The provider's signature: made for what we send, verified for what we receive."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from messaging.nxcloud.errors import NotAuthentic

SIGNATURE_HEADERS = ("accessKey", "action", "bizType", "ts", "sign")
BIZ_TYPE_DID = "4"
PUSH_ACTIONS = frozenset({"mo", "dr"})
MAX_SECONDS_AHEAD = 300

_LOWER_NAMES = tuple(name.lower() for name in SIGNATURE_HEADERS)
_TS = re.compile(r"[0-9]{13}")
_SIGN = {"md5": re.compile(r"[0-9a-fA-F]{32}"), "sha256": re.compile(r"[0-9a-fA-F]{64}")}


@dataclass(frozen=True)
class Credentials:
    """The account's keys; the secrets stay out of its repr."""

    access_key: str
    access_secret: str = field(repr=False)
    previous_access_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class VerifiedPush:
    """What the headers of an authentic push say.

    Attributes:
        action: "mo" for an inbound message, "dr" for a delivery receipt.
        skew_seconds: How far its time stamp is behind our clock; negative when ahead.
        used_previous_secret: Whether it was signed with the secret that is being replaced.
    """

    action: str
    skew_seconds: float
    used_previous_secret: bool


def sign(
    *,
    access_key: str,
    action: str,
    ts: str,
    body: bytes,
    access_secret: str,
    biz_type: str = BIZ_TYPE_DID,
    algorithm: str = "md5",
) -> str:
    """Return the lower-case hexadecimal signature of a request.

    Args:
        access_key: The customer's access key.
        action: "mtsend", "mo" or "dr".
        ts: Milliseconds since 1970 as text.
        body: Exactly the bytes that travel.
        access_secret: The customer's secret.
        biz_type: "4" for DID numbers.
        algorithm: "md5", or "sha256" as on the provider's sibling pages.

    Source: "API Interface Call Convention".
    """
    parts = [
        f"accessKey={access_key}&action={action}&bizType={biz_type}&ts={ts}".encode(),
        b"&body=" + body if body else b"",
        f"&accessSecret={access_secret}".encode(),
    ]
    # MD5 is the provider's choice.
    return hashlib.new(algorithm, b"".join(parts), usedforsecurity=False).hexdigest()


def signed_headers(
    *, credentials: Credentials, action: str, body: bytes, ts_ms: int
) -> dict[str, str]:
    """Return the five signature headers for a request.

    Args:
        credentials: The account's keys.
        action: "mtsend" for sending.
        body: Exactly the bytes that travel.
        ts_ms: Milliseconds since 1970.
    """
    ts = str(ts_ms)
    return {
        "accessKey": credentials.access_key,
        "action": action,
        "bizType": BIZ_TYPE_DID,
        "ts": ts,
        "sign": sign(
            access_key=credentials.access_key,
            action=action,
            ts=ts,
            body=body,
            access_secret=credentials.access_secret,
        ),
    }


def carries_signature(headers: Mapping[str, str]) -> bool:
    """Say whether a request is to be judged as signed: any signature header, be it empty."""
    return any(name.lower() in _LOWER_NAMES for name in headers)


def verify(
    *,
    headers: Mapping[str, str],
    body: bytes,
    credentials: Credentials,
    now_ms: int,
    max_age_seconds: int,
) -> VerifiedPush:
    """Prove that a push comes from the provider.

    The grammar of every header is checked before anything is hashed: with `&` and `=` inside a
    header, two different requests could share one digest.

    Args:
        headers: The request's headers, in any case.
        body: The raw body.
        credentials: The account's keys; an unset key or secret never verifies.
        now_ms: Our clock in milliseconds since 1970.
        max_age_seconds: How far the time stamp may lie behind our clock.

    Returns:
        The action and what is worth noting about the signature.

    Raises:
        NotAuthentic: with the first reason found.

    Source: "DID SMS Callback (Signed)".
    """
    if not credentials.access_key.strip():
        raise NotAuthentic("no_access_key")
    if not credentials.access_secret.strip():
        raise NotAuthentic("no_secret")
    given = {name.lower(): value for name, value in headers.items()}
    algorithm = _check_grammar(given, credentials.access_key)
    used_previous_secret = _check_sign(given, body, credentials, algorithm)
    skew_ms = now_ms - int(given["ts"])
    if skew_ms > max_age_seconds * 1000:
        raise NotAuthentic("too_old")
    if skew_ms < -MAX_SECONDS_AHEAD * 1000:
        raise NotAuthentic("too_new")
    return VerifiedPush(
        action=given["action"],
        skew_seconds=skew_ms / 1000,
        used_previous_secret=used_previous_secret,
    )


def _check_grammar(given: Mapping[str, str], access_key: str) -> str:
    """Check every header on its own and return the hash algorithm to use."""
    if any(name not in given for name in _LOWER_NAMES):
        raise NotAuthentic("missing_header")
    if not _equal(given["accesskey"], access_key):
        raise NotAuthentic("bad_access_key")
    if given["action"] not in PUSH_ACTIONS:
        raise NotAuthentic("bad_action")
    if given["biztype"] != BIZ_TYPE_DID:
        raise NotAuthentic("bad_biz_type")
    if not _TS.fullmatch(given["ts"]):
        raise NotAuthentic("bad_ts")
    algorithm = given.get("algorithm", "").strip().lower() or "md5"
    if algorithm not in _SIGN:
        raise NotAuthentic("bad_algorithm")
    if not _SIGN[algorithm].fullmatch(given["sign"]):
        raise NotAuthentic("bad_sign_grammar")
    return algorithm


def _check_sign(
    given: Mapping[str, str], body: bytes, credentials: Credentials, algorithm: str
) -> bool:
    """Compare the signature; return whether it was the previous secret's."""
    secrets = [credentials.access_secret]
    if credentials.previous_access_secret.strip():
        secrets.append(credentials.previous_access_secret)
    for secret in secrets:
        expected = sign(
            access_key=credentials.access_key,
            action=given["action"],
            ts=given["ts"],
            body=body,
            access_secret=secret,
            algorithm=algorithm,
        )
        if _equal(given["sign"].lower(), expected):
            return secret != credentials.access_secret
    raise NotAuthentic("bad_sign")


def _equal(left: str, right: str) -> bool:
    """Compare in constant time, whatever characters a header holds."""
    return hmac.compare_digest(
        left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass")
    )
