"""Reading a push: the published bodies, the forms senders use, and what cannot be used."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push import PushEnvelope, PushFields, parse_push
from messaging.nxcloud.push_charsets import read_field
from messaging.nxcloud.push_fields import pairs_of
from tests.golden import golden_bytes
from tests.nxcloud.envelopes import form_push, signed_push

SHANGHAI = ZoneInfo("Asia/Shanghai")
NUMBERS = {"toPhone": "18184505018", "fromPhone": "12347200160"}


def parsed(envelope: PushEnvelope) -> PushFields:
    return parse_push(envelope, zone=SHANGHAI)


def parsed_json(**fields: object) -> PushFields:
    return parsed(signed_push(NUMBERS | {"content": "hi"} | fields))


def parsed_form(body: bytes) -> PushFields:
    return parsed(form_push(b"toPhone=1818&fromPhone=1234&" + body))


def refusal(envelope: PushEnvelope) -> str:
    with pytest.raises(UnusablePush) as caught:
        parsed(envelope)
    return caught.value.reason


def test_the_published_form_is_read() -> None:
    assert parsed(form_push(golden_bytes("inbound_form.txt"))) == PushFields(
        message_id="fcf3432fd1834ccdac807a7cfb2d1fdf",
        type="",
        to_phone="+18184505018",
        from_phone="+12347200160",
        content="test from wang haha",
        size=1,
        price=Decimal("0.0360"),
        provider_time=datetime(2021, 2, 7, 6, 54, tzinfo=UTC),
        sms_status="DELIVRD",
        flags=(),
        receive_time="2021-02-07 14:54:00",
    )


def test_the_published_signed_receipt_is_read() -> None:
    assert parsed(signed_push(golden_bytes("receipt_signed.json"), action="dr")) == PushFields(
        message_id="fcf3432fd1834ccdac807a7cfb2d1fdf",
        type="",
        to_phone="18184505018",
        from_phone="12347200160",
        content="sunt non nisi",
        size=1,
        price=Decimal("0.0360"),
        provider_time=datetime(2021, 2, 7, 6, 54, tzinfo=UTC),
        sms_status="DELIVRD",
        flags=(),
        receive_time="2021-02-07 14:54:00",
    )


def test_json_numbers_count_as_text_and_null_as_absent() -> None:
    body = (
        b'{"messageId": 1640920940635361280, "type": 0, "toPhone": 18184505018,'
        b' "fromPhone": 12347200160, "content": 7, "size": 2, "price": 0.036,'
        b' "receiveTime": null, "smsStatus": null}'
    )

    assert parsed(signed_push(body)) == PushFields(
        message_id="1640920940635361280",
        type="0",
        to_phone="18184505018",
        from_phone="12347200160",
        content="7",
        size=2,
        price=Decimal("0.036"),
        provider_time=None,
        sms_status="",
        flags=(),
    )


@pytest.mark.parametrize("number", ["34622222299.0", "3.4622222299e10", "34622222299.000E0"])
def test_a_number_with_a_point_keeps_its_digits(number: str) -> None:
    body = f'{{"type": 1.0, "toPhone": {number}, "fromPhone": 18184505018.0}}'

    fields = parsed(signed_push(body.encode()))

    assert (fields.type, fields.to_phone, fields.from_phone) == ("1", "34622222299", "18184505018")


@pytest.mark.parametrize("number", ["34622222299.5", "1e64", "1e999999999", "1e-7"])
def test_a_number_that_no_phone_has_is_unusable(number: str) -> None:
    body = f'{{"toPhone": {number}, "fromPhone": "18184505018"}}'

    assert refusal(signed_push(body.encode())) == "bad_number"


@pytest.mark.parametrize("value", [True, ["hi"], {"text": "hi"}], ids=["bool", "list", "object"])
@pytest.mark.parametrize(
    "name", ["messageId", "type", "toPhone", "fromPhone", "content", "smsStatus"]
)
def test_another_type_in_an_essential_field_is_unusable(name: str, value: object) -> None:
    assert refusal(signed_push(NUMBERS | {name: value})) == "wrong_type"


@pytest.mark.parametrize("value", [True, False, [], ["1"], {"cny": "0.1"}])
@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("size", "unreadable_size"),
        ("price", "unreadable_price"),
        ("receiveTime", "unreadable_time"),
    ],
)
def test_another_type_in_size_price_or_time_is_none_and_flagged(
    name: str, flag: str, value: object
) -> None:
    fields = parsed_json(**{name: value})

    assert (fields.size, fields.price, fields.provider_time) == (None, None, None)
    assert (fields.content, fields.flags) == ("hi", (flag,))


def test_other_fields_are_ignored_whatever_they_hold() -> None:
    assert parsed_json(carrier={"a": [True]}, extra=None) == parsed_json()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "not_json", id="empty"),
        pytest.param(b"toPhone=1&fromPhone=2", "not_json", id="form"),
        pytest.param(b"[" * 200_000, "not_json", id="nested too deep"),
        pytest.param(b'{"a":' * 100_000, "not_json", id="objects nested too deep"),
        pytest.param(b'{"price": NaN}', "not_json", id="NaN"),
        pytest.param(b'{"price": -Infinity}', "not_json", id="Infinity"),
        pytest.param(b'{"content": "a\nb"}', "not_json", id="raw line end in text"),
        pytest.param(b"[]", "not_object", id="list"),
        pytest.param(b"12", "not_object", id="number"),
        pytest.param(b"null", "not_object", id="null"),
        pytest.param(b"{}", "no_numbers", id="no fields"),
        pytest.param(b'{"toPhone": "1", "toPhone": "2"}', "duplicate_keys", id="key twice"),
        pytest.param(b'{"x": 1, "x": 1}', "duplicate_keys", id="other key twice"),
    ],
)
def test_a_signed_body_that_cannot_be_used_is_quarantined(body: bytes, reason: str) -> None:
    assert refusal(signed_push(body)) == reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "no_numbers", id="empty"),
        pytest.param(b"\xff\xfe\x00", "no_numbers", id="bytes"),
        pytest.param(b"toPhone=1&fromPhone=", "no_numbers", id="blank sender"),
        pytest.param(b"toPhone=%2B&fromPhone=1", "no_numbers", id="plus alone"),
        pytest.param(b"toPhone=1&fromPhone=2&toPhone=1", "duplicate_keys", id="key twice"),
        pytest.param(b"toPhone=1;fromPhone=2", "no_numbers", id="semicolon does not separate"),
    ],
)
def test_a_form_that_cannot_be_used_is_quarantined(body: bytes, reason: str) -> None:
    assert refusal(form_push(body)) == reason


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data; boundary=x", "Multipart/Mixed", "application/json; charset=utf-8"],
)
def test_an_unsigned_body_of_another_kind_is_quarantined(content_type: str) -> None:
    body = b"toPhone=1&fromPhone=2"

    assert refusal(form_push(body, content_type=content_type)) == "bad_content_type"


@pytest.mark.parametrize(
    "content_type",
    ["", "application/x-www-form-urlencoded; charset=gbk", "text/plain;charset=nonsense"],
)
def test_a_form_is_read_whatever_charset_its_header_names(content_type: str) -> None:
    body = b"toPhone=1&fromPhone=2&content=%E4%BD%A0%E5%A5%BD"

    assert parsed(form_push(body, content_type=content_type)).content == "你好"


@pytest.mark.parametrize(
    ("written", "content"),
    [
        pytest.param("olé".encode(), "olé", id="not encoded at all"),
        pytest.param(b"100%", "100%", id="lone percent sign"),
        pytest.param(b"a=b=c", "a=b=c", id="equals signs"),
        pytest.param(b"%26%3D%2B", "&=+", id="encoded separators"),
        pytest.param(b"one%0D%0Atwo", "one\r\ntwo", id="line ends stay"),
        pytest.param(b"%EF%BF%BD", "\ufffd", id="a replacement character that was sent"),
        pytest.param(b"%ED%A0%BD%ED%B8%80!", "😀!", id="CESU-8"),
        pytest.param(b"", "", id="blank"),
    ],
)
def test_form_text_is_read_whole(written: bytes, content: str) -> None:
    fields = parsed_form(b"content=" + written)

    assert (fields.content, fields.flags, fields.is_damaged) == (content, (), False)


@pytest.mark.parametrize(
    ("written", "content"),
    [
        pytest.param(b"%E4%BD", "\ufffd", id="half a character"),
        pytest.param(b"a%00b", "ab", id="NUL is dropped"),
        pytest.param(b"caf%E9", "caf\ufffd", id="Latin-1 that nobody declares"),
        pytest.param(b"caf\xe9", "caf\ufffd", id="Latin-1 that is not encoded either"),
        pytest.param(b"%C4%E3%BA%C3", "\ufffd" * 3, id="GBK that nobody declares"),
        pytest.param(b"%ED%A0%BD!", "\ufffd" * 3 + "!", id="half of a pair in CESU-8"),
        pytest.param(b"%ED%B8%80%ED%A0%BD", "\ufffd" * 6, id="a pair the wrong way round"),
        pytest.param(b"%F0%9F%98%80%FF", "😀\ufffd", id="one byte among good ones"),
    ],
)
def test_form_text_that_is_damaged_is_flagged(written: bytes, content: str) -> None:
    fields = parsed_form(b"content=" + written)

    assert (fields.content, fields.flags, fields.is_damaged) == (
        content,
        ("content_damaged",),
        True,
    )


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-1", "café – “naïve” €"),
        ("ISO-8859-1", "Grüße"),
        ("windows-1252", "œuvre"),
        ("iso-8859-2", "Zażółć"),
        ("windows-1251", "Привет"),
        ("koi8-r", "Привет"),
        ("gbk", "你好，明天见"),
        ("GB2312", "你好"),
        ("gb18030", "你好 😀"),
        ("big5", "你好"),
        ("shift_jis", "こんにちは"),
        ("euc-kr", "안녕하세요"),
    ],
)
def test_a_form_is_read_in_the_charset_that_it_declares(charset: str, text: str) -> None:
    codec = {"iso-8859-1": "cp1252"}.get(charset.lower(), charset)
    body = b"toPhone=1818&fromPhone=1234&content=" + quote(text.encode(codec)).encode()
    content_type = f'application/x-www-form-urlencoded; charset="{charset}"'

    fields = parsed(form_push(body, content_type=content_type))

    assert (fields.content, fields.flags) == (text, ())


@pytest.mark.parametrize(
    ("charset", "raw", "content"),
    [
        pytest.param("gbk", b"\xc4\xe3\xff", "\ufffd\ufffd\ufffd", id="not in this charset"),
        pytest.param("iso-8859-1", "é".encode() + b"\xc3", "é\ufffd", id="UTF-8 that was cut"),
        pytest.param("utf-7", b"caf\xe9", "caf\ufffd", id="a charset that is not read"),
        pytest.param("rot13", b"caf\xe9", "caf\ufffd", id="no charset at all"),
        pytest.param("gbk", b"\xc8\xb1", "ȱ", id="two ways to read it"),
    ],
)
def test_a_declared_charset_that_does_not_decide_is_flagged(
    charset: str, raw: bytes, content: str
) -> None:
    body = b"toPhone=1818&fromPhone=1234&content=" + quote(raw).encode()

    fields = parsed(form_push(body, content_type=f"text/plain; charset={charset}"))

    assert (fields.content, fields.flags) == (content, ("content_damaged",))


def test_damage_outside_the_text_is_noted_on_the_push_alone() -> None:
    fields = parsed(form_push(b"toPhone=1818&fromPhone=NX%FFBANK&content=hi"))

    assert (fields.from_phone, fields.flags, fields.is_damaged) == (
        "NX\ufffdBANK",
        ("content_damaged",),
        False,
    )


@pytest.mark.parametrize(
    ("written", "content", "is_damaged"),
    [
        pytest.param(b'"a\\u0000b"', "ab", True, id="NUL is dropped"),
        pytest.param(b'"a\\ud800b"', "ab", True, id="lone surrogate is dropped"),
        pytest.param(b'"\\ud83d\\ude00"', "😀", False, id="surrogate pair is one character"),
        pytest.param(b'"\\ude00\\ud83d"', "", True, id="a pair the wrong way round"),
        pytest.param(b'"\xff"', "\ufffd", True, id="bytes that are not utf-8"),
        pytest.param(b'"\xef\xbf\xbd"', "\ufffd", False, id="a replacement character"),
        pytest.param(b'"\xed\xa0\xbd\xed\xb8\x80"', "😀", False, id="CESU-8"),
    ],
)
def test_json_text_is_cleaned_of_what_cannot_be_stored(
    written: bytes, content: str, is_damaged: bool
) -> None:
    body = b'{"toPhone": "1", "fromPhone": "2", "content": ' + written + b"}"

    fields = parsed(signed_push(body))

    assert (fields.content, fields.is_damaged) == (content, is_damaged)
    assert fields.flags == (("content_damaged",) if is_damaged else ())


def test_json_is_read_in_the_charset_that_it_declares() -> None:
    body = '{"toPhone": "1", "fromPhone": "2", "content": "你好"}'.encode("gbk")

    fields = parsed(replace(signed_push(body), content_type="application/json; charset=GBK"))

    assert (fields.content, fields.flags) == ("你好", ())


def test_json_that_is_utf8_is_read_so_whatever_it_declares() -> None:
    body = '{"toPhone": "1", "fromPhone": "2", "content": "ȱ"}'.encode()

    fields = parsed(replace(signed_push(body), content_type="application/json; charset=GBK"))

    assert (fields.content, fields.flags) == ("ȱ", ())


def test_a_leading_byte_order_mark_is_skipped() -> None:
    signed = parsed(signed_push(b'\xef\xbb\xbf{"toPhone": "1", "fromPhone": "2"}'))
    form = parsed(form_push(b"\xef\xbb\xbftoPhone=1&fromPhone=2"))

    assert (signed.to_phone, form.to_phone) == ("1", "1")


def test_a_missing_content_is_empty_and_flagged() -> None:
    fields = parsed(signed_push(NUMBERS))

    assert (fields.content, fields.flags) == ("", ("no_content",))


def test_a_plus_that_the_sender_forgot_to_encode_leaves_the_digits() -> None:
    fields = parsed(form_push(b"toPhone=+1818&fromPhone=+1234&content=x"))

    assert (fields.to_phone, fields.from_phone) == ("1818", "1234")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        pytest.param('"fromPhone": "' + "1" * 65 + '"', "bad_number", id="long number"),
        pytest.param('"fromPhone": "' + "ß" * 33 + '"', "bad_number", id="long when folded"),
        pytest.param('"messageId": "' + "x" * 129 + '"', "message_id_too_long", id="long id"),
        # Over Python's limit for turning digits into an integer.
        pytest.param('"messageId": ' + "1" * 5000, "message_id_too_long", id="huge integer"),
    ],
)
def test_identity_that_is_too_long_is_unusable(field: str, reason: str) -> None:
    others = {"toPhone": "1", "fromPhone": "2"}
    written = [f'"{name}": "{value}"' for name, value in others.items() if name not in field]

    assert refusal(signed_push(("{" + ", ".join([*written, field]) + "}").encode())) == reason


def test_identity_at_the_limit_is_read() -> None:
    fields = parsed_json(fromPhone="1" * 64, messageId="x" * 128)

    assert (fields.from_phone, fields.message_id) == ("1" * 64, "x" * 128)


def test_letters_and_short_codes_are_senders_too() -> None:
    assert parsed_json(fromPhone=" NXBANK ").from_phone == "NXBANK"


@pytest.mark.parametrize(
    ("size", "expected"),
    [("1", 1), (" 2 ", 2), (3, 3), ("1.0", 1), ("0", 0), ("32767", 32_767)],
)
def test_a_readable_size_is_a_number_of_segments(size: object, expected: int) -> None:
    fields = parsed_json(size=size)

    assert (fields.size, fields.flags) == (expected, ())


@pytest.mark.parametrize("size", ["-1", "1.5", "one", "32768", "9" * 5000, "١", "1_0"])
def test_an_unreadable_size_is_none_and_flagged(size: str) -> None:
    fields = parsed_json(size=size)

    assert (fields.size, fields.flags) == (None, ("unreadable_size",))


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("0.0360", "0.036000"),
        ("0", "0.000000"),
        (".5", "0.500000"),
        ("3.6e-2", "0.036000"),
        ("0.0000005", "0.000001"),
        ("99999999.999999", "99999999.999999"),
    ],
)
def test_a_price_is_rounded_to_six_decimals(price: str, expected: str) -> None:
    fields = parsed_json(price=price)

    assert (str(fields.price), fields.flags) == (expected, ())


@pytest.mark.parametrize(
    "price",
    ["-0.01", "100000000", "99999999.9999996", "1e999", "NaN", "inf", "1,5", "1_0", "٣", "9" * 99],
)
def test_an_unreadable_price_is_none_and_flagged(price: str) -> None:
    fields = parsed_json(price=price)

    assert (fields.price, fields.flags) == (None, ("unreadable_price",))


@pytest.mark.parametrize(
    "text",
    [
        "2021-02-30 00:00:00",
        "2021-02-07T14:54:00",
        "2021-2-7 14:54:00",
        "2021-02-07 14:54",
        "２０２１-02-07 14:54:00",
        "0000-00-00 00:00:00",
        "0001-01-01 00:00:00",
        "0001-01-01 09:00:00",
        "9999-12-31 00:00:00",
        "1612680840",
    ],
)
def test_an_unreadable_time_is_none_and_flagged(text: str) -> None:
    fields = parsed_json(receiveTime=text)

    assert (fields.provider_time, fields.flags) == (None, ("unreadable_time",))


def test_the_time_is_read_in_the_zone_that_is_set() -> None:
    envelope = signed_push(NUMBERS | {"receiveTime": "2023-03-29 11:36:53"})

    in_new_york = parse_push(envelope, zone=ZoneInfo("America/New_York"))

    assert in_new_york.provider_time == datetime(2023, 3, 29, 15, 36, 53, tzinfo=UTC)


def test_blank_optional_fields_are_absent_without_a_flag() -> None:
    fields = parsed_json(size="", price=" ", receiveTime="", smsStatus="", messageId="")

    assert (fields.size, fields.price, fields.provider_time, fields.flags) == (None, None, None, ())


def test_words_are_cut_to_what_can_be_stored_and_flagged() -> None:
    fields = parsed_json(smsStatus="S" * 33, type="7" * 33)

    assert (fields.sms_status, fields.type) == ("S" * 32, "7" * 32)
    assert fields.flags == ("long_type", "long_status")


def test_the_text_does_not_show_in_the_repr() -> None:
    assert "secret words" not in repr(parsed_json(content="secret words"))


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=300), is_signed=st.booleans())
def test_no_bytes_raise_anything_but_unusable(body: bytes, is_signed: bool) -> None:
    envelope = signed_push(body) if is_signed else form_push(body)
    with suppress(UnusablePush):
        assert parsed(envelope).to_phone


@settings(max_examples=60, deadline=None)
@given(
    fields=st.fixed_dictionaries(
        {"toPhone": st.text(max_size=70), "fromPhone": st.text(max_size=70)},
        optional={
            name: st.one_of(st.text(max_size=40), st.integers(), st.floats(allow_nan=False))
            for name in ("messageId", "type", "content", "size", "price", "receiveTime")
        },
    )
)
def test_no_json_fields_raise_anything_but_unusable(fields: dict[str, object]) -> None:
    with suppress(UnusablePush):
        assert parsed(signed_push(fields)).to_phone


FORM_BYTES = st.lists(
    st.sampled_from(
        [b"&", b"=", b"+", b"%", b"%2B", b"%e4%bd%a0", b"a", b"\xe9", b"\n", b";", b"0"]
    )
).map(b"".join)


@given(body=st.one_of(FORM_BYTES, st.binary(max_size=60)))
def test_a_form_has_the_pairs_that_the_standard_library_finds(body: bytes) -> None:
    text = body.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n").decode("latin-1")
    expected = [
        (
            name.encode("latin-1").decode(errors="replace"),
            read_field(value.encode("latin-1")),
        )
        for name, value in parse_qsl(text, keep_blank_values=True, encoding="latin-1")
    ]

    assert pairs_of(form_push(body)) == expected
