"""What an import finds in a row before it does anything: the outcome, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from messaging.models import ImportRow
from messaging.number_readings import number_to_dial
from messaging.phone_numbers import digits_in_region
from messaging.typed_numbers import InvalidPhoneNumber

from . import columns as meanings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from messaging.models import ImportJob

#: Characters of a part of a number that a reason quotes.
LONGEST_PART: Final = 40


@dataclass(frozen=True)
class Finding:
    """What an import does with a row.

    Attributes:
        outcome: one of `ImportRow.Outcome`.
        key: the normalized number, or a reply's shortcut in small letters.
        reason: why it is invalid or a duplicate, a code (`rejections.py`).
        facts: what belongs to the reason.
        values: what is written, by name.
    """

    outcome: ImportRow.Outcome
    key: str = ""
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


class Importer(Protocol):
    """What one kind of import does with its rows; each method runs in one transaction."""

    def judge(self, rows: Sequence[ImportRow]) -> list[Finding]:
        """Return what would be done with each row now, as far as the owner may know."""

    def write(self, row: ImportRow, finding: Finding, *, at: datetime) -> None:
        """Do it, and note in the row what it changed; the row is not saved yet."""

    def take_back(self, row: ImportRow, *, at: datetime) -> ImportRow.State:
        """Restore what the row changed where nobody changed it since; say what it came to."""


class Refused(Exception):
    """A row cannot be imported.

    Args:
        reason: a code.
        facts: what belongs to it.
    """

    def __init__(self, reason: str, facts: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts or {}

    def as_finding(self, *, key: str = "") -> Finding:
        """Return it as what was found in the row with a key."""
        return Finding(ImportRow.Outcome.INVALID, key, self.reason, self.facts)


def cell_of(row: ImportRow, meaning: str, *, columns: Sequence[str]) -> str:
    """Return the row's text of the only column that means something, "" where there is none."""
    for index, each in enumerate(columns):
        if each == meaning and index < len(row.cells):
            return unguarded(str(row.cells[index]))
    return ""


def unguarded(text: str) -> str:
    """Take away what exports put around a text against spreadsheets: an apostrophe, or ="…"."""
    if text.startswith('="') and text.endswith('"') and len(text) > 3:
        return text[2:-1]
    is_guarded = (
        len(text) > 1 and text[0] == "'" and (text[1] in "=+-@\t\r\n'" or text[1:].isdigit())
    )
    return text[1:] if is_guarded else text


def number_of(row: ImportRow, *, job: ImportJob) -> str:
    """Return the digits of a row's number, country code first.

    Raises:
        Refused: it has none, or none that is clearly one.
    """
    cells, at = row.cells, row.phone_cell
    text = unguarded(str(cells[at])) if 0 <= at < len(cells) else ""
    if job.region and (digits := digits_in_region(text, region=job.region)):
        return digits
    sender = job.did_number.number if job.did_number is not None else ""
    try:
        digits = number_to_dial(text, sender=sender)
    except InvalidPhoneNumber as error:
        facts = {"part": error.part[:LONGEST_PART]} if error.part else {}
        raise Refused(f"number_{error.problem.value}", facts) from error
    if digits == sender:
        raise Refused("own_number")
    return digits


def phone_cells(cells: Sequence[str], *, columns: Sequence[str]) -> list[int]:
    """Return which cells of a file's row hold numbers; [-1] where none does."""
    found = [
        index
        for index, meaning in enumerate(columns)
        if meaning == meanings.PHONE and index < len(cells) and cells[index]
    ]
    return found or [-1]
