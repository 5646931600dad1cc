"""The provider over the wire: its addresses and keys, tokens, and what it says of a person.

Addresses and keys are kept for some minutes in each process. No answer may be long or slow, and
nothing follows where an answer leads. While the provider is away one thread waits for it, and the
others are told so at once.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit

import requests
from django.conf import settings
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from urllib3.exceptions import HTTPError

from messaging.models.sign_on_identity import LONGEST_ISSUER

from .errors import SignOnFailed, TokenRefused

#: For the next bytes of an answer, and for all of it.
SECONDS: Final = 5.0
SECONDS_IN_ALL: Final = 10.0
_AT_ONCE: Final = 64 * 1024
LONGEST_ANSWER: Final = 1024 * 1024
#: How long addresses and keys are kept.
KEPT_SECONDS: Final = 600.0
#: Unknown keys make us fetch the keys again, but no more often than this.
KEYS_AT_MOST_EVERY_SECONDS: Final = 30.0
#: After it did not say where it is, nobody asks it for so long.
REST_AFTER_FAILURE_SECONDS: Final = 5.0
#: How long a thread waits for the one that asks.
WAIT_SECONDS: Final = 1.0
#: What a provider says of a person, not of us.
_REFUSALS: Final = frozenset(
    {
        "invalid_grant",
        "interaction_required",
        "login_required",
        "consent_required",
        "access_denied",
    }
)


@dataclass(frozen=True)
class Provider:
    """What a provider's discovery document says.

    Attributes:
        issuer: its name, as its tokens have it.
        authorization_endpoint: where browsers go.
        token_endpoint: where codes become tokens.
        userinfo_endpoint: what it says of a person; "" where it says nothing.
        jwks_uri: its keys.
        scopes: those that it knows; empty where it does not say.
        takes_basic: it takes the client's secret in the Authorization header.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    scopes: frozenset[str]
    takes_basic: bool


class _Kept:
    """What this process has fetched, with the time of its clock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asking = threading.Lock()
        self.provider: tuple[str, float, Provider] | None = None
        self.failure: tuple[str, float, SignOnFailed] | None = None
        self.keys: tuple[str, float, KeySet] | None = None


_kept = _Kept()


def discover(*, is_fresh: bool = False) -> Provider:
    """Return the provider of the settings.

    Args:
        is_fresh: ask it now, whatever was kept.

    Raises:
        SignOnFailed: it is away, or is no provider of this issuer.
    """
    issuer: str = settings.OIDC_ISSUER
    if is_fresh:
        return _discover(issuer)
    if (kept := _kept_of(issuer)) is not None:
        return kept
    if not _kept.asking.acquire(timeout=WAIT_SECONDS):
        raise SignOnFailed("away", "it is being asked")
    try:
        return _kept_of(issuer) or _discover(issuer)
    finally:
        _kept.asking.release()


def _kept_of(issuer: str) -> Provider | None:
    """Return what is kept of a provider, None for nothing.

    Raises:
        SignOnFailed: it has failed a moment ago.
    """
    now, kept, failed = time.monotonic(), _kept.provider, _kept.failure
    if kept and kept[0] == issuer and now - kept[1] < KEPT_SECONDS:
        return kept[2]
    if failed and failed[0] == issuer and now - failed[1] < REST_AFTER_FAILURE_SECONDS:
        raise SignOnFailed(failed[2].code, failed[2].why)
    return None


def _discover(issuer: str) -> Provider:
    try:
        provider = _described(issuer)
    except SignOnFailed as error:
        with _kept.lock:
            _kept.failure = (issuer, time.monotonic(), error)
        raise
    with _kept.lock:
        _kept.provider, _kept.failure = (issuer, time.monotonic(), provider), None
    return provider


def _described(issuer: str) -> Provider:
    said = _json(_ask("GET", f"{issuer}/.well-known/openid-configuration"))
    # Some end with a slash; the settings never do.
    name = str(said.get("issuer", ""))
    if name.rstrip("/") != issuer or len(name) > LONGEST_ISSUER:
        raise SignOnFailed("wrong_answer", f"the issuer calls itself {name[:200]!r}")
    addresses = {
        key: _address(said, key) for key in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    userinfo = _address(said, "userinfo_endpoint") if "userinfo_endpoint" in said else ""
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Provider(
        issuer=name,
        userinfo_endpoint=userinfo,
        scopes=frozenset(_words(said.get("scopes_supported"))),
        takes_basic="client_secret_basic" in _words(methods),
        **addresses,
    )


def signing_keys(provider: Provider, *, is_fresh: bool = False) -> KeySet:
    """Return the public keys of a provider.

    Args:
        provider: whose.
        is_fresh: a token names a key that is not among those kept.

    Raises:
        SignOnFailed: it is away, or has no keys.
    """
    now, kept = time.monotonic(), _kept.keys
    age = now - kept[1] if kept and kept[0] == provider.jwks_uri else None
    longest = KEYS_AT_MOST_EVERY_SECONDS if is_fresh else KEPT_SECONDS
    if kept and age is not None and age < longest:
        return kept[2]
    try:
        keys = KeySet.import_key_set(_json(_ask("GET", provider.jwks_uri)))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SignOnFailed("wrong_answer", f"its keys: {type(error).__name__}") from error
    with _kept.lock:
        _kept.keys = (provider.jwks_uri, now, keys)
    return keys


def forget_provider() -> None:
    """Forget what was fetched, as after a change of the settings."""
    with _kept.lock:
        _kept.provider = _kept.keys = _kept.failure = None


def ask_for_tokens(provider: Provider, form: dict[str, str]) -> dict[str, Any]:
    """Exchange a code or a refresh token.

    Raises:
        TokenRefused: the provider takes it no more.
        SignOnFailed: it is away, or refuses us.
    """
    headers = {"Accept": "application/json"}
    client, secret = settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET
    auth = None
    if secret and provider.takes_basic:
        auth = (quote_plus(client), quote_plus(secret))
    else:
        form = {**form, "client_id": client, **({"client_secret": secret} if secret else {})}
    answer = _ask("POST", provider.token_endpoint, data=form, headers=headers, auth=auth)
    if answer.status_code == requests.codes.ok:
        return _json(answer)
    try:
        error = str(_json(answer, status=answer.status_code).get("error", ""))[:80]
    except SignOnFailed:
        error = ""
    if error in _REFUSALS:
        raise TokenRefused(error)
    raise SignOnFailed("wrong_answer", f"HTTP {answer.status_code} {error} for tokens")


def fetch_userinfo(provider: Provider, *, access_token: str) -> dict[str, Any]:
    """Return what the provider says of a token's person; empty where it has no such address.

    Raises:
        TokenRefused: the token is not, or no longer, good.
        SignOnFailed: it is away, or answers nonsense.
    """
    if not provider.userinfo_endpoint:
        return {}
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    answer = _ask("GET", provider.userinfo_endpoint, headers=headers)
    if answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
        raise TokenRefused("userinfo")
    if str(answer.headers.get("Content-Type")).startswith("application/jwt"):
        return {}  # signed for us alone; what the ID token says has to be enough
    return _json(answer)


def _ask(method: str, url: str, **options: Any) -> requests.Response:
    """Ask once; the body is read as far as LONGEST_ANSWER, and no longer than SECONDS_IN_ALL."""
    ends_at = time.monotonic() + SECONDS_IN_ALL
    try:
        with requests.request(
            method, url, timeout=SECONDS, allow_redirects=False, stream=True, **options
        ) as answer:
            answer._content = _body(answer, ends_at=ends_at)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise SignOnFailed("away", f"{urlsplit(url).hostname}: {type(error).__name__}") from error
    is_busy = answer.status_code == requests.codes.too_many_requests
    if is_busy or answer.status_code >= requests.codes.internal_server_error:
        raise SignOnFailed("away", f"{urlsplit(url).hostname}: HTTP {answer.status_code}")
    return answer


def is_text_throughout(said: dict[str, Any]) -> bool:
    """Tell whether every text can be stored: JSON can name half of a character."""
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _body(answer: requests.Response, *, ends_at: float) -> bytes:
    body = b""
    while len(body) <= LONGEST_ANSWER:
        if time.monotonic() > ends_at:
            raise requests.Timeout
        part = answer.raw.read1(_AT_ONCE, decode_content=True)
        if not part:
            break
        body += part
    return body


def _words(value: object) -> set[str]:
    return {str(each) for each in value} if isinstance(value, list) else set()


def _json(answer: requests.Response, *, status: int = 200) -> dict[str, Any]:
    body = answer.content
    if answer.status_code != status or len(body) > LONGEST_ANSWER:
        raise SignOnFailed("wrong_answer", f"HTTP {answer.status_code}, {len(body)} bytes")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SignOnFailed("wrong_answer", "no JSON") from error
    if not isinstance(said, dict) or not is_text_throughout(said):
        raise SignOnFailed("wrong_answer", "no object")
    return said


def _address(said: dict[str, Any], key: str) -> str:
    address = str(said.get(key))
    # A provider on this machine, as in tests, has no certificate; the settings allow no other.
    is_local = settings.OIDC_ISSUER.startswith("http://") and address.startswith("http://")
    if not (is_local or address.startswith("https://")):
        raise SignOnFailed("wrong_answer", f"{key} is no address")
    return address
