"""No input to the webhook gives a 500, and whatever is authentic is kept."""

import itertools
import json
import re
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.models import Push
from messaging.services.receiving import receive
from tests.factories import DID, PHONE, make_did
from tests.views.machines.test_webhook import BARE_PATH, FORM, SECRET_PATH, signed_headers

pytestmark = [pytest.mark.django_db, pytest.mark.database]

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
NUMBERS = itertools.count(1)
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
    max_examples=60,  # many more in `make soak`, below
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def quote(value):
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return quote_from_bytes(raw)


def looks_like_json(body):
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def assert_kept(response, *, is_empty, before):
    receive.bypass.reset()
    if is_empty:
        assert (response.status_code, response.content) == (400, b"error")
        return
    assert (response.status_code, response.content) == (200, b"success")
    assert Push.objects.count() == before + 1
    assert Push.objects.latest("pk").reason != "exception"


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


#: How senders write a text: what the header declares, and the bytes.
CHARSETS = {
    "UTF-8": ("", lambda text: text.encode("utf-8", "surrogatepass")),
    "CESU-8": ("", lambda text: in_cesu_8(text)),
    "GBK, declared": ("gbk", lambda text: text.encode("gb18030", "replace")),
    "Latin-1, declared": ("iso-8859-1", lambda text: text.encode("cp1252", "replace")),
    "GBK, undeclared": ("", lambda text: text.encode("gb18030", "replace")),
    "Latin-1, undeclared": ("", lambda text: text.encode("cp1252", "replace")),
    "Latin-1, declared as GBK": ("gbk", lambda text: text.encode("cp1252", "replace")),
}
WRITTEN = st.one_of(
    st.text(max_size=30),
    st.text("aé€你好ȱ缺😀\x00\ud83d\ude00\u0301\r\n", max_size=12),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12),
)


def in_cesu_8(text):
    units = text.encode("utf-16-be", "surrogatepass")
    characters = (
        units[at : at + 2].decode("utf-16-be", "surrogatepass") for at in range(0, len(units), 2)
    )
    return "".join(characters).encode("utf-8", "surrogatepass")


def what_was_written(raw, charset):
    """What a reader of these bytes who knows the charset sees, None where nobody could."""
    try:
        text = (
            raw.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
        )
    except UnicodeDecodeError:
        try:
            text = raw.decode({"gbk": "gb18030", "iso-8859-1": "cp1252"}[charset])
        except (KeyError, UnicodeDecodeError):
            return None
    return None if "\x00" in text else text


def assert_whole_or_flagged(*, text):
    push = Push.objects.latest("pk")
    is_flagged = "content_damaged" in push.flags
    assert push.outcome == "applied"
    assert push.message.flags == (["content_damaged"] if is_flagged else [])
    if not is_flagged:
        assert push.message.content == text


@LIMITS
@given(text=WRITTEN, written=st.sampled_from(sorted(CHARSETS)), is_encoded=st.booleans())
def test_no_text_of_a_form_is_lost_or_altered_without_a_flag(client, text, written, is_encoded):
    make_did()
    charset, encode = CHARSETS[written]
    raw = encode(text)
    body = b"&".join(
        [
            f"messageId=mo-{next(NUMBERS)}&toPhone={DID}&fromPhone={PHONE}".encode(),
            b"content=" + (quote_from_bytes(raw).encode() if is_encoded else quote_signs(raw)),
        ]
    )

    client.generic("POST", SECRET_PATH, body, content_type=f"{FORM}; charset={charset}")

    receive.bypass.reset()
    meant = what_was_written(raw, charset)
    if meant is None:
        assert "content_damaged" in Push.objects.latest("pk").flags
    assert_whole_or_flagged(text=meant)


def quote_signs(raw):
    """Leave all bytes as they are but those that mean something in a form."""
    for sign in (b"%", b"&", b"+", b"\r", b"\n"):
        raw = raw.replace(sign, f"%{sign[0]:02X}".encode())
    return raw


@LIMITS
@given(text=WRITTEN, is_escaped=st.booleans(), charset=st.sampled_from(["utf-8", "CESU-8", "gbk"]))
def test_no_text_of_json_is_lost_or_altered_without_a_flag(client, text, is_escaped, charset):
    make_did()
    told = {
        "messageId": f"mo-{next(NUMBERS)}",
        "toPhone": DID,
        "fromPhone": PHONE,
        "content": text,
    }
    body = json.dumps(told, ensure_ascii=is_escaped)
    raw = {
        "utf-8": lambda: body.encode("utf-8", "surrogatepass"),
        "CESU-8": lambda: in_cesu_8(body),
        "gbk": lambda: body.encode("gb18030", "replace"),
    }[charset]()

    client.generic(
        "POST",
        BARE_PATH,
        raw,
        content_type=f"application/json; charset={charset}",
        headers=signed_headers(raw),
    )

    receive.bypass.reset()
    meant = what_was_written(raw, charset)
    sent = None if meant is None else json.loads(meant)["content"]
    is_sound = sent is not None and UNSTORABLE.search(sent) is None
    assert_whole_or_flagged(text=sent)
    assert is_sound or "content_damaged" in Push.objects.latest("pk").flags


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
