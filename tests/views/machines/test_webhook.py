"""What the webhook answers: to pushes, to what it refuses, and while it can keep nothing."""

import hashlib
import io
import json
import time
from unittest.mock import patch
from urllib.parse import quote, unquote_to_bytes, urlencode
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError

from messaging.models import Message, Push
from messaging.nxcloud.signing import sign
from messaging.services.pushes import spool
from messaging.services.receiving import receive
from tests.factories import DID, PHONE, make_did, make_outbound

pytestmark = pytest.mark.django_db

SECRET_PATH = "/webhooks/nxcloud/test-webhook-token/"
BARE_PATH = "/webhooks/nxcloud/"
FORM = "application/x-www-form-urlencoded"
INBOUND = {
    "messageId": "mo-1",
    "toPhone": DID,
    "fromPhone": PHONE,
    "content": "Hi 你好",
    "size": "1",
    "price": "0.0360",
    "receiveTime": "2026-11-22 17:00:00",
}


@pytest.fixture(autouse=True)
def bypass_is_off():
    receive.bypass.reset()
    yield
    receive.bypass.reset()


def now_ms(shift_seconds=0):
    return str(time.time_ns() // 1_000_000 + int(shift_seconds * 1000))


def signed_headers(body, *, action="mo", ts="", secret="test-access-secret", **changes):  # noqa: S107
    ts = ts or now_ms()
    headers = {
        "accessKey": "test-access-key",
        "action": action,
        "bizType": "4",
        "ts": ts,
        "sign": sign(
            access_key="test-access-key", action=action, ts=ts, body=body, access_secret=secret
        ),
    }
    return headers | changes


def post_signed(client, fields=None, *, path=BARE_PATH, body=None, headers=None, **arguments):
    raw = body if body is not None else json.dumps(fields or INBOUND, ensure_ascii=False).encode()
    return client.post(
        path,
        data=raw,
        content_type="application/json",
        headers=headers if headers is not None else signed_headers(raw, **arguments),
    )


def post_form(client, fields=None, *, path=SECRET_PATH, content_type=FORM, **extra):
    return client.post(
        path, data=urlencode(fields or INBOUND).encode(), content_type=content_type, **extra
    )


def answer(response):
    return response.status_code, response.content, response.headers["Content-Type"]


SUCCESS = (200, b"success", "text/plain; charset=utf-8")


def refused(status):
    return status, b"error", "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", [BARE_PATH, SECRET_PATH])
def test_a_signed_push_is_taken_on_either_path(client, path):
    make_did()

    assert answer(post_signed(client, path=path)) == SUCCESS
    assert Message.objects.get().content == "Hi 你好"


def test_an_unsigned_form_is_taken_on_the_secret_path(client):
    make_did()

    assert answer(post_form(client)) == SUCCESS
    assert Message.objects.get().content == "Hi 你好"


def test_an_unsigned_form_is_refused_on_the_bare_path_and_nothing_is_stored(client):
    assert answer(post_form(client, path=BARE_PATH)) == refused(403)
    assert Push.objects.count() == 0


@pytest.mark.parametrize(
    "path", ["/webhooks/nxcloud/wrong/", "/webhooks/nxcloud/test-webhook-tokeN/"]
)
def test_a_wrong_path_secret_is_not_found(client, path):
    assert answer(post_form(client, path=path)) == refused(404)
    assert answer(client.get(path)) == refused(404)
    assert answer(post_signed(client, path=path)) == refused(404)


@pytest.mark.parametrize("more", ["x/", "/", "x/y/z"])
def test_an_address_near_the_right_one_is_not_found(client, more):
    response = post_form(client, path=SECRET_PATH + more)

    assert answer(response) == refused(404)


ODD_TOKENS = [
    "q3J5/wXv+K0dTtq8mQzF1A==",
    "/at/both/ends/",
    "what?about#these%20signs",
    "with a blank",
    "ünïcode-密码-12",
]


@pytest.mark.parametrize("token", ODD_TOKENS)
def test_a_token_of_any_signs_works_once_it_is_quoted(client, settings, token):
    settings.WEBHOOK_TOKEN = token
    make_did()
    path = f"{BARE_PATH}{quote(token)}/"

    assert answer(post_form(client, path=path, headers={"Host": "sms.example.org"})) == SUCCESS
    assert answer(client.get(f"{BARE_PATH}{quote(token)}x/")) == refused(404)
    assert answer(post_form(client, path=BARE_PATH)) == refused(403)


@pytest.mark.parametrize("token", ODD_TOKENS)
def test_a_servers_raw_call_with_such_a_token_is_answered_past_the_middleware(settings, token):
    settings.WEBHOOK_TOKEN = token
    make_did()
    body = urlencode(INBOUND).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        # As WSGI hands it over: unquoted bytes, read as Latin-1.
        "PATH_INFO": unquote_to_bytes(f"{BARE_PATH}{quote(token)}/").decode("latin-1"),
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "a.host.that.nobody.configured",
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    started = []

    # The signal would close the test's own connection.
    with patch.object(request_started, "send"):
        said = get_wsgi_application()(environ, lambda status, _headers: started.append(status))

    assert (started, b"".join(said)) == (["200 OK"], b"success")
    assert Message.objects.get().content == "Hi 你好"


def test_without_a_configured_token_no_path_secret_is_right(client, settings):
    settings.WEBHOOK_TOKEN = ""

    assert post_form(client, path="/webhooks/nxcloud/x/").status_code == 404


def test_a_missing_last_slash_does_not_lose_the_push(client):
    make_did()

    assert answer(post_form(client, path=SECRET_PATH.rstrip("/"))) == SUCCESS


def test_a_host_header_that_nobody_configured_does_not_lose_the_push(client):
    make_did()

    assert answer(post_form(client, headers={"Host": "sms.example.org"})) == SUCCESS


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("path", [BARE_PATH, SECRET_PATH])
def test_a_console_may_check_the_address(client, method, path):
    assert getattr(client, method)(path).status_code == 200
    assert Push.objects.count() == 0


def test_other_methods_are_refused(client):
    assert answer(client.put(SECRET_PATH)) == refused(405)


@pytest.mark.parametrize(
    "changes",
    [
        {"sign": "0" * 32},
        {"sign": "zz"},
        {"accessKey": "someone-else"},
        {"bizType": "1"},
        {"action": "mtsend"},
        {"ts": "1655710885431"},
        {"ts": "١٦٥٥٧١٠٨٨٥٤٣١"},
        {"ts": "165571088543"},
        {"action": "mo&bizType=4"},
    ],
    ids=lambda change: "=".join(change.popitem()) if False else str(change),
)
def test_a_push_that_is_not_authentic_is_refused_and_not_stored(client, changes):
    raw = json.dumps(INBOUND).encode()
    headers = {
        name: value.encode().decode("latin-1")
        for name, value in (signed_headers(raw) | changes).items()
    }

    assert answer(post_signed(client, body=raw, headers=headers)) == refused(403)
    assert Push.objects.count() == 0


def test_a_body_that_was_changed_on_the_way_is_refused(client):
    raw = json.dumps(INBOUND).encode()

    response = post_signed(client, body=raw + b" ", headers=signed_headers(raw))

    assert answer(response) == refused(403)


@pytest.mark.parametrize("missing", ["accessKey", "ts", "bizType", "action", "sign"])
def test_any_signature_header_makes_it_a_signed_push_on_the_secret_path_too(client, missing):
    raw = urlencode(INBOUND).encode()
    headers = signed_headers(raw)
    del headers[missing]

    response = client.post(SECRET_PATH, data=raw, content_type=FORM, headers=headers)

    assert answer(response) == refused(403)


@pytest.mark.parametrize("before", ["", " ", "\ufeff", "\x00"])
@pytest.mark.parametrize("content_type", ["application/json", FORM, "text/plain", ""])
def test_json_without_a_signature_is_refused_on_the_secret_path(client, content_type, before):
    body = before + json.dumps(INBOUND)

    response = client.post(SECRET_PATH, data=body, content_type=content_type)

    assert answer(response) == refused(403)


def test_the_previous_secret_counts_while_it_is_set(client, settings):
    make_did()
    settings.NXCLOUD_PREVIOUS_ACCESS_SECRET = "old-secret"

    assert answer(post_signed(client, secret="old-secret")) == SUCCESS
    assert Push.objects.get().flags == ["previous_secret"]

    settings.NXCLOUD_PREVIOUS_ACCESS_SECRET = ""
    assert answer(post_signed(client, secret="old-secret")) == refused(403)


def test_an_upper_case_sign_and_a_sha256_sign_are_accepted(client):
    make_did()
    raw = json.dumps(INBOUND).encode()
    headers = signed_headers(raw)
    upper = headers | {"sign": headers["sign"].upper()}
    text = f"accessKey=test-access-key&action=mo&bizType=4&ts={headers['ts']}&body={raw.decode()}"
    sha = hashlib.sha256(f"{text}&accessSecret=test-access-secret".encode()).hexdigest()

    assert answer(post_signed(client, body=raw, headers=upper)) == SUCCESS
    assert (
        answer(
            post_signed(client, body=raw, headers=headers | {"sign": sha, "algorithm": "sha256"})
        )
        == SUCCESS
    )


@pytest.mark.parametrize(
    ("shift", "expected", "flags"),
    [
        (0, 200, []),
        (-3600, 200, ["far_from_our_clock"]),
        (200, 200, ["far_from_our_clock"]),
        (-86_500, 403, None),
        (400, 403, None),
    ],
)
def test_the_time_stamp_may_lie_a_day_behind_and_five_minutes_ahead(client, shift, expected, flags):
    make_did()

    response = post_signed(client, ts=now_ms(shift))

    assert response.status_code == expected
    assert (list(Push.objects.values_list("flags", flat=True)) or [None])[0] == flags


def test_an_unset_secret_never_verifies(client, settings):
    settings.NXCLOUD_ACCESS_SECRET = ""

    assert answer(post_signed(client, secret="")) == refused(403)


def test_unsigned_pushes_can_be_switched_off(client, settings):
    settings.WEBHOOK_ACCEPT_UNSIGNED = False

    assert answer(post_form(client)) == refused(403)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("203.0.113.9", 200), ("203.0.114.9", 403), ("::ffff:203.0.113.9", 200), ("nonsense", 403)],
)
def test_unsigned_pushes_come_only_from_allowed_networks(client, settings, address, expected):
    make_did()
    settings.WEBHOOK_ALLOWED_NETWORKS = ["203.0.113.0/24"]

    assert post_form(client, REMOTE_ADDR=address).status_code == expected


def test_the_allow_list_believes_as_many_proxies_as_configured(client, settings):
    make_did()
    settings.WEBHOOK_ALLOWED_NETWORKS = ["203.0.113.0/24"]
    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"}

    assert post_form(client, headers=headers).status_code == 403
    settings.TRUSTED_PROXY_COUNT = 2
    assert post_form(client, headers=headers).status_code == 200
    settings.TRUSTED_PROXY_COUNT = 1
    assert post_form(client, headers=headers).status_code == 403


def test_an_empty_body_is_a_bad_request(client):
    assert answer(client.post(SECRET_PATH, data=b"", content_type=FORM)) == refused(400)
    assert answer(post_signed(client, body=b"")) == refused(400)


@pytest.mark.parametrize(("size", "expected"), [(256 * 1024, 200), (256 * 1024 + 1, 413)])
def test_a_body_may_have_256_kib(client, size, expected):
    make_did()
    body = urlencode(INBOUND).encode()
    body += b"&x=" + b"a" * (size - len(body) - 3)

    response = client.post(SECRET_PATH, data=body, content_type=FORM)

    assert response.status_code == expected


@pytest.mark.parametrize("encoding", ["gzip", "identity", ""])
def test_a_body_with_an_encoding_is_refused(client, encoding):
    response = post_form(client, headers={"Content-Encoding": encoding})

    assert answer(response) == refused(415)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=GBK",
        "application/x-www-form-urlencoded;charset=nonsense",
        "text/plain",
        "",
    ],
)
def test_whatever_charset_a_sender_names_the_form_is_read_as_utf_8(client, content_type):
    make_did()

    assert answer(post_form(client, content_type=content_type)) == SUCCESS
    assert Message.objects.get().content == "Hi 你好"


def test_the_published_form_example_is_an_inbound_message(client):
    from tests.factories import make_did as make

    make("18184505018", label="Published")
    from pathlib import Path

    body = (Path(__file__).parents[2] / "golden" / "inbound_form.txt").read_bytes().strip()

    assert answer(client.post(SECRET_PATH, data=body, content_type=FORM)) == SUCCESS
    assert Message.objects.get().content == "test from wang haha"


def test_a_signed_receipt_moves_its_message(client):
    message = make_outbound(status="sent", provider_message_id="mt-1")
    receipt = INBOUND | {
        "messageId": "mt-1",
        "fromPhone": DID,
        "toPhone": PHONE,
        "content": "Hello",
        "smsStatus": "DELIVRD",
    }

    assert answer(post_signed(client, receipt, action="dr")) == SUCCESS

    message.refresh_from_db()
    assert message.status == "delivered"


def test_an_authentic_push_that_is_not_json_is_kept_in_quarantine_and_accepted(client):
    assert answer(post_signed(client, body=b"\xff\x00 not json")) == SUCCESS
    assert Push.objects.get().reason == "not_json"


def test_while_the_database_is_away_the_push_is_spooled_and_accepted(client, monkeypatch):
    def away(**_arguments):
        raise OperationalError("gone")

    monkeypatch.setattr(receive, "record_push", away)

    assert answer(post_form(client)) == SUCCESS
    assert len(spool.waiting_files()) == 1


def test_when_nothing_can_keep_it_the_provider_hears_so(client, monkeypatch):
    def away(**_arguments):
        raise OperationalError("gone")

    def full(_envelope):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(receive, "record_push", away)
    monkeypatch.setattr(receive, "spool_push", full)

    assert answer(post_form(client)) == refused(503)


def test_verifying_needs_no_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert post_form(client, path=BARE_PATH).status_code == 403
        assert client.get(SECRET_PATH).status_code == 200
