"""Phone numbers in words, in the reader's language."""

import pytest
from django.utils.translation import override

from messaging.number_readings import Fault, Repair, number_to_dial
from messaging.services.dialing.number_errors import (
    NamedNumber,
    explain,
    named,
    offer_of,
    why,
    why_no_answer,
)
from messaging.typed_numbers import InvalidPhoneNumber, Problem

US = "14155550100"


def refused(text: str, *, sender: str = US) -> InvalidPhoneNumber:
    with pytest.raises(InvalidPhoneNumber) as caught:
        number_to_dial(text, sender=sender)
    return caught.value


@pytest.mark.parametrize(
    ("digits", "shown", "country", "flag", "is_likely"),
    [
        ("14795550123", "+1 479-555-0123", "United States", "🇺🇸", True),
        ("4795550123", "+47 95 55 01 23", "Norway", "🇳🇴", True),
        ("2025550123", "+20 2 5550123", "Egypt", "🇪🇬", False),
        ("12005550123", "+1 200-555-0123", "United States", "🇺🇸", False),
        ("80012345678", "+800 1234 5678", "", "", True),
    ],
)
def test_number_is_named_with_its_country(digits, shown, country, flag, is_likely):
    number = named(digits)

    assert (number.shown, number.country, number.flag, number.is_likely) == (
        shown,
        country,
        flag,
        is_likely,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "(479) 555-0123",
            "Without +, this can be a number in two countries. It may be meant as +1"
            " 479-555-0123 (United States) or +47 95 55 01 23 (Norway). Start with + and the"
            " country code.",
            id="ambiguous",
        ),
        pytest.param(
            "2025550123",
            "Without +, this isn’t a valid international number. It may be meant as +1"
            " 202-555-0123 (United States) or +20 2 5550123 (Egypt). Start with + and the"
            " country code.",
            id="doubtful",
        ),
        pytest.param(
            "+5215512345678",
            "This number is too long. It may be meant as +52 55 1234 5678 (Mexico).",
            id="an old form",
        ),
        pytest.param(
            "+49 30 123456 #78",
            "“#78” can’t be part of a phone number. Enter one number, without an extension.",
            id="an extension",
        ),
        pytest.param(
            "ask for Anna at the front desk, please",
            "“ask for Anna at the …” can’t be part of a phone number. Enter one number,"
            " without an extension.",
            id="much text",
        ),
        pytest.param(
            "%d %(part)s",
            "“%d %(part)s” can’t be part of a phone number. Enter one number, without an"
            " extension.",
            id="signs of a format",
        ),
    ],
)
def test_refusal_says_why_and_what_may_be_meant(text, words):
    assert explain(refused(text)) == words


def test_refusal_is_said_in_the_readers_language():
    error = refused("2025550123")

    with override("zh-hans"):
        words = explain(error)

    assert words == (
        "不带 + 时，这不是有效的国际号码。可能是指 +1 202-555-0123 (美国) 或"
        " +20 2 5550123 (埃及)。请以 + 和国家代码开头。"
    )


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_its_sentence_in_both_languages(problem):
    error = InvalidPhoneNumber(problem, part="#7")

    with override("zh-hans"):
        chinese = why(error)

    assert why(error).replace("’", "").isascii() or "“#7”" in why(error)
    assert not chinese.isascii()


@pytest.mark.parametrize(
    ("address", "repair", "words"),
    [
        (
            "NXBANK",
            None,
            "You can’t reply to this sender: it’s a name, not a phone number.",
        ),
        (
            "10086",
            None,
            "You can’t reply to this sender: it’s a short code, not a phone number.",
        ),
        (
            "07911123456",
            None,
            "You can’t reply to this sender: it isn’t a complete phone number.",
        ),
        (
            "5215512345678",
            Repair("525512345678", Fault.OLD_MEXICO),
            "You can’t reply to this sender as is. Mexican mobile numbers no longer have a 1"
            " after +52. It may be meant as +52 55 1234 5678 (Mexico).",
        ),
    ],
)
def test_sender_that_cannot_be_answered_is_called_what_it_is(address, repair, words):
    assert why_no_answer(address, repair=repair) == words


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_its_sentence(fault):
    offer = offer_of(Repair("525512345678", fault))

    assert offer.number == NamedNumber(digits="525512345678", region="MX", is_likely=True)
    assert offer.reason.endswith(".")
