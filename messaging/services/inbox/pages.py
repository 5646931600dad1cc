"""Which conversations a page of a list holds, with the same few queries at any length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from messaging.db.prepared import Statement, instant
from messaging.models import Conversation, rights_of, stand_in
from messaging.services.search.contacts import numbers_in
from messaging.services.search.search import search
from messaging.services.search.tokenizer import marked, marked_digits

from .cursor import cursor_text
from .query import WAITING, ListQuery
from .records import Record, fetch_records
from .sql import page_statement, rows_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.policy import Rights
    from messaging.services.search.snippets import Hit
    from messaging.services.search.tokenizer import Part, Term

    from .rows import Row
    from .sql import Order

PAGE_SIZE: Final = 40
#: Which of the COLUMNS a page ends with.
_ENDS: Final = {"n": "last_activity_at", "w": "needs_reply_since"}
#: A few hundred people with a dozen views each.
STATEMENTS_KEPT: Final = 4096


@dataclass(frozen=True)
class Page:
    """A page of a list.

    Attributes:
        records: at most PAGE_SIZE conversations.
        at: when it was read, aware UTC.
        next_cursor: for the address of the next page; "" on the last.
        few: what `ListQuery.few_ids` found.
        is_cut: of a search, whether more fits than its pages show together.
    """

    records: list[Record]
    at: datetime
    next_cursor: str = ""
    few: list[int] | None = None
    is_cut: bool = False

    @cached_property
    def rows(self) -> list[Row]:
        """The conversations in words."""
        return [record.row(at=self.at) for record in self.records]


def list_page(*, query: ListQuery, user: User, at: datetime) -> Page:
    """Return one page of a list.

    Args:
        query: the list.
        user: who looks.
        at: now, aware UTC.
    """
    if query.text:
        return _page_of_hits(query=query, user=user, at=at)
    few = query.few_ids(user=user)
    records, next_cursor = _records(_Asked(query, user, at, few))
    return Page(records, at, next_cursor, few)


def _page_of_hits(*, query: ListQuery, user: User, at: datetime) -> Page:
    results = search(
        text=query.text,
        conversations=query.conversations(user=user),
        user=user,
        page_size=PAGE_SIZE,
        before_id=query.before_hit,
    )
    hits = {hit.conversation_id: hit for hit in results.hits}
    records = [
        _marked(record, hits[record.id], terms=results.terms, text=query.text, at=at)
        for record in _certain_records(ids=hits, user=user, at=at)
    ]
    return Page(records, at, str(results.before_id or ""), is_cut=results.is_cut)


def _marked(record: Record, hit: Hit, *, terms: list[Term], text: str, at: datetime) -> Record:
    """Mark in a row what was looked for: in the text that was found, the name, or the number."""
    row = record.row(at=at)
    name_parts, text_parts = marked(row.name, terms), hit.parts
    is_by_contact = hit.message_id is None and hit.note_id is None
    number = _marked_number(row.phone, text) if is_by_contact else []
    if row.name == row.phone:
        name_parts = number or name_parts
    else:
        text_parts = number or text_parts
    return record._replace(
        message_id=hit.message_id,
        note_id=hit.note_id,
        is_of_memo=hit.is_of_memo and text_parts is hit.parts,
        name_parts=tuple(name_parts),
        text_parts=tuple(text_parts),
    )


def _marked_number(phone: str, text: str) -> list[Part]:
    marks = (marked_digits(phone, digits) for digits in numbers_in(text))
    return next(filter(None, marks), [])


def _certain_records(*, ids: Iterable[int], user: User, at: datetime) -> list[Record]:
    """Return certain conversations in the order of the ids, without those not visible."""
    wanted = list(ids)
    rows = Conversation.objects.visible_to(user).filter(pk__in=wanted).order_by()
    found = fetch_records(rows_statement(rows, user=user), user=user, at=at)
    by_id = {record.id: record for record in found}
    return [by_id[pk] for pk in wanted if pk in by_id]


# What comes when ---------------------------------------------------------------------------------


class _Asked(NamedTuple):
    """What is asked for a page that is no search."""

    query: ListQuery
    user: User
    at: datetime
    few: list[int] | None


def _records(asked: _Asked) -> tuple[list[Record], str]:
    """Return a page's conversations and where the next page begins."""
    query = asked.query
    if query.sort != WAITING:
        return _cut(_run(asked, order="n"), order="n")
    waiting: list[Record] = []
    if query.before is None or query.before[0] == "w":
        waiting, next_cursor = _cut(_run(asked, order="w"), order="w")
        if next_cursor:
            return waiting, next_cursor
    if query.kind == "needs-reply":
        return waiting, ""
    return _then_the_others(_run(asked, order="others"), waiting=waiting)


def _then_the_others(others: list[Record], *, waiting: list[Record]) -> tuple[list[Record], str]:
    """Put behind those that wait the others, newest first."""
    room = PAGE_SIZE - len(waiting)
    if not room:
        return waiting, _cursor(waiting[-1], order="w") if others else ""
    rest, next_cursor = _cut(others, order="n", room=room)
    return waiting + rest, next_cursor


def _cut(found: list[Record], *, order: Order, room: int = PAGE_SIZE) -> tuple[list[Record], str]:
    if len(found) <= room:
        return found, ""
    return found[:room], _cursor(found[room - 1], order=order)


def _cursor(last: Record, *, order: Order) -> str:
    return cursor_text((order, instant(last.values()[_ENDS[order]]), last.id))


def _run(asked: _Asked, *, order: Order) -> list[Record]:
    """Return a page's conversations and one more, in one order, from where the last page ended."""
    query, user, at, few = asked
    if query.before is not None or few is not None:
        statement = _statement(query, user, order=order, few=few)
    else:
        key = (user.pk, rights_of(user))
        statement = _first_page(query, *key, order)
    return fetch_records(statement, user=user, at=at)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _first_page(query: ListQuery, user_id: int, rights: Rights, order: Order) -> Statement:
    """Return the statement of a list's beginning: the same as long as all these are."""
    user = stand_in(user_id, rights)
    return _statement(query, user, order=order)


def _statement(
    query: ListQuery, user: User, *, order: Order, few: Sequence[int] | None = None
) -> Statement:
    rows = query.conversations(user=user, is_ordered=few is None, few=few)
    return page_statement(rows, user=user, order=order, before=query.before, limit=PAGE_SIZE + 1)
