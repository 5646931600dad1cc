"""Answers of a provider that are late, long or nonsense."""

import json
from io import BytesIO

import pytest
import requests
from urllib3 import HTTPResponse

from messaging.services.operations.outside_checks import check_sign_on
from messaging.services.single_sign_on.errors import SignOnFailed, TokenRefused
from messaging.services.single_sign_on.provider import (
    LONGEST_ANSWER,
    ask_for_tokens,
    discover,
    fetch_userinfo,
    forget_provider,
    signing_keys,
)

ISSUER = "https://login.example.com/tenant"
SAID = {
    "issuer": f"{ISSUER}/",
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/me",
    "jwks_uri": f"{ISSUER}/keys",
    "scopes_supported": ["openid", "offline_access"],
}


@pytest.fixture
def wire(settings, monkeypatch):
    """What addresses answer: (status, body) or an error, by their last part; and what was asked."""
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = ISSUER, "did sms"
    settings.OIDC_CLIENT_SECRET = "s:cret"
    answers: dict[str, object] = {"openid-configuration": (200, json.dumps(SAID))}
    asked: list[tuple[str, dict[str, object]]] = []

    def request(method: str, url: str, **options: object) -> requests.Response:
        asked.append((f"{method} {url}", options))
        given = answers[url.rpartition("/")[2]]
        if isinstance(given, Exception):
            raise given
        status, body = given
        response = requests.Response()
        response.status_code = status
        response.raw = HTTPResponse(BytesIO(body.encode()), preload_content=False)
        return response

    monkeypatch.setattr(requests, "request", request)
    forget_provider()
    yield answers, asked
    forget_provider()


def failure(call, *given, **named) -> str:
    with pytest.raises(SignOnFailed) as refused:
        call(*given, **named)
    return refused.value.code


def test_addresses_are_asked_for_once(wire):
    _answers, asked = wire

    first, second = discover(), discover()

    assert first == second
    assert (first.issuer, first.takes_basic) == (f"{ISSUER}/", True)
    assert [address for address, _options in asked] == [
        f"GET {ISSUER}/.well-known/openid-configuration"
    ]
    assert asked[0][1]["allow_redirects"] is False
    discover(is_fresh=True)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (requests.ConnectTimeout(), "away"),
        (requests.ConnectionError(), "away"),
        ((500, ""), "away"),
        ((404, "{}"), "wrong_answer"),
        ((302, "{}"), "wrong_answer"),
        ((200, ""), "wrong_answer"),
        ((200, "[]"), "wrong_answer"),
        ((200, "<html>"), "wrong_answer"),
        ((200, "[" * 100_000), "wrong_answer"),
        ((200, " " * (LONGEST_ANSWER + 1)), "wrong_answer"),
        ((200, json.dumps(SAID | {"issuer": "https://evil.example"})), "wrong_answer"),
        ((200, json.dumps(SAID | {"token_endpoint": "http://login.example.com"})), "wrong_answer"),
        ((200, json.dumps(SAID | {"jwks_uri": None})), "wrong_answer"),
    ],
    ids=lambda value: str(value)[:30] or "empty",
)
def test_what_is_no_provider_is_told_apart_from_one_that_is_away(wire, answer, code):
    wire[0]["openid-configuration"] = answer

    assert failure(discover) == code
    check = check_sign_on()
    assert (check.is_ok, check.fix.startswith("Server admin: ")) == (False, True)
    assert check.state == {"away": "unreachable"}.get(code, code)


def test_the_check_says_when_all_is_well_and_when_there_is_none(wire, settings):
    assert check_sign_on().state == "ok"
    settings.OIDC_ISSUER = ""
    assert check_sign_on().state == "unset"


@pytest.mark.parametrize(
    "keys", ['{"keys": []}', "{}", '{"keys": [{"kty": "odd"}]}', '{"keys": [7]}', '{"keys": "x"}']
)
def test_keys_that_are_none(wire, keys):
    wire[0]["keys"] = (200, keys)

    assert failure(signing_keys, discover()) == "wrong_answer"


def test_our_secret_goes_where_the_provider_wants_it(wire, settings):
    answers, asked = wire
    answers["token"] = (200, "{}")

    ask_for_tokens(discover(), {"code": "c"})
    assert asked[-1][1]["auth"] == ("did+sms", "s%3Acret")
    assert asked[-1][1]["data"] == {"code": "c"}

    posts = SAID | {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    answers["openid-configuration"] = (200, json.dumps(posts))
    ask_for_tokens(discover(is_fresh=True), {"code": "c"})
    assert asked[-1][1]["auth"] is None
    assert asked[-1][1]["data"] == {"code": "c", "client_id": "did sms", "client_secret": "s:cret"}

    settings.OIDC_CLIENT_SECRET = ""
    ask_for_tokens(discover(), {"code": "c"})
    assert asked[-1][1]["data"] == {"code": "c", "client_id": "did sms"}


def test_a_refused_token_is_no_trouble_of_the_settings(wire):
    answers, _asked = wire
    answers["token"] = (400, '{"error": "invalid_grant"}')
    with pytest.raises(TokenRefused):
        ask_for_tokens(discover(), {})

    for status, body in ((401, '{"error": "invalid_client"}'), (400, "no JSON"), (302, "")):
        answers["token"] = (status, body)
        assert failure(ask_for_tokens, discover(), {}) == "wrong_answer"

    answers["me"] = (401, "")
    with pytest.raises(TokenRefused):
        fetch_userinfo(discover(), access_token="x")
