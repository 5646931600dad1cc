"""Rows are written as CSV that no spreadsheet runs, or as one JSON object a line."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

from messaging.services.exports.lines import beginning, lines_of

ROW = {
    "text": '=1+1\n"quoted", 😀 \u2028',
    "at": datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8))),
    "labels": ["a", "b"],
    "fields": {"Plan": "Gold"},
    "none": None,
    "yes": True,
    "count": 3,
}


def test_json_lines_have_one_object_each():
    raw = lines_of([ROW, ROW], file_format="jsonl")

    lines = raw.decode().split("\n")
    assert [len(lines), lines[2]] == [3, ""]
    assert json.loads(lines[0]) == {**ROW, "at": "2026-11-22T01:00:00.123Z"}
    assert beginning(["text"], file_format="jsonl") == b""


def test_csv_can_be_read_back_and_begins_with_the_names():
    raw = beginning(ROW, file_format="csv") + lines_of([ROW], file_format="csv")

    assert raw.startswith(b"\xef\xbb\xbftext,at,")
    header, row = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert header == list(ROW)
    assert row == [
        "'" + ROW["text"],
        "2026-11-22T01:00:00.123Z",
        "a, b",
        '{"Plan":"Gold"}',
        "",
        "true",
        "3",
    ]


def test_a_time_in_utc_stays_what_it_is():
    row = {"at": datetime(2026, 1, 1, tzinfo=UTC)}

    assert lines_of([row], file_format="jsonl") == b'{"at":"2026-01-01T00:00:00.000Z"}\n'
