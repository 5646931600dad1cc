"""No input to the webhook gives a 500, and whatever is authentic is kept."""

import json
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.models import Push
from messaging.services import receiving
from tests.factories import DID, PHONE, make_did
from tests.views.test_webhook import BARE_PATH, FORM, SECRET_PATH, signed_headers

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NAMES = st.sampled_from(
    [
        "messageId",
        "type",
        "toPhone",
        "fromPhone",
        "content",
        "size",
        "price",
        "receiveTime",
        "smsStatus",
        "other",
    ]
)
PLAUSIBLE = st.sampled_from(
    [
        *[DID, f"+{DID}", PHONE, "NXBANK", "mo-1", "0", "1", "DELIVRD", "STOP", "HELP"],
        *["0.0360", "-1", "1e999999", "9" * 400, "2026-02-30 25:61:61", "2021-02-07 14:54:00"],
        *["\x00", "\ud800", "😀" * 99],
    ]
)
TEXTS = st.one_of(PLAUSIBLE, st.text(max_size=60))
JSON_VALUES = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)
JSON_BODIES = st.one_of(
    st.dictionaries(NAMES, JSON_VALUES).map(lambda value: json.dumps(value).encode()),
    st.dictionaries(NAMES, TEXTS).map(lambda value: json.dumps(value).encode()),
    st.integers(0, 3000).map(lambda depth: b"[" * depth + b"]" * depth),
    st.binary(max_size=300),
)
FORM_BODIES = st.one_of(
    st.lists(st.tuples(NAMES, st.one_of(TEXTS, st.binary(max_size=40)))).map(
        lambda pairs: "&".join(f"{name}={quote(value)}" for name, value in pairs).encode()
    ),
    st.binary(max_size=300),
)
LIMITS = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def quote(value):
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return quote_from_bytes(raw)


def looks_like_json(body):
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def assert_kept(response, *, is_empty, before):
    receiving.bypass.reset()
    if is_empty:
        assert (response.status_code, response.content) == (400, b"error")
        return
    assert (response.status_code, response.content) == (200, b"success")
    assert Push.objects.count() == before + 1
    assert not Push.objects.latest("pk").reason.startswith("exception")


@LIMITS
@given(body=JSON_BODIES, action=st.sampled_from(["mo", "dr"]))
def test_any_signed_body_is_kept(client, body, action):
    make_did()
    before = Push.objects.count()

    response = client.post(
        BARE_PATH,
        data=body,
        content_type="application/json",
        headers=signed_headers(body, action=action),
    )

    assert_kept(response, is_empty=not body, before=before)


@LIMITS
@given(body=FORM_BODIES)
def test_any_form_on_the_secret_path_is_kept(client, body):
    make_did()
    before = Push.objects.count()

    response = client.post(SECRET_PATH, data=body, content_type=FORM)

    if looks_like_json(body):
        assert response.status_code == 403
    else:
        assert_kept(response, is_empty=not body, before=before)


HEADER_TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)


@LIMITS
@given(
    headers=st.dictionaries(
        st.sampled_from(["accessKey", "ts", "bizType", "action", "sign", "algorithm"]),
        st.one_of(
            HEADER_TEXTS, st.sampled_from(["4", "mo", "dr", "1655710885431", "md5", "0" * 32])
        ),
        min_size=1,
    ),
    body=st.binary(min_size=1, max_size=100),
)
def test_any_other_signature_is_refused_and_nothing_is_kept(client, headers, body):
    if set(headers) == {"algorithm"}:
        headers["sign"] = ""
    response = client.post(SECRET_PATH, data=body, content_type="application/json", headers=headers)

    assert (response.status_code, response.content) == (403, b"error")
    assert Push.objects.count() == 0


@pytest.mark.soak
@settings(LIMITS, max_examples=20_000)
@given(body=st.one_of(JSON_BODIES, FORM_BODIES), is_signed=st.booleans())
def test_a_minute_of_any_input(client, body, is_signed):
    make_did()
    before = Push.objects.count()
    headers = signed_headers(body) if is_signed else {}
    path, kind = (BARE_PATH, "application/json") if is_signed else (SECRET_PATH, FORM)

    response = client.post(path, data=body, content_type=kind, headers=headers)

    if not is_signed and looks_like_json(body):
        assert response.status_code == 403
        return
    assert_kept(response, is_empty=not body, before=before)
