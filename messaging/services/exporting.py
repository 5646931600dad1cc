"""A conversation as rows for a spreadsheet, with formulas made harmless."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from messaging.models import Message, Note

from .people import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from messaging.models import Conversation

HEADINGS: Final = (
    "id", "time", "direction", "from", "to", "text", "status", "error", "segments",
    "billed segments", "cost", "written by",
)  # fmt: skip
#: A cell that begins so is run as a formula by spreadsheets.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """A file that returns what is written, for csv.writer."""

    def write(self, text: str) -> str:
        return text


def harmless(value: object) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe stands before a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def conversation_as_csv(*, conversation: Conversation) -> Iterator[str]:
    """Return the lines of a CSV file: messages and notes by time, times in the active zone.

    The first character is a byte order mark: without it spreadsheets do not see UTF-8.
    """
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(HEADINGS)
    for row in _rows(conversation):
        yield writer.writerow([harmless(cell) for cell in row])


def _rows(conversation: Conversation) -> Iterator[tuple[object, ...]]:
    ours, theirs = conversation.did_number.number, conversation.contact.phone
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
    told = ("", _time(note.created_at), "note", "", "", note.content)
    return (*told, "", "", "", "", "", name_of(note.author))


def _time(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds")
