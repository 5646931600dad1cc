"""What a conversation's spreadsheet holds, and what a spreadsheet cannot be made to do by it."""

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from messaging.services.conversations.csv_export import conversation_as_csv, harmless
from messaging.services.conversations.notes import add_note, delete_note, edit_note
from messaging.services.times.date_styles import DateStyle, date_style
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_outbound, make_user

pytestmark = pytest.mark.django_db

SIGNS = "=+-@＝＋－＠"
SEPARATORS = [",", ";", "|", "\t", "\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"]
UNSEEN = [
    "",
    " ",
    "\u00a0",
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u202f",
    "\u3000",
    "\u00ad",
    '"',
    "\x00",
]


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+34", "'+34"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\t=1", "'\t'=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("Hi;=1+1", "Hi;'=1+1"),
        ("Hi; =1;-2", "Hi;' =1;'-2"),
        ("Hi\n=1", "Hi\n'=1"),
        ("Hi;\n=1", "Hi;\n'=1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("plain = text", "plain = text"),
        ("a-b; c+d", "a-b; c+d"),
        ("12:30 - 14:00", "12:30 - 14:00"),
        ("007", "'007"),
        ("34612345678901", "'34612345678901"),
        ("2026", "2026"),
        ("", ""),
        (None, ""),
        (7, "7"),
        (123456789012345, "123456789012345"),
    ],
)
def test_formulas_are_made_harmless(cell, safe):
    assert harmless(cell) == safe


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_no_cell_begins_a_formula_whatever_a_spreadsheet_separates_by(separator, unseen):
    for sign in SIGNS:
        text = harmless(f"Hello{separator}{unseen}{sign}1+1")
        line = io.StringIO()
        csv.writer(line).writerow([1, text, ""])

        for delimiter in ",;|\t":
            for row in line.getvalue().splitlines():
                for cell in row.split(delimiter):
                    assert cell.strip("".join(UNSEEN)).startswith(tuple(SIGNS)) is False


def rows_of(conversation):
    text = "".join(conversation_as_csv(conversation=conversation))
    assert text.startswith("\ufeffid,time,direction")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_export_holds_messages_and_notes_by_time():
    ana = make_user(first_name="Ana")
    conversation = make_inbound(content='=HYPERLINK("http://x")', at=NOW).conversation
    add_note(conversation=conversation, author=ana, content="hm", at=NOW + timedelta(minutes=1))
    make_outbound(conversation, "Line one\nline two", user=ana, at=NOW + timedelta(minutes=2))

    told = [
        (row["time"], row["direction"], row["text"], row["written by"])
        for row in rows_of(conversation)
    ]

    assert told == [
        ("2026-11-22T09:00:00+00:00", "inbound", '\'=HYPERLINK("http://x")', ""),
        ("2026-11-22T09:01:00+00:00", "note", "hm", "Ana"),
        ("2026-11-22T09:02:00+00:00", "outbound", "Line one\nline two", "Ana"),
    ]


def test_a_note_that_was_edited_or_deleted_says_so():
    ana = make_user()
    conversation = make_inbound().conversation
    for minute, content in enumerate(("kept", "edited", "deleted"), start=1):
        at = NOW + timedelta(minutes=minute)
        note, _new = add_note(conversation=conversation, author=ana, content=content, at=at)
        if content == "edited":
            edit_note(note=note, by=ana, content="better", at=at)
        elif content == "deleted":
            delete_note(note=note, by=ana, at=at)

    notes = [row for row in rows_of(conversation) if row["direction"] == "note"]

    assert [(row["text"], row["status"]) for row in notes] == [
        ("kept", ""),
        ("better", "edited"),
        ("", "deleted"),
    ]


def test_numbers_are_texts_that_a_spreadsheet_keeps():
    conversation = make_inbound(make_did(), "34612345678").conversation
    make_outbound(conversation, at=NOW + timedelta(minutes=1))

    assert [(row["from"], row["to"]) for row in rows_of(conversation)] == [
        ("'+34 612 34 56 78", "'+86 150 8888 8888"),
        ("'+86 150 8888 8888", "'+34 612 34 56 78"),
    ]


@pytest.mark.parametrize("sender", ["10086", "NXBANK"])
def test_a_short_code_or_a_name_stays_as_it_came(sender):
    conversation = make_inbound(phone=sender).conversation

    assert [row["from"] for row in rows_of(conversation)] == [sender]


def test_an_empty_conversation_is_a_line_of_headings():
    assert rows_of(make_conversation()) == []


def test_times_are_iso_8601_for_every_reader():
    message = make_outbound(make_conversation(make_did()))
    american = DateStyle(is_month_first=True, has_12_hours=True)

    with date_style(american), timezone.override("America/New_York"):
        (row,) = rows_of(message.conversation)

    local = timezone.localtime(message.created_at, ZoneInfo("America/New_York"))
    assert row["time"] == local.isoformat(timespec="seconds")
