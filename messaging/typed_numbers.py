"""One phone number as it was typed or pasted: its digits, and what is wrong with anything else."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_CHARACTERS: Final = 64
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
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
