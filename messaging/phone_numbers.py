"""Phone numbers and other senders: the form that is compared, sent, read and logged."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

_NOT_DIGITS = re.compile(r"[^0-9]+")
_PLAIN_NUMBER = re.compile(r"[ ]{0,9}[+]?[0-9]{1,64}[ ]{0,9}")
_MAX_INPUT_LENGTH = 64


class InvalidPhoneNumber(ValueError):
    """Text that cannot be a phone number; `user_message` says why in plain words."""

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message


def digits_of(text: str) -> str:
    """Keep only the ASCII digits ("+34 612-3" gives "346123")."""
    return _NOT_DIGITS.sub("", text)


def address_key(text: str) -> str:
    """Return the form by which senders are compared.

    Args:
        text: A phone number in any writing, a short code ("10086") or letters ("NXBANK").

    Returns:
        Its digits when it holds nothing but +, digits, white space and punctuation; else the
        trimmed, case-folded text.
    """
    if _PLAIN_NUMBER.fullmatch(text):
        return digits_of(text)
    digits = digits_of(text)
    if digits and all(_belongs_to_a_number(character) for character in text):
        return digits
    return text.strip().casefold()


def parse_number(text: str) -> str:
    """Read a phone number as a person writes it.

    Args:
        text: The number with its country code; +, spaces, dashes and brackets may stand in it,
            and 00 may stand for the +.

    Returns:
        Digits with the country code, of a number that is possible: numbering plans change faster
        than libraries, so an unlikely one is left to `is_likely` as a warning.

    Raises:
        InvalidPhoneNumber: when it cannot be a phone number.
    """
    plain = unicodedata.normalize("NFKC", text[: 2 * _MAX_INPUT_LENGTH]).strip()
    if not plain:
        raise InvalidPhoneNumber("Enter a phone number.")
    if len(plain) > _MAX_INPUT_LENGTH:
        raise InvalidPhoneNumber("This is too long for a phone number.")
    if not all(_belongs_to_a_number(character) for character in plain):
        raise InvalidPhoneNumber("A phone number holds digits only, with the country code first.")
    digits = digits_of(plain)
    if not plain.startswith("+") and digits.startswith("00"):
        digits = digits[2:]
    number = _parsed(digits)
    if number is None:
        raise InvalidPhoneNumber("Start with the country code, for example 34 for Spain.")
    if not phonenumbers.is_possible_number(number):
        raise InvalidPhoneNumber(_why_impossible(number))
    # Formatting drops a trunk zero that was kept, as in +44 (0)20 7946 0000.
    return digits_of(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def is_likely(digits: str) -> bool:
    """Say whether the number fits its country's numbering plan; if not, warn, do not refuse."""
    number = _parsed(digits)
    return number is not None and phonenumbers.is_valid_number(number)


def calling_code(digits: str) -> str:
    """Return the country code of a number ("60" for Malaysia), "" when there is none."""
    number = _parsed(digits)
    return str(number.country_code) if number is not None else ""


def region(digits: str) -> str:
    """Return the two letters of a number's country ("MY"), "" when unknown."""
    number = _parsed(digits)
    if number is None:
        return ""
    code = phonenumbers.region_code_for_number(number)
    return code if code and code.isalpha() else ""


def time_zones(digits: str) -> tuple[str, ...]:
    """Return the names of the time zones that a number may belong to, none when unknown.

    A fixed line's area tells one zone, and so do the mobile numbers of many countries; other
    numbers may belong to any zone of the country.
    """
    # Its table takes 2 MB, and only contacts in countries with several zones need it.
    from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

    number = _parsed(digits)
    names = time_zones_for_number(number) if number is not None else ()
    return tuple(name for name in names if name != UNKNOWN_TIMEZONE)


@lru_cache(maxsize=8192)
def format_for_reading(address: str) -> str:
    """Space a number as its country does ("+34 612 34 56 78"); leave anything else as it is."""
    key = address_key(address)
    if not (key.isascii() and key.isdigit()):
        return address
    number = _parsed(key)
    if number is None or not phonenumbers.is_possible_number(number):
        return address
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def mask(address: str) -> str:
    """Hide the middle of a number for the log ("34612345678" gives "346…78")."""
    address = address.strip()
    if len(address) < 6:
        return "…"
    shown = 3 if len(address) > 7 else 2
    return f"{address[:shown]}…{address[-2:]}"


def _belongs_to_a_number(character: str) -> bool:
    if character.isascii() and (character.isdigit() or character in "+~"):
        return True
    # Pasted contacts bring invisible direction marks (Cf), input methods a full-width plus.
    category = unicodedata.category(character)
    return category[0] in "PZ" or category == "Cf" or character in "\t\r\n\uff0b"


def _parsed(digits: str) -> PhoneNumber | None:
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return phonenumbers.parse(f"+{digits}", None)
    except NumberParseException:
        return None


def _why_impossible(number: PhoneNumber) -> str:
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.TOO_SHORT:
        return "This number is too short. Is the country code there?"
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        return "This number is too long."
    return "This is not a possible phone number. Is the country code there?"
