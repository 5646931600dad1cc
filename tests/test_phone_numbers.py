"""Phone numbers: how they are compared, read, shown and hidden."""

import pytest

from messaging.phone_numbers import (
    address_key,
    calling_code,
    format_for_reading,
    home_region,
    is_likely,
    lookup_keys,
    mask,
    parse_number,
    region,
)
from messaging.typed_numbers import InvalidPhoneNumber, Problem, digits_of


def test_only_ascii_digits_are_kept() -> None:
    assert digits_of("+34 612-3 ٤x") == "346123"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+18184505018", "18184505018"),
        (" 18184505018", "18184505018"),
        ("+1 (818) 450-5018", "18184505018"),
        ("\u202a+34 612\u202c", "34612"),
        ("10086", "10086"),
        ("NXBANK", "nxbank"),
        (" NX-Bank 24 ", "nx-bank 24"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("微信", "微信"),
        ("+", "+"),
        ("", ""),
    ],
)
def test_addresses_are_compared_by_digits_or_folded_text(text: str, key: str) -> None:
    assert address_key(text) == key


@pytest.mark.parametrize(
    "text",
    [
        "+34 612 34 56 78",
        "34612345678",
        "0034 612-345-678",
        "(+34) 612.345.678",
        "３４６１２３４５６７８",
        "\u202a+34 612 345 678\u202c",
        "٣٤ ٦١٢ ٣٤٥ ٦٧٨",
        "+۳۴ ۶۱۲ ۳۴۵ ۶۷۸",
        "＋３４（６１２）３４５−６７８",
        "[+34] 612·345·678",
        "(34612345678)",
        "+34 (612345678)",
        "tel:+34-612-345-678",
        "TEL: 34612345678",
        "\t+34 612 345 678\r\n",
        "+34\u00a0612\u2009345\u2011678",
    ],
)
def test_a_number_is_read_however_a_person_writes_it(text: str) -> None:
    assert parse_number(text) == "34612345678"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        pytest.param("+44 (0)20 7946 0018", "442079460018", id="a trunk zero"),
        pytest.param("44 ( 0 ) 20 7946 0018", "442079460018", id="without a plus"),
        pytest.param("0044(0)20 7946 0018", "442079460018", id="after 00"),
        pytest.param("+49 [0] 30 123456", "4930123456", id="other brackets"),
        pytest.param("+39 (0)6 4412 3456", "390644123456", id="a zero that belongs to it"),
        pytest.param("+1 408 555 1(0)00", "14085551000", id="a zero in the middle"),
    ],
)
def test_only_a_trunk_zero_in_brackets_is_dropped(text: str, digits: str) -> None:
    assert parse_number(text) == digits


@pytest.mark.parametrize(
    ("text", "problem", "part"),
    [
        pytest.param("", Problem.EMPTY, "", id="nothing"),
        pytest.param("   ", Problem.EMPTY, "", id="blanks"),
        pytest.param("+", Problem.EMPTY, "", id="a plus alone"),
        pytest.param("()", Problem.EMPTY, "", id="brackets alone"),
        pytest.param("call me", Problem.NOT_PART, "call me", id="words"),
        pytest.param("1-800-FLOWERS", Problem.NOT_PART, "FLOWERS", id="letters for digits"),
        pytest.param("+49 30 123456 #78", Problem.NOT_PART, "#78", id="a hash"),
        pytest.param("+49 89 1234567, 8", Problem.NOT_PART, ", 8", id="a comma"),
        pytest.param("+49 89 1234567; 7", Problem.NOT_PART, "; 7", id="a semicolon"),
        pytest.param("+49 89 567/8", Problem.NOT_PART, "/8", id="a slash"),
        pytest.param("+49 89 1234567*8", Problem.NOT_PART, "*8", id="a star"),
        pytest.param("+49 89 1234567，8", Problem.NOT_PART, "，8", id="a full-width comma"),
        pytest.param("+49 89 1234567／8", Problem.NOT_PART, "／8", id="a full-width slash"),
        pytest.param("+49 89 1234567、8", Problem.NOT_PART, "、8", id="a Chinese list comma"),
        pytest.param("+49 89 1234567 ext 8", Problem.NOT_PART, "ext 8", id="an extension"),
        pytest.param("+49 89 1234567x8", Problem.NOT_PART, "x8", id="an x"),
        pytest.param("+49 89 1234567 доб. 8", Problem.NOT_PART, "доб. 8", id="a Russian one"),
        pytest.param("+86 150 8888 8888 转 8", Problem.NOT_PART, "转 8", id="a Chinese one"),
        pytest.param("+49 89 1234567~8", Problem.NOT_PART, "~8", id="a range"),
        pytest.param("+49 89 1234567 | 8", Problem.NOT_PART, "| 8", id="a bar"),
        pytest.param("+49 89 1234567 & 8", Problem.NOT_PART, "& 8", id="an ampersand"),
        pytest.param("+49 89 1234567_8", Problem.NOT_PART, "_8", id="an underline"),
        pytest.param("+49 30 123456 (78)", Problem.NOT_PART, "(78)", id="an end in brackets"),
        pytest.param("tel:+49301234;ext=7", Problem.NOT_PART, ";ext=7", id="a link with more"),
        pytest.param("²34612345678", Problem.NOT_PART, "²34612345678", id="a raised digit"),
        pytest.param("+49 89 1234567\x008", Problem.NOT_PART, "\x008", id="a control sign"),
        pytest.param("+34612345678 +34612345679", Problem.SECOND_NUMBER, "", id="two with +"),
        pytest.param("34612345678\n34612345679", Problem.SECOND_NUMBER, "", id="two lines"),
        pytest.param("++34612345678", Problem.SECOND_NUMBER, "", id="two plus signs"),
        pytest.param("+34 612", Problem.TOO_SHORT, "", id="too short"),
        pytest.param("34612345678901234", Problem.TOO_LONG, "", id="too long"),
        pytest.param("+999 123 456 789", Problem.NO_COUNTRY_CODE, "", id="no such country"),
        pytest.param("07911 123456", Problem.NO_COUNTRY_CODE, "", id="no country code"),
        pytest.param("15550123", Problem.ONLY_LOCAL, "", id="without its area code"),
        pytest.param("+1 555 0123", Problem.ONLY_LOCAL, "", id="so with a plus"),
        pytest.param("3105550123", Problem.TRUNK_PREFIX, "", id="a digit would be dropped"),
        pytest.param("+44 020 7946 0018", Problem.TRUNK_PREFIX, "", id="a trunk zero"),
        pytest.param("+44 (020) 7946 0018", Problem.TRUNK_PREFIX, "", id="within the brackets"),
        pytest.param("+7 8 916 123 45 67", Problem.TRUNK_PREFIX, "", id="a Russian 8"),
        pytest.param("+54 11 15 2345 6789", Problem.TRUNK_PREFIX, "", id="an Argentine 15"),
        pytest.param("+5215512345678", Problem.TOO_LONG, "", id="a Mexican 1"),
        pytest.param("1" * 100, Problem.TOO_MUCH_TEXT, "", id="a hundred digits"),
        pytest.param("1" * 100_000, Problem.TOO_MUCH_TEXT, "", id="a book of digits"),
    ],
)
def test_text_that_cannot_be_a_number_is_refused_with_the_reason(
    text: str, problem: Problem, part: str
) -> None:
    with pytest.raises(InvalidPhoneNumber) as caught:
        parse_number(text)

    error = caught.value
    assert (error.problem, error.part, error.code) == (problem, part, "invalid_number")


@pytest.mark.parametrize("signs", ["1 ", "1(", "(", ")", "1 ( ", "+", "0 ) ( ", "\u202a"])
def test_long_texts_of_any_signs_are_read_at_once(signs: str) -> None:
    with pytest.raises(InvalidPhoneNumber):
        parse_number(signs * 100_000)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        pytest.param("34612345678", ("34612345678",), id="digits"),
        pytest.param("0034 612 345 678", ("0034612345678", "34612345678"), id="00 for the plus"),
        pytest.param("+44 (0)20 7946 0018", ("4402079460018", "442079460018"), id="a zero"),
        pytest.param("tel:+34-612-345-678", ("tel:+34-612-345-678", "34612345678"), id="a link"),
        pytest.param("٣٤٦١٢٣٤٥٦٧٨", ("٣٤٦١٢٣٤٥٦٧٨", "34612345678"), id="Arabic digits"),
        pytest.param(
            "３４６１２３４５６７８", ("３４６１２３４５６７８", "34612345678"), id="full width"
        ),
        pytest.param("10086", ("10086",), id="a short code"),
        pytest.param("NXBank", ("nxbank",), id="letters"),
        pytest.param("", (), id="nothing"),
        pytest.param("34612\x00345678", (), id="NUL"),
    ],
)
def test_number_is_looked_up_under_every_form_that_it_may_have(
    text: str, keys: tuple[str, ...]
) -> None:
    assert lookup_keys(text) == keys


def test_a_possible_number_that_is_unlikely_is_read_and_can_be_warned_about() -> None:
    assert parse_number("+1 200 555 0123") == "12005550123"
    assert (is_likely("12005550123"), is_likely("18184505018")) == (False, True)


@pytest.mark.parametrize(
    ("digits", "code", "country"),
    [
        ("60123456789", "60", "MY"),
        ("34612345678", "34", "ES"),
        ("8615088888888", "86", "CN"),
        ("999", "", ""),
        ("", "", ""),
        ("NXBANK", "", ""),
    ],
)
def test_code_and_country_of_a_number(digits: str, code: str, country: str) -> None:
    assert (calling_code(digits), region(digits)) == (code, country)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("34612345678", "+34 612 34 56 78"),
        ("+34612345678", "+34 612 34 56 78"),
        ("18184505018", "+1 818-450-5018"),
        ("10086", "10086"),
        ("15550123", "15550123"),
        ("3105550123", "3105550123"),
        ("NXBANK", "NXBANK"),
        ("", ""),
    ],
)
def test_numbers_are_spaced_for_reading_and_other_senders_left_alone(
    address: str, shown: str
) -> None:
    assert format_for_reading(address) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [("34612345678", "346…78"), ("NXBANK", "NX…NK"), ("10086", "…"), ("", "…")],
)
def test_the_log_sees_only_the_ends_of_a_number(address: str, shown: str) -> None:
    assert mask(address) == shown


@pytest.mark.parametrize(
    ("digits", "country"),
    [
        pytest.param("14165550123", "CA", id="an area that tells"),
        pytest.param("12005550123", "US", id="in no plan: the largest country of the code"),
        pytest.param("80012345678", "", id="of no country"),
        pytest.param("999", "", id="no country code"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_country_of_a_number_that_need_not_be_in_use(digits: str, country: str) -> None:
    assert home_region(digits) == country
