"""Answers of a provider that are late, long or nonsense."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest
import requests
from urllib3 import HTTPResponse

from messaging.services.operations.outside_checks import check_sign_on
from messaging.services.single_sign_on import provider
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
        ((429, ""), "away"),
        ((200, '{"issuer": "\\ud800"}'), "wrong_answer"),
        ((200, json.dumps(SAID | {"scopes_supported": 7, "jwks_uri": "x"})), "wrong_answer"),
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


def test_a_provider_that_failed_is_left_alone_for_a_moment(wire, monkeypatch):
    answers, asked = wire
    answers["openid-configuration"] = requests.ConnectTimeout()

    assert [failure(discover), failure(discover)] == ["away"] * 2
    assert len(asked) == 1

    answers["openid-configuration"] = (200, json.dumps(SAID))
    monkeypatch.setattr(provider, "REST_AFTER_FAILURE_SECONDS", -1.0)
    assert discover().issuer == f"{ISSUER}/"


def test_while_one_thread_waits_for_it_the_others_are_told_at_once(wire, monkeypatch):
    monkeypatch.setattr(provider, "WAIT_SECONDS", 0.01)
    with provider._kept.asking:
        assert failure(discover) == "away"
    assert discover().issuer == f"{ISSUER}/"


@pytest.fixture
def trickle() -> Iterator[str]:
    """A provider that never comes to an end, a byte at a time."""
    stopped = threading.Event()

    class Trickle(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while not stopped.wait(0.01):
                    self.wfile.write(b" ")

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Trickle)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_answer_that_trickles_in_is_not_waited_for(trickle, settings, monkeypatch):
    settings.OIDC_ISSUER = trickle
    monkeypatch.setattr(provider, "SECONDS_IN_ALL", 0.2)

    assert failure(discover, is_fresh=True) == "away"
    forget_provider()


@pytest.mark.parametrize("word", ["invalid_grant", "access_denied", "consent_required"])
def test_what_a_provider_says_of_a_person_is_a_no(wire, word):
    wire[0]["token"] = (403, json.dumps({"error": word}))

    with pytest.raises(TokenRefused):
        ask_for_tokens(discover(), {})


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
