"""Messages about phone numbers: what is wrong with a typed one, and the country it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.number_readings import Fault, SenderKind, sender_kind
from messaging.phone_numbers import format_for_reading, home_region, is_likely
from messaging.typed_numbers import InvalidPhoneNumber, Problem

from .regions import country_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import _StrPromise

    from messaging.number_readings import Repair

#: Characters of what is not part of a number that a sentence quotes.
MOST_QUOTED: Final = 20
_FLAG_LETTERS: Final = 0x1F1E6 - ord("A")

_SENTENCES: Final[dict[Problem, _StrPromise]] = {
    Problem.EMPTY: gettext_lazy("Enter a phone number."),
    Problem.TOO_MUCH_TEXT: gettext_lazy("This is too long for a phone number."),
    Problem.NOT_PART: gettext_lazy(
        "“%(part)s” can’t be part of a phone number. Enter one number, without an extension."
    ),
    Problem.SECOND_NUMBER: gettext_lazy("Enter one phone number only."),
    Problem.NO_COUNTRY_CODE: gettext_lazy(
        "Start with + and the country code, for example +34 for Spain."
    ),
    Problem.TRUNK_PREFIX: gettext_lazy(
        "After the country code, leave out the digits that are only dialed within the country,"
        " such as a leading 0."
    ),
    Problem.TOO_SHORT: gettext_lazy("This number is too short. Is the country code missing?"),
    Problem.TOO_LONG: gettext_lazy("This number is too long."),
    Problem.ONLY_LOCAL: gettext_lazy(
        "This number has no area code. Enter it with country code and area code."
    ),
    Problem.IMPOSSIBLE: gettext_lazy(
        "This isn’t a valid phone number. Is the country code missing?"
    ),
    Problem.DOUBTFUL: gettext_lazy("Without +, this isn’t a valid international number."),
    Problem.AMBIGUOUS: gettext_lazy("Without +, this can be a number in two countries."),
}

_FAULTS: Final[dict[Fault, _StrPromise]] = {
    Fault.DOUBLE_ZERO: gettext_lazy("This number came with 00 instead of +."),
    Fault.OLD_MEXICO: gettext_lazy("Mexican mobile numbers no longer have a 1 after +52."),
    Fault.OLD_BRAZIL: gettext_lazy("Brazilian mobile numbers now have a 9 after the area code."),
    Fault.TRUNK_PREFIX: gettext_lazy(
        "This number came with digits that are only dialed within its country."
    ),
    Fault.NO_COUNTRY_CODE: gettext_lazy("This number came without its country code."),
}

_NO_ANSWER: Final[dict[SenderKind, _StrPromise]] = {
    SenderKind.NAME: gettext_lazy(
        "You can’t reply to this sender: it’s a name, not a phone number."
    ),
    SenderKind.SHORT_CODE: gettext_lazy(
        "You can’t reply to this sender: it’s a short code, not a phone number."
    ),
    SenderKind.NUMBER: gettext_lazy(
        "You can’t reply to this sender: it isn’t a complete phone number."
    ),
}


@dataclass(frozen=True)
class NamedNumber:
    """A number as people recognize it.

    Attributes:
        digits: with the country code.
        region: the country's two letters, "" when unknown.
        is_likely: whether it fits the country's numbering plan.
    """

    digits: str
    region: str
    is_likely: bool

    @property
    def shown(self) -> str:
        """The number with + and spaces."""
        return international(self.digits)

    @property
    def country(self) -> str:
        """The country's name in the reader's language, "" when unknown."""
        return country_name(self.region)

    @property
    def flag(self) -> str:
        """The country's flag, "" when unknown."""
        return "".join(chr(_FLAG_LETTERS + ord(letter)) for letter in self.region)

    def __str__(self) -> str:
        """Return the number, with its country in brackets."""
        return f"{self.shown} ({self.country})" if self.country else self.shown


def named(digits: str) -> NamedNumber:
    """Return a number with its country; of a number in no plan, the country of its code."""
    return NamedNumber(digits=digits, region=home_region(digits), is_likely=is_likely(digits))


def international(digits: str) -> str:
    """Return a number as it can be typed anywhere: spaced as in its country, with + in front."""
    shown = format_for_reading(digits)
    return shown if shown.startswith("+") else f"+{shown}"


def why(error: InvalidPhoneNumber) -> str:
    """Return what is wrong with a typed number, without the numbers that may be meant."""
    part = error.part if len(error.part) <= MOST_QUOTED else f"{error.part[:MOST_QUOTED]}…"
    return str(_SENTENCES[error.problem]) % {"part": part}


def explain(error: InvalidPhoneNumber) -> str:
    """Return what is wrong with a typed number, which numbers may be meant, and what to do."""
    text = why(error)
    if error.readings:
        meant = _("It may be meant as %(numbers)s.") % {"numbers": _either(error.readings)}
        text = _one_after_the_other(text, meant)
    if error.problem in {Problem.DOUBTFUL, Problem.AMBIGUOUS}:
        text = _one_after_the_other(text, _("Start with + and the country code."))
    return text


def why_no_answer(address: str, *, repair: Repair | None) -> str:
    """Return why a sender cannot be answered, and at which number it probably can.

    Args:
        address: the sender as it came.
        repair: what is wrong with its number, if that is known.
    """
    if repair is None:
        return str(_NO_ANSWER[sender_kind(address)])
    return _one_after_the_other(
        _("You can’t reply to this sender as is."),
        _one_after_the_other(
            str(_FAULTS[repair.fault]),
            _("It may be meant as %(numbers)s.") % {"numbers": named(repair.digits)},
        ),
    )


@dataclass(frozen=True)
class Offer:
    """The number to write to in place of a sender's own.

    Attributes:
        number: the number.
        reason: what is wrong with the sender's.
    """

    number: NamedNumber
    reason: str


def offer_of(repair: Repair) -> Offer:
    """Return a repaired number with its reason in words."""
    return Offer(number=named(repair.digits), reason=str(_FAULTS[repair.fault]))


def _either(numbers: Sequence[str]) -> str:
    *others, last = [str(named(digits)) for digits in numbers]
    if not others:
        return last
    return _("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last}


def _one_after_the_other(first: str, second: str) -> str:
    # Translators: two sentences; Chinese writes them without a space.
    return _("%(first)s %(second)s") % {"first": first, "second": second}
