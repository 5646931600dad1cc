"""Ask the databases' text indexes for the newest rows that fit, no more of them than are wanted.

Both would rather find everything first: for a word in every twentieth of a million texts that takes
a tenth of a second. SQLite walks its index from the newest row down, when it is let go on only as
far as rows are wanted. PostgreSQL's index knows no order: for a frequent word the newest rows are
looked through one by one, for a rare one the index is asked. How frequent a word is, the first
short walk tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from messaging.models import DidNumber, rights_of
from messaging.policy import Action

from .tokenizer import fts5_query, tsquery

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from django.contrib.auth.models import User

    from .tokenizer import Term

#: Matches that are looked at for one page: newest first, before view and filters.
MOST_MATCHES: Final = 2000
#: Most pages are full after this many.
FIRST_BATCH: Final = 64
#: Rows that PostgreSQL looks through before anything is known of a word.
FIRST_WALK: Final = 2000
#: What asking PostgreSQL's index costs, in rows looked through: to begin, and for each match.
ASK_COST: Final = 30_000
FETCH_COST: Final = 6


@dataclass(frozen=True)
class Table:
    """A table whose texts are indexed.

    Attributes:
        name: in the database.
        owner: the column that says where a row belongs.
        is_on: the condition that a row belongs to one of some DID numbers: {row} is the row and
            {numbers} their ids.
    """

    name: str
    owner: str
    is_on: str


_IN_THREAD: Final = """EXISTS (
    SELECT 1 FROM messaging_conversation v
    WHERE v.id = {row}.conversation_id AND v.did_number_id IN ({numbers}))"""
_WITH_THREAD: Final = """EXISTS (
    SELECT 1 FROM messaging_conversation v
    WHERE v.contact_id = {row}.id AND v.did_number_id IN ({numbers}))"""

MESSAGES: Final = Table(
    name="messaging_message",
    owner="conversation_id",
    is_on="{row}.did_number_id IN ({numbers})",
)
CONTACTS: Final = Table(name="messaging_contact", owner="id", is_on=_WITH_THREAD)
NOTES: Final = Table(name="messaging_note", owner="conversation_id", is_on=_IN_THREAD)
MEMOS: Final = Table(name="messaging_memo", owner="conversation_id", is_on=_IN_THREAD)

#: The contacts with some words.
_CONTACTS_THAT_FIT: Final = {
    "sqlite": "SELECT rowid FROM messaging_contact_fts WHERE messaging_contact_fts MATCH %s",
    "postgresql": """
        SELECT id FROM messaging_contact WHERE search_vector @@ to_tsquery('simple', %s)""",
}

#: A row's id and where it belongs.
Match = tuple[int, int]


@dataclass(frozen=True)
class Batch:
    """Some matches.

    Attributes:
        matches: newest first.
        next_id: what is below this id has not been looked at; None when everything has been.
    """

    matches: list[Match]
    next_id: int | None


def numbers_seen_by(user: User) -> list[int] | None:
    """Return the DID numbers on which a person may find anything; None for all of them."""
    if rights_of(user).allows_everywhere(Action.READ):
        return None
    numbers = DidNumber.objects.visible_to(user).order_by("pk")
    return list(numbers.values_list("pk", flat=True))


def newest_matches(
    table: Table,
    terms: list[Term],
    *,
    numbers: Sequence[int] | None = None,
    before_id: int | None = None,
) -> Generator[Batch, None, None]:
    """Yield the newest rows whose words fit, in growing batches, at most MOST_MATCHES of them.

    Args:
        table: where to look.
        terms: all of them must be found.
        numbers: look only at what belongs to these DID numbers, so that what others have changes
            neither what is found nor where a search ends; None for all.
        before_id: look only below this id.

    Yields:
        Batches; nothing is asked for one that nobody takes. A batch may be short and not the last.
    """
    is_on = _condition(table, numbers)
    if connection.vendor == "sqlite":
        return _walk_index(table, fts5_query(terms), before_id or 2**62, is_on=is_on)
    return _walk_or_ask(table, tsquery(terms), before_id, is_on=is_on)


def _condition(table: Table, numbers: Sequence[int] | None) -> str:
    """Return what is asked of a row besides its words: nothing, or the DID number."""
    if numbers is None:
        return "TRUE"
    if not numbers:
        return "FALSE"
    return table.is_on.format(row="found_row", numbers=", ".join(map(str, numbers)))


def contacts_met_last(terms: list[Term], *, numbers: Sequence[int]) -> list[int]:
    """Return the contacts whose words fit, by their newest conversations, at most MOST_MATCHES.

    A contact's own id says when anybody first heard of it, so where a member's search is cut off
    it must not decide. This reads all matches: ask only for words that fit many contacts.

    Args:
        terms: all of them must be found.
        numbers: the DID numbers whose conversations count.
    """
    is_sqlite = connection.vendor == "sqlite"
    query = fts5_query(terms) if is_sqlite else tsquery(terms)
    sql = f"""
        SELECT v.contact_id FROM messaging_conversation v
        WHERE v.did_number_id IN ({", ".join(map(str, numbers)) or "NULL"})
            AND v.contact_id IN ({_CONTACTS_THAT_FIT[connection.vendor]})
        ORDER BY v.id DESC LIMIT %s
    """  # noqa: S608  (our own names)
    return list(dict.fromkeys(pk for (pk,) in _fetch(sql, [query, MOST_MATCHES])))


# SQLite ----------------------------------------------------------------------------------------


def _walk_index(
    table: Table, query: str, before_id: int, *, is_on: str
) -> Generator[Batch, None, None]:
    # CROSS JOIN keeps the order: the index first, then each row by its key.
    sql = f"""
        SELECT fts.rowid, found_row.{table.owner}
        FROM {table.name}_fts fts CROSS JOIN {table.name} found_row ON found_row.id = fts.rowid
        WHERE fts.{table.name}_fts MATCH %s AND fts.rowid < %s AND {is_on}
        ORDER BY fts.rowid DESC LIMIT %s
    """  # noqa: S608  (our own names)
    with connection.cursor() as cursor:
        cursor.execute(sql, [query, before_id, MOST_MATCHES])
        found = 0
        while found < MOST_MATCHES:
            size = _size_after(found)
            matches = cursor.fetchmany(size)
            found += len(matches)
            is_last = len(matches) < size
            yield Batch(matches, None if is_last else matches[-1][0])
            if is_last:
                return


def _size_after(found: int) -> int:
    """Return how many matches the next batch should have."""
    return min(max(FIRST_BATCH, 2 * found), MOST_MATCHES - found)


# PostgreSQL ------------------------------------------------------------------------------------


def _walk_or_ask(
    table: Table, query: str, before_id: int | None, *, is_on: str
) -> Generator[Batch, None, None]:
    top = before_id or _greatest_id(table) + 1
    looked = found = 0
    while found < MOST_MATCHES and top > 1:
        wanted = _size_after(found)
        if looked and not _walking_pays(wanted=wanted, found=found, looked=looked, top=top):
            matches = _ask(table, query, below=top, limit=MOST_MATCHES - found, is_on=is_on)
            yield from _in_batches(matches, found=found)
            return
        length = wanted * looked * 3 // (found * 2) if looked else FIRST_WALK
        matches = _walk(table, query, below=top, length=length, limit=wanted, is_on=is_on)
        end = matches[-1][0] if len(matches) == wanted else max(top - length, 1)
        looked, found, top = looked + top - end, found + len(matches), end
        yield Batch(matches, top if top > 1 else None)


def _walking_pays(*, wanted: int, found: int, looked: int, top: int) -> bool:
    """Tell whether looking through rows finds what is wanted sooner than the index does."""
    if not found:
        return False
    return wanted * looked / found < ASK_COST + FETCH_COST * top * found / looked


def _in_batches(matches: list[Match], *, found: int) -> Generator[Batch, None, None]:
    """Hand out what the index found, as much at once as is likely to be wanted."""
    are_all = len(matches) < MOST_MATCHES - found
    begin = 0
    while True:
        end = begin + _size_after(found + begin)
        is_last = end >= len(matches)
        part = matches[begin:end]
        yield Batch(part, None if is_last and are_all else part[-1][0])
        if is_last:
            return
        begin = end


def _greatest_id(table: Table) -> int:
    rows = _fetch(f"SELECT COALESCE(MAX(id), 0) FROM {table.name}", [])  # noqa: S608  (our own name)
    greatest: int = rows[0][0]
    return greatest


def _walk(
    table: Table, query: str, *, below: int, length: int, limit: int, is_on: str
) -> list[Match]:
    """Look through a stretch of rows, newest first, until enough fit."""
    # OFFSET 0 keeps the planner from asking the index, which it does when it errs about a word.
    sql = f"""
        SELECT id, {table.owner} FROM (
            SELECT * FROM {table.name} WHERE id < %s AND id >= %s ORDER BY id DESC OFFSET 0
        ) found_row
        WHERE search_vector @@ to_tsquery('simple', %s) AND {is_on} LIMIT %s
    """  # noqa: S608  (our own names)
    return _fetch(sql, [below, below - length, query, limit])


def _ask(table: Table, query: str, *, below: int, limit: int, is_on: str) -> list[Match]:
    """Ask the index for all matches and keep the newest."""
    # MATERIALIZED keeps the planner from walking the whole key for "newest first".
    sql = f"""
        WITH found AS MATERIALIZED (
            SELECT id, {table.owner} AS owner FROM {table.name} found_row
            WHERE search_vector @@ to_tsquery('simple', %s) AND id < %s AND {is_on}
        )
        SELECT id, owner FROM found ORDER BY id DESC LIMIT %s
    """  # noqa: S608  (our own names)
    return _fetch(sql, [query, below, limit])


def _fetch(sql: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall()
    return rows
