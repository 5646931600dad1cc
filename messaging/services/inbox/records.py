"""The database's values for the rows of a list, put into words only when they are needed."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from messaging.db.prepared import instant
from messaging.services.team.presence import REPLYING_LASTS
from messaging.services.times.relative_times import words_hold_until

from .facts import fact_of
from .rows import Row, row_of
from .sql import COLUMNS, fetch_lines

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.db.prepared import Statement
    from messaging.services.search.tokenizer import Part


class Record(NamedTuple):
    """What the database holds about one row: its words follow from it, from the clock and the zone.

    Attributes:
        line: a JSON array of COLUMNS.
        facts: JSON arrays of what other tables know, as `fact_of` reads them.
        message_id: the text that a search found, or the last before the note that it found; None
            when it found the contact.
        note_id: the note that a search found.
        is_of_memo: whether `text_parts` are of the contact's memo.
        name_parts: the name, cut where the search matches; empty without a search.
        text_parts: the text, cut where the search matches.
    """

    line: str
    facts: tuple[str, ...] = ()
    message_id: int | None = None
    note_id: int | None = None
    is_of_memo: bool = False
    name_parts: tuple[Part, ...] = ()
    text_parts: tuple[Part, ...] = ()

    @property
    def id(self) -> int:
        """The conversation's id."""
        return int(self.line[1 : self.line.index(",")])

    def values(self) -> dict[str, Any]:
        """Return COLUMNS by name."""
        return dict(zip(COLUMNS, json.loads(self.line), strict=True))

    def row(self, *, at: datetime) -> Row:
        """Put everything into words, in the active language and time zone.

        Args:
            at: now, aware UTC.
        """
        row = row_of(self.values(), map(fact_of, self.facts), at=at)
        row.message_id, row.note_id = self.message_id, self.note_id
        row.is_of_memo = self.is_of_memo
        row.name_parts, row.text_parts = list(self.name_parts), list(self.text_parts)
        return row

    def words_hold_until(self, *, at: datetime) -> datetime:
        """Return until when a row made now says what a row made later would say."""
        known = self.values()
        moments = [known["last_activity_at"], known["needs_reply_since"]]
        return words_hold_until([instant(moment) for moment in moments if moment], at=at)


def fetch_records(conversations: Statement, *, user: User, at: datetime) -> list[Record]:
    """Return a page of a list, with one statement.

    Args:
        conversations: selects COLUMNS in the order of the list.
        user: who looks.
        at: now, aware UTC.
    """
    found, told = fetch_lines(conversations, user_id=user.pk, replying_since=at - REPLYING_LASTS)
    facts: dict[str, list[str]] = defaultdict(list)
    for text in told:
        facts[text[: text.index(",")]].append(text)
    return [Record(line, tuple(facts.get(line[: line.index(",")], ()))) for line in found]
