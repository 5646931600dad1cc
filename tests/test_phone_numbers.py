"""Phone numbers: how they are compared, read, shown and hidden."""

import pytest

from messaging.phone_numbers import (
    InvalidPhoneNumber,
    address_key,
    calling_code,
    digits_of,
    format_for_reading,
    is_likely,
    mask,
    parse_number,
    region,
)


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
    ],
)
def test_a_number_is_read_however_a_person_writes_it(text: str) -> None:
    assert parse_number(text) == "34612345678"


def test_a_trunk_zero_that_was_kept_is_dropped() -> None:
    assert parse_number("+44 (0)20 7946 0018") == "442079460018"


@pytest.mark.parametrize(
    ("text", "user_message"),
    [
        ("", "Enter a phone number."),
        ("   ", "Enter a phone number."),
        ("call me", "A phone number holds digits only, with the country code first."),
        ("1-800-FLOWERS", "A phone number holds digits only, with the country code first."),
        ("+34 612", "This number is too short. Is the country code there?"),
        ("34612345678901234", "This number is too long."),
        ("+999 123 456 789", "Start with the country code, for example 34 for Spain."),
        ("1" * 100, "This is too long for a phone number."),
    ],
)
def test_text_that_cannot_be_a_number_is_refused_in_plain_words(
    text: str, user_message: str
) -> None:
    with pytest.raises(InvalidPhoneNumber) as caught:
        parse_number(text)

    assert caught.value.user_message == user_message


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
