"""The sending interface's JSON: one serialization out, every published form in."""

import json

import pytest

from messaging.nxcloud.payloads import ProviderAnswer, mtsend_body, read_answer
from tests.golden import golden_bytes


def test_the_request_holds_the_three_fields_as_utf8() -> None:
    body = mtsend_body(sender="8615088888888", phone="34612345678", content='Olá "你好" 😀')

    assert body == (
        '{"sender":"8615088888888","phone":"34612345678","content":"Olá \\"你好\\" 😀"}'.encode()
    )


def test_a_text_that_is_not_unicode_does_not_stop_the_sender() -> None:
    body = mtsend_body(sender="1", phone="2", content="a\ud800b")

    assert json.loads(body)["content"] == "a?b"


def test_the_published_success_is_read() -> None:
    assert read_answer(golden_bytes("answer_success.json")) == ProviderAnswer(
        code="0", message="Success", message_id="fdgrthtyjujukiulkil646kli6465ilul"
    )


def test_the_published_failure_is_read() -> None:
    assert read_answer(golden_bytes("answer_failure.json")) == ProviderAnswer(
        code="-1", message="Failure", message_id=None
    )


@pytest.mark.parametrize(
    "written", ["0", '"0"', "0.0", '" 0 "', "-0"], ids=["number", "text", "float", "padded", "-0"]
)
def test_the_code_may_be_a_number_or_text(written: str) -> None:
    answer = read_answer(f'{{"code": {written}}}'.encode())

    assert answer == ProviderAnswer(code="0", message="", message_id=None)


@pytest.mark.parametrize("written", ["null", "true", "[]", "{}"])
def test_a_code_of_another_type_counts_as_missing(written: str) -> None:
    answer = read_answer(f'{{"code": {written}, "message": 7}}'.encode())

    assert answer == ProviderAnswer(code="", message="7", message_id=None)


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param('"data": {"messageId": "id1"}', id="object"),
        pytest.param('"data": "{\\"messageId\\": \\"id1\\"}"', id="text holding the object"),
        pytest.param('"data": "id1"', id="bare id"),
        pytest.param('"data": "\\"id1\\""', id="text holding the quoted id"),
        pytest.param('"data": null, "messageId": "id1"', id="beside empty data"),
        pytest.param('"data": {}, "messageId": " id1 "', id="beside an empty object"),
        pytest.param('"messageId": "id1"', id="without data"),
    ],
)
def test_the_message_id_is_found_wherever_it_stands(rest: str) -> None:
    answer = read_answer(f'{{"code": 0, {rest}}}'.encode())

    assert answer == ProviderAnswer(code="0", message="", message_id="id1")


@pytest.mark.parametrize(
    ("rest", "message_id"),
    [
        pytest.param('"data": 1640920940635361280', "1640920940635361280", id="number as data"),
        pytest.param('"data": {"messageId": 12}', "12", id="number inside"),
        pytest.param('"data": "0012"', "0012", id="digits as text keep their zeros"),
    ],
)
def test_a_numeric_id_is_kept_digit_by_digit(rest: str, message_id: str) -> None:
    answer = read_answer(f'{{"code": 0, {rest}}}'.encode())

    assert answer == ProviderAnswer(code="0", message="", message_id=message_id)


@pytest.mark.parametrize(
    "data",
    ['""', '"null"', '"{}"', '"{broken"', "[]", "true", '"two words"', f'"{"x" * 129}"'],
    ids=["empty", "null", "object", "broken", "list", "true", "words", "too long"],
)
def test_data_that_holds_no_usable_id_gives_none(data: str) -> None:
    answer = read_answer(f'{{"code": 0, "data": {data}}}'.encode())

    assert answer == ProviderAnswer(code="0", message="", message_id=None)


def test_a_code_in_words_is_kept_as_far_as_it_can_be_stored() -> None:
    answer = read_answer(b'{"code": "INSUFFICIENT_FUNDS_ON_ACCOUNT"}')

    assert answer == ProviderAnswer(code="INSUFFICIENT_FUNDS_O", message="", message_id=None)


def test_a_byte_order_mark_is_skipped() -> None:
    assert read_answer(b'\xef\xbb\xbf{"code": 0}') == ProviderAnswer("0", "", None)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"0", b'"0"', b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "html", "list", "number", "text", "bytes", "deep"],
)
def test_anything_but_a_json_object_is_no_answer(body: bytes) -> None:
    assert read_answer(body) is None
