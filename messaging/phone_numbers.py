"""Phone numbers and other senders: the form that is compared, sent, read and logged."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

MOST_CHARACTERS: Final = 64
#: A message asks several times about its sender and its recipient.
NUMBERS_KEPT: Final = 2048
_NOT_DIGITS = re.compile(r"[^0-9]+")
_PLAIN_NUMBER = re.compile(r"[ ]{0,9}[+]?[0-9]{1,64}[ ]{0,9}")
_SIGNS: Final = dict(zip("\uff0b\ufe62[]\uff08\uff09\uff3b\uff3d", "++()()()", strict=True))
#: What spaces a number besides blanks and dashes: dots, the minus sign, the long-sound mark that
#: Japanese input methods write for a dash.
_SPACING: Final = ".\uff0e\u00b7\u2212\u30fc\t"
_BEFORE_DIGITS: Final = re.compile(r"[( ]{0,64}\+?")
#: What ends a number: any other sign, a second + among them.
_OTHER_THING: Final = re.compile(r"[^0-9() ]")
#: So many digits are a number themselves, and no country code alone.
_LEAST_OF_A_NUMBER: Final = 6
_LONE_ZERO: Final = re.compile(r"\( {0,9}0 {0,9}\)")


class Problem(StrEnum):
    """Why a text is not a number that can be dialed."""

    EMPTY = "empty"
    TOO_MUCH_TEXT = "too_much_text"
    NOT_PART = "not_part"
    SECOND_NUMBER = "second_number"
    NO_COUNTRY_CODE = "no_country_code"
    TRUNK_PREFIX = "trunk_prefix"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    ONLY_LOCAL = "only_local"
    IMPOSSIBLE = "impossible"
    DOUBTFUL = "doubtful"
    AMBIGUOUS = "ambiguous"


class InvalidPhoneNumber(ValueError):
    """Text that is not a phone number, or not clearly one.

    Args:
        problem: why.
        part: the text that cannot be part of a number.
        readings: numbers that may be meant, as digits with the country code.
    """

    def __init__(self, problem: Problem, *, part: str = "", readings: tuple[str, ...] = ()) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.part = part
        self.readings = readings

    @property
    def code(self) -> str:
        """The stable word for programs."""
        if self.problem in {Problem.DOUBTFUL, Problem.AMBIGUOUS}:
            return f"{self.problem}_number"
        return "invalid_number"


@dataclass(frozen=True)
class TypedNumber:
    """What a text holds that is nothing but a number.

    Attributes:
        digits: every digit, in order.
        has_plus: whether a + is in front of them.
        zero_at: where among the digits a lone zero in brackets is; None when there is none.
    """

    digits: str
    has_plus: bool = False
    zero_at: int | None = None

    @property
    def is_international(self) -> bool:
        """Whether it says itself that the country code comes first."""
        return self.has_plus or self.digits.startswith("00")

    @property
    def without_zero(self) -> str:
        """The digits but for the zero in brackets."""
        if self.zero_at is None:
            return self.digits
        return self.digits[: self.zero_at] + self.digits[self.zero_at + 1 :]


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


def typed_number(text: str) -> TypedNumber:
    """Take the digits out of a text that is one number and nothing else.

    Args:
        text: as typed or pasted: digits of any script, a + in front, and between the digits blanks,
            dashes, dots and brackets; `tel:` may come first.

    Raises:
        InvalidPhoneNumber: nothing is there, or something that is not part of one number. What
            separates two things (`# , ; / *`, letters, a line end) is never spacing.
    """
    plain = _trimmed(text[: 4 * MOST_CHARACTERS])
    if plain[:4].casefold() == "tel:":
        plain = _trimmed(plain[4:])
    if len(plain) > MOST_CHARACTERS:
        raise InvalidPhoneNumber(Problem.TOO_MUCH_TEXT)
    written = "".join(map(_sign_of, plain))
    _refuse_other_things(written, plain=plain)
    digits = digits_of(written)
    if not digits:
        raise InvalidPhoneNumber(Problem.EMPTY)
    zero = _LONE_ZERO.search(written)
    zero_at = None if zero is None else len(digits_of(written[: zero.start()]))
    return TypedNumber(digits, "+" in written, zero_at)


def _refuse_other_things(written: str, *, plain: str) -> None:
    """Refuse what is not part of one number.

    Args:
        written: the signs of the text, one for each of its characters.
        plain: the text.
    """
    begin = _BEFORE_DIGITS.match(written).end()  # type: ignore[union-attr]  # it fits anything
    other = _OTHER_THING.search(written, begin)
    if other is not None and other[0] in "+\r\n":
        raise InvalidPhoneNumber(Problem.SECOND_NUMBER)
    if other is not None:
        raise InvalidPhoneNumber(Problem.NOT_PART, part=plain[other.start() :])
    # No country writes the end of a number in brackets: after one it is an extension, or a note.
    last = written.rfind("(")
    is_note = last > 0 and written.rstrip(" ").endswith(")") and digits_of(written[last:])
    if is_note and len(digits_of(written[:last])) >= _LEAST_OF_A_NUMBER:
        raise InvalidPhoneNumber(Problem.NOT_PART, part=plain[last:])


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
    """Return the comparing forms that a typed number or sender may be stored under.

    Args:
        text: in any spelling in which a message can be sent to it, or as a sender came.
    """
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


def _trimmed(text: str) -> str:
    """Cut off blanks, line ends and the invisible marks that pasted numbers bring along."""
    while text and (text[0].isspace() or unicodedata.category(text[0]) == "Cf"):
        text = text[1:]
    while text and (text[-1].isspace() or unicodedata.category(text[-1]) == "Cf"):
        text = text[:-1]
    return text


def _sign_of(character: str) -> str:
    """Return what a character means in a number: a digit, "+", a bracket, " ", else itself."""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if character in _SPACING or unicodedata.category(character) in {"Zs", "Pd", "Cf"}:
        return " "
    return _SIGNS.get(character, character)
