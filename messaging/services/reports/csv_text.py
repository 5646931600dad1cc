"""Tables as CSV, for programs and for spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from messaging.services.conversations.csv_export import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def csv_text(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return lines of CSV.

    Args:
        columns: the first line.
        rows: the others; None is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(value) for value in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    # A phone number stays what it is: a program reads it.
    return harmless(value) if isinstance(value, str) and not value.isdigit() else value
