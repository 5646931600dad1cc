"""Search the whole history: texts, names, parts of numbers, within any view and filter.

Texts are put into the index a moment after they are written, by the worker or by whoever searches
first: receiving a text never waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction
from django.db.models import Q

from messaging.models import Contact, Conversation, Message
from messaging.phone_numbers import digits_of

from .search_terms import (
    LEAST_DIGITS,
    Part,
    Term,
    fts5_query,
    search_text_of_contact,
    search_text_of_message,
    snippet,
    terms_of,
    tsquery,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: Rows that a search brings into the index before it looks.
INDEX_AT_ONCE: Final = 2000
#: Contacts that a name or number may stand for.
MOST_CONTACTS: Final = 200
#: Matching texts that are looked at for one page: newest first, before view and filters.
MOST_MATCHES: Final = 2000
#: PostgreSQL walks the primary key for "newest first": looked at alone, this stretch is quick.
NEWEST_STRETCH: Final = 10_000


@dataclass(frozen=True)
class Hit:
    """A conversation that fits.

    Attributes:
        conversation_id: which.
        message_id: the newest text that fits; None when the contact does.
        parts: one line of the text, cut where it matches; empty when the contact fits.
    """

    conversation_id: int
    message_id: int | None = None
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Results:
    """A page of hits.

    Attributes:
        hits: conversations, those whose contact fits first.
        terms: what was looked for, to mark it.
        before_id: where the next page begins; None on the last.
    """

    hits: list[Hit]
    terms: list[Term]
    before_id: int | None = None


def index_waiting(*, limit: int = 200) -> int:
    """Put what is not in the index yet into it; return how many rows.

    Args:
        limit: at most this many messages, and as many contacts.
    """
    return _index_messages(limit=limit) + _index_contacts(limit=limit)


def _index_messages(*, limit: int) -> int:
    waiting = Message.objects.filter(search_text__isnull=True).order_by("-id")
    if not waiting.exists():
        return 0
    # Locked, so that a text that is being hidden cannot be indexed as it was.
    with transaction.atomic():
        rows = waiting.select_for_update(skip_locked=True).only("id", "content")[:limit]
        messages = list(rows)
        for message in messages:
            message.search_text = search_text_of_message(message.content)
        Message.objects.bulk_update(messages, ["search_text"], batch_size=200)
    return len(messages)


def _index_contacts(*, limit: int) -> int:
    waiting = Contact.objects.filter(search_text__isnull=True).order_by("-id")
    if not waiting.exists():
        return 0
    with transaction.atomic():
        rows = waiting.select_for_update(skip_locked=True).only("id", "name", "phone_key")[:limit]
        contacts = list(rows)
        for contact in contacts:
            contact.search_text = search_text_of_contact(
                name=contact.name, phone_key=contact.phone_key
            )
        Contact.objects.bulk_update(contacts, ["search_text"], batch_size=200)
    return len(contacts)


def search(
    *,
    text: str,
    conversations: QuerySet[Conversation],
    page_size: int,
    before_id: int | None = None,
) -> Results:
    """Find conversations by name, number or any text in them.

    Args:
        text: what was typed.
        conversations: where to look: visible, and filtered.
        page_size: hits on a page.
        before_id: where the previous page ended.
    """
    terms = terms_of(text)
    if not terms:
        return Results(hits=[], terms=[])
    index_waiting(limit=INDEX_AT_ONCE)
    hits: dict[int, Hit] = {}
    if before_id is None:
        hits |= _hits_by_contact(terms, text=text, conversations=conversations, limit=page_size)
    ids = _newest_matches(terms, before_id=before_id)
    next_id = ids[-1] if len(ids) == MOST_MATCHES else None
    newest: dict[int, int] = {}
    last_id = None
    for message_id, conversation_id in _places(ids, conversations=conversations):
        if conversation_id not in hits and conversation_id not in newest:
            if len(hits) + len(newest) >= page_size:
                next_id = last_id
                break
            newest[conversation_id] = message_id
        last_id = message_id
    hits |= _hits_by_text(newest, terms)
    return Results(hits=list(hits.values()), terms=terms, before_id=next_id)


def matching_conversations(
    conversations: QuerySet[Conversation], *, text: str
) -> QuerySet[Conversation]:
    """Keep the conversations that a search for a text would find.

    Args:
        conversations: where to look.
        text: what was typed; without a word in it everything is kept.
    """
    terms = terms_of(text)
    if not terms:
        return conversations
    index_waiting(limit=INDEX_AT_ONCE)
    contacts = _matching_contact_ids(terms, text=text)
    places = Message.objects.filter(pk__in=_newest_matches(terms))
    return conversations.filter(
        Q(contact_id__in=contacts) | Q(pk__in=places.values("conversation_id"))
    )


# Contacts --------------------------------------------------------------------------------------


def _matching_contact_ids(terms: list[Term], *, text: str) -> list[int]:
    found = _matches("messaging_contact", terms, limit=MOST_CONTACTS)
    digits = digits_of(text)
    if len(digits) >= LEAST_DIGITS and len(terms) > 1:
        # "+34 612 34" is one number typed with spaces, not three words.
        whole = [Term(words=(digits,), is_prefix=True, plain=digits)]
        found += _matches("messaging_contact", whole, limit=MOST_CONTACTS)
    return found


def _hits_by_contact(
    terms: list[Term], *, text: str, conversations: QuerySet[Conversation], limit: int
) -> dict[int, Hit]:
    contacts = _matching_contact_ids(terms, text=text)
    if not contacts:
        return {}
    rows = conversations.filter(contact_id__in=contacts).order_by("-last_activity_at", "-id")
    ids = rows.values_list("id", flat=True)[: limit // 2]
    return {pk: Hit(conversation_id=pk) for pk in ids}


# Texts -----------------------------------------------------------------------------------------


def _places(ids: list[int], *, conversations: QuerySet[Conversation]) -> list[tuple[int, int]]:
    """Return id and conversation of those messages that lie in the conversations, newest first.

    In two steps: asked in one, SQLite reads every conversation first.
    """
    rows = Message.objects.filter(pk__in=ids).order_by("-id")
    pairs = list(rows.values_list("id", "conversation_id"))
    wanted = conversations.order_by().filter(pk__in={place for _id, place in pairs})
    allowed = set(wanted.values_list("pk", flat=True))
    return [pair for pair in pairs if pair[1] in allowed]


def _hits_by_text(newest: dict[int, int], terms: list[Term]) -> dict[int, Hit]:
    texts = dict(Message.objects.filter(pk__in=newest.values()).values_list("id", "content"))
    return {
        conversation_id: Hit(
            conversation_id=conversation_id,
            message_id=message_id,
            parts=snippet(texts[message_id], terms),
        )
        for conversation_id, message_id in newest.items()
    }


def _newest_matches(terms: list[Term], *, before_id: int | None = None) -> list[int]:
    """Return the ids of the newest messages whose words fit."""
    if connection.vendor != "postgresql":
        return _matches("messaging_message", terms, limit=MOST_MATCHES, before_id=before_id)
    top = (
        before_id or (Message.objects.order_by("-id").values_list("id", flat=True).first() or 0) + 1
    )
    newest = _matches(
        "messaging_message",
        terms,
        limit=MOST_MATCHES,
        before_id=top,
        after_id=top - NEWEST_STRETCH,
    )
    if len(newest) == MOST_MATCHES:
        return newest
    return _matches("messaging_message", terms, limit=MOST_MATCHES, before_id=top)


def _matches(
    table: str,
    terms: list[Term],
    *,
    limit: int,
    before_id: int | None = None,
    after_id: int = 0,
) -> list[int]:
    """Return the newest ids of a table whose words fit."""
    if connection.vendor == "sqlite":
        sql = f"""
            SELECT rowid FROM {table}_fts
            WHERE {table}_fts MATCH %s AND rowid < %s AND rowid > %s
            ORDER BY rowid DESC LIMIT %s
        """  # noqa: S608  (the table is one of ours)
        query = fts5_query(terms)
    else:
        # All matches first, then the newest: asked in one, the planner walks the whole key.
        sql = f"""
            WITH found AS MATERIALIZED (
                SELECT id FROM {table}
                WHERE search_vector @@ to_tsquery('simple', %s) AND id < %s AND id > %s
            )
            SELECT id FROM found ORDER BY id DESC LIMIT %s
        """  # noqa: S608  (the table is one of ours)
        query = tsquery(terms)
    params: list[Any] = [query, before_id or 2**62, after_id, limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]
