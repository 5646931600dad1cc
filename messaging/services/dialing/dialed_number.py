"""Which number a typed recipient means, and what to ask when that is not clear."""

from __future__ import annotations

from dataclasses import dataclass

from messaging.number_readings import is_written_out, number_to_dial, repaired
from messaging.typed_numbers import InvalidPhoneNumber, Problem

from .number_errors import NamedNumber, named


@dataclass(frozen=True)
class Dialed:
    """What becomes of a text in a field for a recipient.

    Attributes:
        number: what is dialed; None while that has to be chosen, or where nothing can be.
        is_national: whether `number` was typed as in the sender's country: it is dialed only where
            its writer was shown how it is read.
        choices: what else may be meant, or what has to be chosen from.
        error: what is wrong with the text; None when nothing is.
    """

    number: NamedNumber | None = None
    is_national: bool = False
    choices: tuple[NamedNumber, ...] = ()
    error: InvalidPhoneNumber | None = None

    def digits(self, *, chosen: str = "") -> str:
        """Return what is dialed; "" when somebody has to decide first.

        Args:
            chosen: digits of the reading that the writer saw, or picked.
        """
        offered = self.choices if self.number is None else (self.number, *self.choices)
        if any(number.digits == chosen for number in offered):
            return chosen
        return self.number.digits if self.number and not self.is_national else ""


def understand(text: str, *, sender: str) -> Dialed:
    """Return what a typed recipient dials.

    Args:
        text: as typed.
        sender: digits of our number that sends.
    """
    try:
        digits = number_to_dial(text, sender=sender)
    except InvalidPhoneNumber as error:
        choices = tuple(map(named, error.readings))
        if error.problem == Problem.DOUBTFUL and _is_plain(text, choices):
            return Dialed(number=choices[0], is_national=True, error=error)
        return Dialed(choices=choices, error=error)
    number = named(digits)
    repair = None if number.is_likely else repaired(digits)
    return Dialed(number=number, choices=(named(repair.digits),) if repair else ())


def _is_plain(text: str, choices: tuple[NamedNumber, ...]) -> bool:
    """Tell whether there is one valid reading, of which every digit was typed."""
    return (
        len(choices) == 1
        and choices[0].is_likely
        and is_written_out(text, reading=choices[0].digits)
    )
