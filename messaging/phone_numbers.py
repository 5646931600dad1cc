"""Phone numbers and other senders: the form that is compared, sent, read and logged."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from .typed_numbers import InvalidPhoneNumber, Problem, TypedNumber, digits_of, typed_number

#: A message asks several times about its sender and its recipient.
NUMBERS_KEPT: Final = 2048
_PLAIN_NUMBER = re.compile(r"[ ]{0,9}[+]?[0-9]{1,64}[ ]{0,9}")


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
    """Read a phone number that has its country code.

    Args:
        text: the number; + or 00 may be in front of it.

    Returns:
        Every digit that was typed, but for 00 and a trunk zero in brackets, of a number that is
        possible: numbering plans change faster than libraries, so an unlikely one is left to
        `is_likely` as a warning.

    Raises:
        InvalidPhoneNumber: when it cannot be a phone number.
    """
    return international_digits(typed_number(text))


def international_digits(typed: TypedNumber) -> str:
    """Return the digits with the country code of a number that is possible as it was typed.

    Raises:
        InvalidPhoneNumber: when it cannot be a phone number.
    """
    has_00 = not typed.has_plus and typed.digits.startswith("00")
    begin = 2 if has_00 else 0
    digits = typed.digits
    if typed.zero_at is not None and _has_trunk_zero(digits[begin : typed.zero_at]):
        digits = typed.without_zero
    digits = digits[begin:]
    problem = _problem_of(digits)
    if problem is not None:
        raise InvalidPhoneNumber(problem)
    return digits


def lookup_keys(text: str) -> tuple[str, ...]:
    """Return the normalized forms that a typed number or sender may be stored under.

    Args:
        text: in any spelling in which a message can be sent to it, or as a sender came; a text
            with NUL has none, for PostgreSQL does not even look for it.
    """
    if "\0" in text:
        return ()
    keys = [address_key(text)]
    with suppress(InvalidPhoneNumber):
        keys.append(parse_number(text))
    return tuple(dict.fromkeys(key for key in keys if key))


def searched_digits(text: str) -> str:
    """Return the digits to look for of a number, or of a part of one, in any spelling.

    Raises:
        InvalidPhoneNumber: it holds something that is not part of one number.
    """
    typed = typed_number(text)
    try:
        return international_digits(typed)
    except InvalidPhoneNumber:
        return typed.without_zero.lstrip("0")


def is_likely(digits: str) -> bool:
    """Say whether the number fits its country's numbering plan; if not, warn, do not refuse."""
    number = _parsed(digits)
    return (
        number is not None
        and e164_digits(number) == digits
        and phonenumbers.is_valid_number(number)
    )


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


def home_region(digits: str) -> str:
    """Return the country of a number; of one that is in no plan, the largest with its code."""
    code = calling_code(digits)
    if not code:
        return ""
    home = region(digits) or phonenumbers.region_code_for_country_code(int(code))
    return home if home.isalpha() and home != phonenumbers.UNKNOWN_REGION else ""


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
    if number is None or _problem_of(key) is not None:
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


@lru_cache(maxsize=NUMBERS_KEPT)
def _parsed(digits: str) -> PhoneNumber | None:
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return phonenumbers.parse(f"+{digits}", None)
    except NumberParseException:
        return None


def e164_digits(number: PhoneNumber) -> str:
    """Return the digits that are dialed for a number of the library, country code first."""
    return digits_of(phonenumbers.format_number(number, PhoneNumberFormat.E164))


_WHY_IMPOSSIBLE: Final = {
    ValidationResult.TOO_SHORT: Problem.TOO_SHORT,
    ValidationResult.TOO_LONG: Problem.TOO_LONG,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Problem.ONLY_LOCAL,
    ValidationResult.IS_POSSIBLE: None,
}


@lru_cache(maxsize=NUMBERS_KEPT)
def _problem_of(digits: str) -> Problem | None:
    """Return why no phone has these digits as its number, None when one may have."""
    number = _parsed(digits)
    if number is None:
        return Problem.NO_COUNTRY_CODE
    if e164_digits(number) != digits:
        # The library would drop or change some of what was typed, and so reach somebody else.
        return Problem.TRUNK_PREFIX
    reason = phonenumbers.is_possible_number_with_reason(number)
    return _WHY_IMPOSSIBLE.get(reason, Problem.IMPOSSIBLE)


def _has_trunk_zero(country_code: str) -> bool:
    """Tell whether people in a country dial a zero first, which does not follow its code."""
    if not country_code.isdigit() or len(country_code) > 3:
        return False
    region_code = phonenumbers.region_code_for_country_code(int(country_code))
    return phonenumbers.ndd_prefix_for_region(region_code, strip_non_digits=True) == "0"


def digits_in_region(text: str, *, region: str) -> str:
    """Return the digits of a number as people in a country write it, "" where it is none there.

    Args:
        text: as typed.
        region: two letters of the country.
    """
    try:
        typed = typed_number(text)
        number = phonenumbers.parse(typed.digits, region)
    except (InvalidPhoneNumber, NumberParseException):
        return ""
    if typed.is_international or not phonenumbers.is_valid_number(number):
        return ""
    return e164_digits(number)


def all_regions() -> frozenset[str]:
    """Return the two letters of every country that has phone numbers."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)
