"""What a typed recipient dials, and what is asked before."""

import pytest

from messaging.services.dialing.dialed_number import understand

US = "14155550100"
BRITAIN = "447911123456"


@pytest.mark.parametrize(
    ("text", "sender", "number", "is_national", "choices"),
    [
        pytest.param("+34 612 345 678", US, "34612345678", False, [], id="international"),
        pytest.param("34612345678", US, "34612345678", False, [], id="valid as it stands"),
        pytest.param("+12005550123", US, "12005550123", False, [], id="with +, in no plan"),
        pytest.param(
            "+55 11 8765-4321", US, "551187654321", False, ["5511987654321"], id="an old form"
        ),
        pytest.param("07911 123456", BRITAIN, "447911123456", True, [], id="as at home"),
        pytest.param("310 555 0123", US, "13105550123", True, [], id="as at home, no 0"),
        pytest.param(
            "(479) 555-0123", US, None, False, ["14795550123", "4795550123"], id="ambiguous"
        ),
        pytest.param("2025550123", US, None, False, ["12025550123", "2025550123"], id="doubtful"),
        pytest.param(
            "011 15 2345-6789",
            "5491123456789",
            None,
            False,
            ["5491123456789"],
            id="the reading has other digits",
        ),
        pytest.param("12005550123", BRITAIN, None, False, ["12005550123"], id="in no plan"),
        pytest.param("5215512345678", US, None, False, ["525512345678"], id="an old form alone"),
        pytest.param("15550123", US, None, False, [], id="no number"),
    ],
)
def test_typed_recipient_is_understood(text, sender, number, is_national, choices):
    dialed = understand(text, sender=sender)

    assert (
        dialed.number and dialed.number.digits,
        dialed.is_national,
        [choice.digits for choice in dialed.choices],
    ) == (number, is_national, choices)


@pytest.mark.parametrize(
    ("text", "chosen", "digits"),
    [
        pytest.param("+34 612 345 678", "", "34612345678", id="international, nothing chosen"),
        pytest.param("+34 612 345 678", "14155550123", "34612345678", id="something else chosen"),
        pytest.param("310 555 0123", "", "", id="as at home, not shown yet"),
        pytest.param("310 555 0123", "13105550123", "13105550123", id="as at home, shown"),
        pytest.param("310 555 0124", "13105550123", "", id="shown for another text"),
        pytest.param("(479) 555-0123", "", "", id="ambiguous"),
        pytest.param("(479) 555-0123", "4795550123", "4795550123", id="the one is chosen"),
        pytest.param("(479) 555-0123", "14795550123", "14795550123", id="the other is chosen"),
        pytest.param("(479) 555-0123", "34612345678", "", id="a stranger is chosen"),
        pytest.param("+55 11 8765-4321", "5511987654321", "5511987654321", id="the better one"),
        pytest.param("#7", "34612345678", "", id="no number"),
    ],
)
def test_nothing_is_dialed_but_what_was_typed_shown_or_picked(text, chosen, digits):
    assert understand(text, sender=US).digits(chosen=chosen) == digits
