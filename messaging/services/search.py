"""Search the whole history: texts, names, parts of numbers, within any view and filter.

Texts are put into the index a moment after they are written, by the worker or by whoever searches
first: receiving a text never waits for it.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from messaging.models import Conversation, Message

from .search_contacts import matching_contact_ids
from .search_indexing import index_waiting
from .search_matches import MESSAGES, newest_matches
from .search_terms import Part, Term, fits, snippet, terms_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

#: Rows that a search brings into the index before it looks.
INDEX_AT_ONCE: Final = 2000


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
    by_contact = _by_contact(terms, text=text, conversations=conversations, limit=page_size // 2)
    hits = [Hit(pk) for pk in by_contact] if before_id is None else []
    newest, next_id = _by_text(
        terms,
        conversations=conversations,
        known=by_contact,
        room=page_size - len(hits),
        before_id=before_id,
    )
    return Results(hits=hits + _hits_of(newest, terms), terms=terms, before_id=next_id)


def matching_conversations(
    conversations: QuerySet[Conversation], *, text: str
) -> QuerySet[Conversation]:
    """Keep the conversations that a search for a text would find.

    Args:
        conversations: where to look.
        text: what was typed; without a word in it nothing is found.
    """
    terms = terms_of(text)
    if not terms:
        return conversations.none()
    index_waiting(limit=INDEX_AT_ONCE)
    contacts = matching_contact_ids(terms, text=text)
    places = {place for batch in newest_matches(MESSAGES, terms) for _id, place in batch.matches}
    return conversations.filter(Q(contact_id__in=contacts) | Q(pk__in=places))


# Contacts --------------------------------------------------------------------------------------


def _by_contact(
    terms: list[Term], *, text: str, conversations: QuerySet[Conversation], limit: int
) -> list[int]:
    """Return the conversations with the contacts that fit, latest activity first."""
    contacts = matching_contact_ids(terms, text=text)
    if not contacts:
        return []
    rows = conversations.filter(contact_id__in=contacts).order_by("-last_activity_at", "-id")
    return list(rows.values_list("id", flat=True)[:limit])


# Texts -----------------------------------------------------------------------------------------


def _by_text(
    terms: list[Term],
    *,
    conversations: QuerySet[Conversation],
    known: Collection[int],
    room: int,
    before_id: int | None,
) -> tuple[dict[int, int], int | None]:
    """Return the conversations with the newest texts that fit, and where the next page begins.

    Args:
        terms: what a text must hold.
        conversations: where to look.
        known: conversations that are shown anyway.
        room: how many more the page holds.
        before_id: where the previous page ended.

    Returns:
        The newest message of each that fits; and the id below which nothing was looked at.
    """
    newest: dict[int, int] = {}
    wanted = conversations.order_by()
    next_id = None
    with closing(newest_matches(MESSAGES, terms, before_id=before_id)) as batches:
        for batch in batches:
            places = {place for _id, place in batch.matches}.difference(known, newest)
            allowed = set(wanted.filter(pk__in=places).values_list("pk", flat=True))
            if before_id is not None:
                allowed -= _shown_before(allowed, terms, before_id=before_id)
            for message_id, place in batch.matches:
                if place not in allowed or place in newest:
                    continue
                if len(newest) == room:
                    return newest, message_id + 1
                newest[place] = message_id
            next_id = batch.next_id
    return newest, next_id


def _shown_before(places: Collection[int], terms: list[Term], *, before_id: int) -> set[int]:
    """Return those of some conversations that a newer text brought onto an earlier page."""
    newer = Message.objects.filter(
        conversation_id__in=places, pk__gte=before_id, search_text__isnull=False
    )
    rows = newer.order_by().values_list("conversation_id", "search_text")
    return {place for place, words in rows if place is not None and fits(words or "", terms)}


def _hits_of(newest: dict[int, int], terms: list[Term]) -> list[Hit]:
    texts = dict(Message.objects.filter(pk__in=newest.values()).values_list("id", "content"))
    return [
        Hit(
            conversation_id=conversation_id,
            message_id=message_id,
            parts=snippet(texts[message_id], terms),
        )
        for conversation_id, message_id in newest.items()
    ]
