"""Rows of an export as lines of CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from messaging.models import ExportJob
from messaging.services.conversations.csv_export import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Without it spreadsheets do not see UTF-8.
_MARK: Final = "\ufeff"


def beginning(columns: Iterable[str], *, file_format: str) -> bytes:
    """Return how a file begins: in CSV with the names of its columns."""
    if file_format == ExportJob.Format.JSONL:
        return b""
    return (_MARK + _csv([list(columns)])).encode()


def lines_of(rows: Iterable[Mapping[str, Any]], *, file_format: str) -> bytes:
    """Return rows as lines.

    Args:
        rows: values by column, as `ExportTable.read` returns them.
        file_format: one of `ExportJob.Format`.
    """
    if file_format == ExportJob.Format.JSONL:
        return "".join(
            f"{_json({k: _plain(v) for k, v in row.items()})}\n" for row in rows
        ).encode()
    return _csv([[harmless(_cell(value)) for value in row.values()] for row in rows]).encode()


def _csv(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Return a value of JSON; times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _cell(value: Any) -> Any:
    """Return what a cell holds; yes and no as words of JSON, nothing as nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, dict):
        return _json(value) if value else ""
    return _plain(value)
