"""A conversation as rows for a spreadsheet, with formulas neutralized."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from messaging.models import Message, Note
from messaging.services.team.display_names import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from messaging.models import Conversation

HEADINGS: Final = (
    "id", "time", "direction", "from", "to", "text", "status", "error", "segments",
    "billed segments", "cost", "written by",
)  # fmt: skip
#: Where a spreadsheet may begin a new cell, whatever it was told, or its language takes it, to
#: separate by: quotes protect only against the sign that really separates.
_SEPARATORS: Final = r",;|\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029"
#: What spreadsheets leave out before they look at a cell: spaces, what has no width, quotes.
_SKIPPED: Final = (
    r"\x00-\x08\x0e-\x1b\x1f \"\x7f-\x84\x86-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5"
    r"\u180b-\u180f\u2000-\u200f\u202a-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
#: With these a formula begins, in half and full width.
_FORMULA: Final = re.compile(rf"(^|[{_SEPARATORS}])(?=[{_SKIPPED}]*[=+\-@＝＋－＠﹦﹢﹣﹫])")
_BEGINS_OTHERWISE: Final = ("\t", "\r", "\n")
#: Digits that a spreadsheet takes for a number and does not show as they are.
_LONG_NUMBER: Final = re.compile(r"0[0-9]+|[0-9]{12,}")


class _Line:
    """A file that returns what is written, for csv.writer."""

    def write(self, text: str) -> str:
        return text


def harmless(value: object) -> str:
    """Return a cell that no spreadsheet runs, or shows as another number than it is.

    An apostrophe is put before what would be a formula, wherever in the text a cell may begin, and
    before digits of which some would get lost.
    """
    text = "" if value is None else str(value)
    safe = _FORMULA.sub(r"\1'", text)
    is_number = isinstance(value, str) and _LONG_NUMBER.fullmatch(text)
    is_odd = text.startswith(_BEGINS_OTHERWISE) and not safe.startswith("'")
    return f"'{safe}" if is_number or is_odd else safe


def conversation_as_csv(*, conversation: Conversation) -> Iterator[str]:
    """Return the lines of a CSV file: messages and notes by time, times in the active zone.

    The first character is a byte order mark: without it spreadsheets do not see UTF-8.
    """
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(HEADINGS)
    for row in _rows(conversation):
        yield writer.writerow([harmless(cell) for cell in row])


def _rows(conversation: Conversation) -> Iterator[tuple[object, ...]]:
    # As people read them, "+34 612 34 56 78": a spreadsheet makes 3.46E+10 of the digits alone.
    ours, theirs = conversation.did_number.formatted, conversation.contact.formatted
    messages = Message.objects.filter(conversation=conversation).order_by("id")
    notes = Note.objects.filter(conversation=conversation)
    everything: list[Message | Note] = [
        *messages.select_related("sent_by"),
        *notes.select_related("author"),
    ]
    for row in sorted(everything, key=lambda row: row.created_at):
        if isinstance(row, Note):
            yield _of_note(row)
        else:
            yield _of_message(row, ours=ours, theirs=theirs)


def _of_message(message: Message, *, ours: str, theirs: str) -> tuple[object, ...]:
    return (
        message.pk,
        _time(message.created_at),
        message.direction,
        theirs if message.is_inbound else ours,
        ours if message.is_inbound else theirs,
        message.content,
        message.status,
        message.error,
        message.segments,
        message.billed_segments,
        message.cost,
        name_of(message.sent_by),
    )


def _of_note(note: Note) -> tuple[object, ...]:
    told = ("", _time(note.created_at), "note", "", "", note.content, _state_of(note))
    return (*told, "", "", "", "", name_of(note.author))


def _state_of(note: Note) -> str:
    if note.deleted_at is not None:
        return "deleted"
    return "edited" if note.edited_at is not None else ""


def _time(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds")
