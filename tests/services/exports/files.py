"""Exports for tests: the worker's turns run without a rest, files are read whole."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.models import User

from messaging.models import ExportJob
from messaging.services.exports.jobs import files_of, open_file, start_export
from messaging.services.exports.steps import keep_exporting
from messaging.services.exports.tables import TABLES
from tests.factories import NOW


def work() -> int:
    """Let the worker do all that it has to."""
    return keep_exporting(clock=lambda: 0.0, rest=lambda seconds: None)


def exported(by: User, *tables: str, file_format: str = "jsonl") -> ExportJob:
    """An export that is over."""
    job = start_export(tables=tables or TABLES, file_format=file_format, by=by, at=NOW)
    work()
    job.refresh_from_db()
    return job


def text_of(job: ExportJob, table: str) -> str:
    """All of a file."""
    file = next(each for each in files_of(job) if each.table == table)
    parts = open_file(job, file, begin=0, end=file.byte_count, by=job.owner, at=NOW)
    raw = b"".join(parts)
    assert len(raw) == file.byte_count
    return raw.decode()


def rows_of(job: ExportJob, table: str) -> list[dict[str, Any]]:
    """The rows of a file of JSON Lines."""
    return [json.loads(line) for line in text_of(job, table).splitlines()]
