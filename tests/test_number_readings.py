"""What a number without its country code means, and which number answers a sender."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.number_readings import (
    Fault,
    Repair,
    SenderKind,
    answering_number,
    number_to_dial,
    sender_kind,
)
from messaging.phone_numbers import e164_digits, is_likely
from messaging.typed_numbers import InvalidPhoneNumber

#: A number of ours in each country.
OURS = {
    "US": "14155550100",
    "CN": "8615088888888",
    "ES": "34911234567",
    "GB": "447911123456",
    "DE": "4915112345678",
    "MX": "525512345678",
    "BR": "5511987654321",
    "NO": "4741234567",
    "EG": "201001234567",
    "FR": "33612345678",
    "IT": "393471234567",
    "AR": "5491123456789",
    "IN": "919876543210",
    "JP": "819012345678",
    "SG": "6591234567",
    "AU": "61412345678",
    "RU": "79161234567",
    "KZ": "77011234567",
}


def refusal(text: str, *, sender: str) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(InvalidPhoneNumber) as caught:
        number_to_dial(text, sender=sender)
    return caught.value.code, caught.value.readings


@pytest.mark.parametrize("country", OURS)
@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+34 612 345 678", "34612345678"),
        ("0034 612 345 678", "34612345678"),
        ("+47 95 55 01 23", "4795550123"),
        ("004795550123", "4795550123"),
        ("+1 (508) 888-7777", "15088887777"),
        ("+44 (0)20 7946 0018", "442079460018"),
        ("+1 200 555 0123", "12005550123"),
        ("+20 25550123", "2025550123"),
    ],
)
def test_number_with_a_plus_or_00_means_the_same_from_everywhere(
    country: str, text: str, digits: str
) -> None:
    assert number_to_dial(text, sender=OURS[country]) == digits


@pytest.mark.parametrize(
    ("country", "text", "digits"),
    [
        pytest.param("CN", "34622222222", "34622222222", id="Spain from China"),
        pytest.param("CN", "34612345678", "34612345678", id="another of Spain"),
        pytest.param("CN", "447911123456", "447911123456", id="Britain from China"),
        pytest.param("US", "8615088888888", "8615088888888", id="China from the US"),
        pytest.param("ES", "8615088888888", "8615088888888", id="China from Spain"),
        pytest.param("US", "1 479 555 0123", "14795550123", id="the own country's"),
        pytest.param("NO", "4795550123", "4795550123", id="the own country's, Norway"),
        pytest.param("RU", "79161234567", "79161234567", id="the own country's, Russia"),
        pytest.param("RU", "77011234567", "77011234567", id="Kazakhstan from Russia"),
        pytest.param("ES", "14795550123", "14795550123", id="the US from Spain"),
    ],
)
def test_digits_that_are_valid_as_they_stand_and_mean_one_number_are_taken(
    country: str, text: str, digits: str
) -> None:
    assert number_to_dial(text, sender=OURS[country]) == digits


@pytest.mark.parametrize(
    ("country", "text", "readings"),
    [
        pytest.param("US", "(479) 555-0123", ("14795550123", "4795550123"), id="Norway"),
        pytest.param("US", "4795550123", ("14795550123", "4795550123"), id="no brackets"),
        pytest.param("CN", "150 8888 7777", ("8615088887777", "15088887777"), id="the US"),
        pytest.param("CN", "14795550123", ("8614795550123", "14795550123"), id="with its 1"),
        pytest.param("CN", "18184505018", ("8618184505018", "18184505018"), id="California"),
    ],
)
def test_digits_that_are_two_valid_numbers_are_ambiguous(
    country: str, text: str, readings: tuple[str, ...]
) -> None:
    assert refusal(text, sender=OURS[country]) == ("ambiguous_number", readings)


@pytest.mark.parametrize(
    ("country", "text", "readings"),
    [
        pytest.param("US", "2025550123", ("12025550123", "2025550123"), id="US or Egypt"),
        pytest.param("US", "3105550123", ("13105550123",), id="US, not the Netherlands"),
        pytest.param("US", "011 34 612 345 678", ("34612345678",), id="US, called abroad"),
        pytest.param("GB", "07911 123456", ("447911123456",), id="GB"),
        pytest.param("GB", "7911 123456", ("447911123456",), id="GB without its 0"),
        pytest.param("GB", "(0)20 7946 0018", ("442079460018",), id="GB, 0 in brackets"),
        pytest.param("ES", "612 345 678", ("34612345678", "612345678"), id="ES"),
        pytest.param("DE", "030 123456", ("4930123456",), id="DE"),
        pytest.param("DE", "0151-12345678", ("4915112345678",), id="DE, mobile"),
        pytest.param("MX", "55 1234 5678", ("525512345678", "5512345678"), id="MX"),
        pytest.param("BR", "(11) 98765-4321", ("5511987654321", "11987654321"), id="BR"),
        pytest.param("BR", "0 15 11 98765-4321", ("5511987654321",), id="BR by a carrier"),
        pytest.param("NO", "41 23 45 67", ("4741234567",), id="NO"),
        pytest.param("EG", "0100 123 4567", ("201001234567",), id="EG"),
        pytest.param("FR", "06 12 34 56 78", ("33612345678",), id="FR"),
        pytest.param("IT", "347 123 4567", ("393471234567",), id="IT"),
        pytest.param("IT", "06 4412 3456", ("390644123456",), id="IT keeps its 0"),
        pytest.param("AR", "11 2345-6789", ("541123456789",), id="AR"),
        pytest.param("AR", "011 15 2345-6789", ("5491123456789",), id="AR, mobile"),
        pytest.param("IN", "98765 43210", ("919876543210",), id="IN"),
        pytest.param("IN", "098765 43210", ("919876543210",), id="IN with its 0"),
        pytest.param("JP", "090-1234-5678", ("819012345678",), id="JP"),
        pytest.param("SG", "9123 4567", ("6591234567",), id="SG"),
        pytest.param("AU", "0412 345 678", ("61412345678",), id="AU"),
        pytest.param("RU", "8 (916) 123-45-67", ("79161234567",), id="RU"),
        pytest.param("RU", "810 34 612 345 678", ("34612345678",), id="RU, called abroad"),
        pytest.param("KZ", "8 701 123 4567", ("77011234567",), id="KZ"),
        pytest.param("CN", "12005550123", ("12005550123",), id="in no plan"),
        pytest.param("CN", "34100000000", ("34100000000",), id="in no plan of Spain"),
        pytest.param(
            "US", "551187654321", ("5511987654321", "551187654321"), id="Brazil without its 9"
        ),
    ],
)
def test_digits_that_are_not_valid_as_they_stand_are_doubtful(
    country: str, text: str, readings: tuple[str, ...]
) -> None:
    assert refusal(text, sender=OURS[country]) == ("doubtful_number", readings)


@pytest.mark.parametrize(
    ("country", "text", "readings"),
    [
        pytest.param("US", "15550123", (), id="only local, from the US"),
        pytest.param("CN", "15550123", (), id="only local, from China"),
        pytest.param("ES", "+15550123", (), id="only local, with a plus"),
        pytest.param("CN", "12", (), id="two digits"),
        pytest.param("CN", "NXBANK", (), id="letters"),
        pytest.param("DE", "030 123456 #78", (), id="an extension"),
        pytest.param("DE", "07911 123456 / 030", (), id="two numbers"),
        pytest.param("ES", "+44 020 7946 0018", ("442079460018",), id="a trunk zero"),
        pytest.param("MX", "5215512345678", ("525512345678",), id="a Mexican 1"),
        pytest.param("US", "+52 1 55 1234 5678", ("525512345678",), id="with a plus"),
        pytest.param("AU", "0011 34 612 345 678", ("34612345678",), id="called abroad with 0011"),
        pytest.param("ES", "07911 123456", (), id="another country's spelling"),
    ],
)
def test_what_cannot_be_a_number_is_invalid(
    country: str, text: str, readings: tuple[str, ...]
) -> None:
    assert refusal(text, sender=OURS[country]) == ("invalid_number", readings)


def test_without_a_sender_digits_have_to_be_valid_as_they_stand() -> None:
    assert number_to_dial("8615088888888") == "8615088888888"
    assert refusal("2025550123", sender="") == ("doubtful_number", ("2025550123",))


# Properties ------------------------------------------------------------------------------------

VALID = [
    e164_digits(number)
    for country in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (0, 1, 2)
    if (number := phonenumbers.example_number_for_type(country, kind)) is not None
]
SPACING = st.sampled_from(["", "", "", " ", "-", ".", "\u00a0", "\u200e", "(", ")"])
DIGITS = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९"])
COUNTRIES = st.sampled_from(sorted(OURS))


@st.composite
def spelled(draw: st.DrawFn, digits: st.SearchStrategy[str]) -> tuple[str, str]:
    """Digits, and a spelling of them with spacing, in one script."""
    plain = draw(digits)
    script = draw(DIGITS)
    text = "".join(draw(SPACING) + script[int(digit)] for digit in plain)
    return plain, text


def typed_digits(text: str) -> str:
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


@given(spelled(st.sampled_from(VALID)), COUNTRIES, st.sampled_from(["+", "00", "+ ", "(+"]))
def test_every_valid_number_is_dialed_as_typed_in_any_spelling(
    spelling: tuple[str, str], country: str, before: str
) -> None:
    digits, text = spelling
    # A zero alone in brackets is a trunk zero; these have none.
    text = text.replace("(", " ").replace(")", " ")

    assert number_to_dial(before + text, sender=OURS[country]) == digits


@given(spelled(st.text("0123456789", min_size=1, max_size=17)), COUNTRIES)
def test_whatever_is_taken_dials_exactly_the_digits_that_were_typed(
    spelling: tuple[str, str], country: str
) -> None:
    digits, text = spelling
    text = text.replace("(", " ").replace(")", " ")
    for before in ("", "+"):
        try:
            dialed = number_to_dial(before + text, sender=OURS[country])
        except InvalidPhoneNumber:
            continue
        assert dialed == (digits if before else digits.removeprefix("00"))
        if not before and not digits.startswith("00"):
            assert is_likely(dialed)


@given(spelled(st.sampled_from(VALID)), COUNTRIES)
def test_a_leading_plus_answers_every_doubt(spelling: tuple[str, str], country: str) -> None:
    digits, _text = spelling
    try:
        taken, code = number_to_dial(digits, sender=OURS[country]), ""
    except InvalidPhoneNumber as error:
        taken, code = digits if digits in error.readings else "", error.code

    assert (taken, code) in {(digits, ""), (digits, "ambiguous_number")}
    assert number_to_dial(f"+{digits}", sender=OURS[country]) == digits


@given(st.text(max_size=80), COUNTRIES)
def test_any_text_is_taken_or_refused(text: str, country: str) -> None:
    try:
        dialed = number_to_dial(text, sender=OURS[country])
    except InvalidPhoneNumber:
        return
    assert dialed in {typed_digits(text), typed_digits(text).removeprefix("00")}


@given(
    st.sampled_from(VALID),
    st.sampled_from("#,;/*x:|&@?!\"'\n_~=<>"),
    st.text("0123456789", min_size=1, max_size=4),
    COUNTRIES,
)
def test_what_follows_a_separator_of_two_things_is_never_dialed(
    digits: str, separator: str, more: str, country: str
) -> None:
    with pytest.raises(InvalidPhoneNumber):
        number_to_dial(f"+{digits}{separator}{more}", sender=OURS[country])


# Senders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "country", "repair"),
    [
        pytest.param(
            "5215512345678", "CN", Repair("525512345678", Fault.OLD_MEXICO), id="Mexico's 1"
        ),
        pytest.param(
            "+5215512345678", "US", Repair("525512345678", Fault.OLD_MEXICO), id="with a plus"
        ),
        pytest.param(
            "551187654321", "CN", Repair("5511987654321", Fault.OLD_BRAZIL), id="Brazil's 9"
        ),
        pytest.param(
            "0034612345678", "CN", Repair("34612345678", Fault.DOUBLE_ZERO), id="00 for the plus"
        ),
        pytest.param(
            "4407911123456", "CN", Repair("447911123456", Fault.TRUNK_PREFIX), id="a trunk zero"
        ),
        pytest.param(
            "07911123456", "GB", Repair("447911123456", Fault.NO_COUNTRY_CODE), id="home spelling"
        ),
        pytest.param(
            "2025550123", "US", Repair("12025550123", Fault.NO_COUNTRY_CODE), id="so from the US"
        ),
        pytest.param("07911123456", "CN", None, id="of a country that nothing tells"),
        pytest.param("551133334444", "CN", None, id="a landline in Brazil has no 9"),
        pytest.param("34612345678", "CN", None, id="a right number"),
        pytest.param("15088887777", "CN", None, id="right, whatever it is in China"),
        pytest.param("34100000000", "CN", None, id="in no plan"),
        pytest.param("10086", "US", None, id="a short code"),
        pytest.param("NXBANK", "CN", None, id="letters"),
        pytest.param("+49 30 123456 #78", "DE", None, id="more than a number"),
        pytest.param("", "CN", None, id="nothing"),
    ],
)
def test_number_that_answers_a_sender(address: str, country: str, repair: Repair | None) -> None:
    assert answering_number(address, sender=OURS[country]) == repair


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("NXBANK", SenderKind.NAME),
        ("NX 24", SenderKind.NAME),
        ("微信", SenderKind.NAME),
        ("10086", SenderKind.SHORT_CODE),
        ("+10 086", SenderKind.SHORT_CODE),
        ("0034612345678", SenderKind.NUMBER),
        ("5215512345678", SenderKind.NUMBER),
        ("+49 30 123456 #78", SenderKind.NUMBER),
    ],
)
def test_sender_is_called_what_it_looks_like(address: str, kind: SenderKind) -> None:
    assert sender_kind(address) == kind
