"""A file as rows of cells: CSV with any usual separator, or a vCard with a row for each card."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from messaging.services.errors import InvalidInput

from .decoding import decode, guess_encoding, is_text
from .vcards import is_vcard, vcards_as_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

SEPARATORS: Final = (",", ";", "\t", "|")
#: Rows by which a separator is found.
SAMPLE_ROWS: Final = 50
SAMPLE_CHARACTERS: Final = 200_000
#: Columns that are read of a row, and characters of a cell: a file that has more is none of ours.
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 5000
_FIRST_LINE_OF_EXCEL: Final = "sep="
#: A row behind the last one: where it is not by itself, a quote is still open.
_END: Final = "\0"


@dataclass(frozen=True)
class Table:
    """What a file holds.

    Attributes:
        rows: its cells, each row as wide as the widest; blank rows are left out.
        lines: for each of them, which row of the file it is, from 1.
        encoding, separator: how it was read; without a separator it is a vCard.
    """

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    encoding: str = "utf-8"
    separator: str = ""

    @property
    def is_vcard(self) -> bool:
        """Whether its columns are known without a look at them."""
        return not self.separator


def read_table(raw: bytes, *, most_rows: int, encoding: str = "", separator: str = "") -> Table:
    """Read a file.

    Args:
        raw: its bytes.
        most_rows: how many rows it may have.
        encoding: one of `decoding.ENCODINGS`; "" to find out.
        separator: one of SEPARATORS; "" to find out.

    Raises:
        InvalidInput: there is nothing in it (``empty_file``), too much (``too_many_rows``), or no
            table (``unreadable``).
    """
    if not is_text(raw):
        raise InvalidInput(
            _("This isn’t a text file. Save the table as CSV and upload that."),
            field="file",
            code="unreadable",
        )
    encoding = encoding or guess_encoding(raw)
    text = decode(raw, encoding=encoding)
    if is_vcard(text):
        rows, lines = _numbered(vcards_as_rows(text), most=most_rows)
        return Table(_even(rows), lines, encoding, "")
    if text.lstrip("\r\n")[:4].casefold() == _FIRST_LINE_OF_EXCEL:
        first, _end, rest = text.lstrip("\r\n").partition("\n")
        named = first[4:].strip("\r") or "\t"
        text, separator = rest, separator or (named if named in SEPARATORS else "")
    separator = separator or guess_separator(text)
    rows, lines = _numbered(_csv_rows(text, separator=separator), most=most_rows)
    return Table(_even(rows), lines, encoding, separator)


def guess_separator(text: str) -> str:
    """Return the sign that cuts the first rows into the same number of cells, most of them."""
    sample = text[:SAMPLE_CHARACTERS]

    def fit(separator: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in _some_rows(sample, separator=separator)]
        except InvalidInput:
            widths = []
        if not widths:
            return 0.0, 0
        width, count = Counter(widths).most_common(1)[0]
        return (count / len(widths) if width > 1 else 0.0), width

    return max(SEPARATORS, key=fit)


def _some_rows(text: str, *, separator: str) -> list[list[str]]:
    return list(islice(_csv_rows(text, separator=separator, is_cut=True), SAMPLE_ROWS))


def _csv_rows(text: str, *, separator: str, is_cut: bool = False) -> Iterator[list[str]]:
    """Yield rows; a quote that is never closed, and cells without end, end the file.

    Args:
        text: the file's, in which no NUL is left.
        separator: what is between two cells.
        is_cut: whether it is only its beginning, in which a quote may be open.
    """
    end = "" if is_cut else f"\n{_END}"
    reader = csv.reader(
        io.StringIO(text + end, newline=""), delimiter=separator, skipinitialspace=True
    )
    while True:
        try:
            row = next(reader)
            if row and row[-1].endswith(_END):
                if row != [_END]:
                    raise csv.Error
                return
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidInput(
                _("This file can’t be read as a table. Is a quotation mark never closed?"),
                field="file",
                code="unreadable",
            ) from error
        yield [cell.strip()[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]]


def _numbered(rows: Iterator[list[str]], *, most: int) -> tuple[list[list[str]], list[int]]:
    """Return the rows that hold something, and their numbers."""
    found: list[list[str]] = []
    lines: list[int] = []
    for line, row in enumerate(rows, start=1):
        if any(row):
            found.append(row)
            lines.append(line)
        if len(found) > most + 1:
            break
    if not found:
        raise InvalidInput(_("This file is empty."), field="file", code="empty_file")
    if len(found) > most + 1:  # one may be the names of the columns
        raise InvalidInput(
            _("This file has more than %(most)d rows. Split it into several.") % {"most": most},
            field="file",
            code="too_many_rows",
        )
    return found, lines


def _even(rows: list[list[str]]) -> list[list[str]]:
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]
