"""What a number typed without its country code means, and which number answers a sender.

A number that starts with + or 00 means one thing. Without them the same digits may be a number of
the sender's own country and one abroad: nobody's message goes to a stranger on a guess.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

from .phone_numbers import (
    calling_code,
    e164_digits,
    home_region,
    international_digits,
    is_likely,
)
from .typed_numbers import (
    InvalidPhoneNumber,
    Problem,
    TypedNumber,
    digits_of,
    typed_number,
)

#: A sender with so few digits is a short code.
MOST_OF_A_SHORT_CODE: Final = 6


class Fault(StrEnum):
    """Why a number that somebody wrote from does not connect as it is."""

    DOUBLE_ZERO = "double_zero"
    OLD_MEXICO = "old_mexico"
    OLD_BRAZIL = "old_brazil"
    TRUNK_PREFIX = "trunk_prefix"
    NO_COUNTRY_CODE = "no_country_code"


class SenderKind(StrEnum):
    """What a sender is by its looks."""

    NAME = "name"
    SHORT_CODE = "short_code"
    NUMBER = "number"


@dataclass(frozen=True)
class Repair:
    """The number that connects in place of one that does not.

    Attributes:
        digits: with the country code.
        fault: what was wrong with the other one.
    """

    digits: str
    fault: Fault


#: Mexico dropped the 1 after its country code, Brazil put a 9 in front of its mobile numbers.
_OUTDATED: Final = {
    Fault.OLD_MEXICO: (re.compile(r"521(\d{10})"), r"52\1"),
    Fault.OLD_BRAZIL: (re.compile(r"55(\d{2})([6-9]\d{7})"), r"55\g<1>9\2"),
}


def number_to_dial(text: str, *, sender: str = "") -> str:
    """Return the digits that are dialed for a recipient, country code first.

    Args:
        text: the number as typed.
        sender: digits of our number that sends; its country decides what a number without its
            country code may mean. "" when nothing is sent from a number.

    Raises:
        InvalidPhoneNumber: it cannot be a number; or, without + or 00, it is not valid as written
            or also a valid number of the sender's country. `readings` holds what may be meant.
    """
    typed = typed_number(text)
    national = _national(typed, sender=sender)
    try:
        abroad = international_digits(typed)
    except InvalidPhoneNumber as error:
        is_doubtful = national and not typed.is_international
        raise InvalidPhoneNumber(
            Problem.DOUBTFUL if is_doubtful else error.problem,
            readings=_unique(national, _repaired_digits(typed.digits)),
        ) from None
    if typed.is_international:
        return abroad
    if not is_likely(abroad):
        offered = _unique(national, _repaired_digits(abroad), abroad)
        raise InvalidPhoneNumber(Problem.DOUBTFUL, readings=offered)
    if national and national != abroad and calling_code(national) == calling_code(sender):
        raise InvalidPhoneNumber(Problem.AMBIGUOUS, readings=(national, abroad))
    return abroad


def is_written_out(text: str, *, reading: str) -> bool:
    """Tell whether a reading dials what was typed: nothing in the middle added or dropped.

    Args:
        text: a number that `number_to_dial` refused with readings.
        reading: one of them.
    """
    return typed_number(text).digits.endswith(reading.removeprefix(calling_code(reading)))


def sender_kind(address: str) -> SenderKind:
    """Tell a name from a short code and a number.

    Args:
        address: the sender as it came.
    """
    if any(character.isalpha() for character in address):
        return SenderKind.NAME
    is_short = len(digits_of(address)) <= MOST_OF_A_SHORT_CODE
    return SenderKind.SHORT_CODE if is_short else SenderKind.NUMBER


def answering_number(address: str, *, sender: str = "") -> Repair | None:
    """Return the number at which a sender can be reached whose own does not connect.

    Args:
        address: the sender as it came: digits, or anything else.
        sender: digits of our number that it wrote to.

    Returns:
        None when the sender's number is right, or nothing better is known.
    """
    try:
        typed = typed_number(address)
    except InvalidPhoneNumber:
        return None
    if is_likely(typed.digits):
        return None
    repair = repaired(typed.digits)
    national = _national(typed, sender=sender)
    return repair or (Repair(national, Fault.NO_COUNTRY_CODE) if national else None)


def repaired(digits: str) -> Repair | None:
    """Return what a number must be that is written in a way that does not connect any more.

    Args:
        digits: with 00 in front, with a prefix for calls at home after the country code, or in a
            form that a country has given up.

    Returns:
        A valid number; None when there is none.
    """
    plain = digits.removeprefix("00")
    forms = [(plain, Fault.DOUBLE_ZERO)]
    for fault, (pattern, new) in _OUTDATED.items():
        if pattern.fullmatch(plain):
            forms.append((pattern.sub(new, plain), fault))
    with suppress(NumberParseException):
        number = phonenumbers.parse(f"+{plain}", None)
        forms.append((e164_digits(number), Fault.TRUNK_PREFIX))
    right = (Repair(*form) for form in forms if form[0] != digits and is_likely(form[0]))
    return next(right, None)


def _national(typed: TypedNumber, *, sender: str) -> str:
    """Return the valid number that people in the sender's country reach with these digits."""
    if not home_region(sender) or typed.has_plus:
        return ""
    try:
        number = phonenumbers.parse(typed.digits, home_region(sender))
    except NumberParseException:
        return ""
    return e164_digits(number) if phonenumbers.is_valid_number(number) else ""


def _repaired_digits(digits: str) -> str:
    repair = repaired(digits)
    return repair.digits if repair else ""


def _unique(*numbers: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(number for number in numbers if number))
