"""ID tokens: only what the provider signed, for us, now, in answer to this sign-in."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from messaging.services.single_sign_on import id_tokens
from messaging.services.single_sign_on.errors import SignOnFailed
from messaging.services.single_sign_on.id_tokens import claims_of
from messaging.services.single_sign_on.provider import Provider

ISSUER, SECRET = "https://login.example.com", "a shared secret of thirty-two bytes"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
NOW = 1_796_000_000.0
PROVIDER = Provider(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize",
    token_endpoint=f"{ISSUER}/token",
    userinfo_endpoint="",
    jwks_uri=f"{ISSUER}/keys",
    scopes=frozenset(),
    takes_basic=True,
)
CLAIMS = {
    "iss": ISSUER,
    "aud": "didsms",
    "sub": "ana-1",
    "nonce": "n",
    "iat": int(NOW),
    "exp": int(NOW) + 300,
}


@pytest.fixture(autouse=True)
def keys(settings, monkeypatch) -> list[bool]:
    """The provider has one key; returns for each look at its keys whether it was a fresh one."""
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "didsms", SECRET
    looks: list[bool] = []

    def signing_keys(_provider: Provider, *, is_fresh: bool = False) -> KeySet:
        looks.append(is_fresh)
        return KeySet([KEY])

    monkeypatch.setattr(id_tokens, "signing_keys", signing_keys)
    return looks


def token(claims, *, key=KEY, alg: str = "RS256", **header: str) -> str:
    return jwt.encode({"alg": alg, "kid": "one"} | header, claims, key, algorithms=[alg])


def read(text: str, *, nonce: str | None = "n"):
    at = datetime.fromtimestamp(NOW, UTC)
    return claims_of(text, provider=PROVIDER, nonce=nonce, at=at)


def why(text: str) -> str:
    with pytest.raises(SignOnFailed) as refused:
        read(text)
    assert refused.value.code == "wrong_answer"
    return refused.value.why


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"aud": ["didsms"]},
        {"aud": ["didsms", "other"], "azp": "didsms"},
        {"groups": ["x"] * 999},
    ],
    ids=["plain", "a list", "several", "many groups"],
)
def test_what_the_provider_said_is_returned_whole(change):
    assert read(token(CLAIMS | change)) == CLAIMS | change


def test_one_that_came_with_a_refresh_has_no_nonce():
    claims = {name: value for name, value in CLAIMS.items() if name != "nonce"}

    assert read(token(claims), nonce=None) == claims


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": f"{ISSUER}/"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["didsms", "other"]}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"exp": int(NOW) - 61}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": int(NOW) + 120}, "iat"),
        ({"nbf": int(NOW) + 120}, "nbf"),
        ({"sub": ""}, "sub"),
        ({"sub": None}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "a\0b"}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_one_wrong_claim_is_enough_to_refuse(change, wrong):
    assert why(token(CLAIMS | change)) == f"ID token: {wrong}"


def with_our_secret() -> str:
    return token(CLAIMS, key=OctKey.import_key(SECRET), alg="HS256")


def unsigned() -> str:
    parts = ({"alg": "none", "kid": "one"}, CLAIMS)
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, ""])


@pytest.mark.parametrize(
    "text",
    [
        token(CLAIMS, key=OTHER),
        with_our_secret(),
        unsigned(),
        token(CLAIMS)[:-20],
        token(CLAIMS).replace(".", ".e30", 1),
        "",
        "a.b.c",
        "\0",
        "x" * 100_000,
        "🔑",
    ],
    ids=[
        "another key", "shared secret", "unsigned", "cut", "changed", "empty", "no token", "nul",
        "long", "emoji",
    ],
)  # fmt: skip
def test_what_the_provider_did_not_sign_is_refused(text):
    assert why(text).startswith("ID token: ")


def test_a_new_key_of_the_same_name_is_found(monkeypatch):
    new = RSAKey.import_key(OTHER.as_dict(private=True) | {"kid": "one"})
    looks = iter([KEY, new])
    monkeypatch.setattr(id_tokens, "signing_keys", lambda *_given, **_named: KeySet([next(looks)]))

    assert read(token(CLAIMS, key=new)) == CLAIMS


def test_half_of_a_character_is_refused():
    said = json.dumps(CLAIMS | {"name": "\ud800"}).encode()
    text = jws.serialize_compact({"alg": "RS256", "kid": "one"}, said, KEY)

    assert why(text) == "ID token: text"


def test_an_unknown_key_makes_us_look_at_the_keys_again_once(keys):
    assert why(token(CLAIMS, key=OTHER, kid="two")) == "ID token: InvalidKeyIdError"
    assert keys == [False, True]
