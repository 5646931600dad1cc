"""Search the whole history: texts, notes, names, parts of numbers, within any view and filter.

A user who sees a conversation sees its notes, so nothing more is asked for them. Texts are put into
the index a moment after they are written, by the worker or by the first search: receiving a
text never waits for it.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import Q

from messaging.models import Conversation, Message
from messaging.services.access.visible_contacts import hide_unknown

from .contacts import MOST_CONTACTS, matching_contact_ids, matching_memo_conversations
from .index_scan import MESSAGES, NOTES, newest_matches, numbers_seen_by
from .indexing import index_waiting
from .snippets import Hit, hit_of_contact, hits_of_notes, hits_of_texts
from .tokenizer import Term, exact_terms_of, fits, terms_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from .index_scan import Table

#: Rows that a search brings into the index before it looks.
INDEX_AT_ONCE: Final = 2000


@dataclass(frozen=True)
class Results:
    """A page of hits.

    Attributes:
        hits: conversations: whose contact fits, then those with a note that does, then by texts.
        terms: what was looked for, to mark it.
        before_id: where the next page begins; None on the last.
        is_cut: whether more contacts or notes fit than any page shows.
    """

    hits: list[Hit]
    terms: list[Term]
    before_id: int | None = None
    is_cut: bool = False


def search(
    *,
    text: str,
    conversations: QuerySet[Conversation],
    user: User,
    page_size: int,
    before_id: int | None = None,
) -> Results:
    """Find conversations by their contact or any text or note in them.

    Texts that hold a reference such as AB-1234/56 to the letter are on the first page, in half of
    it at most; so do contacts, in half of what is left, and notes, in half of the rest. A
    conversation comes once: by such a text, else by its contact, else by a note, else by a text.

    Args:
        text: what was typed.
        conversations: where to look: visible, and filtered.
        user: who searches.
        page_size: hits on a page.
        before_id: where the previous page ended.
    """
    terms = terms_of(text)
    if not terms:
        return Results(hits=[], terms=[])
    index_waiting(limit=INDEX_AT_ONCE)
    numbers = numbers_seen_by(user)
    exact_terms = exact_terms_of(text)
    exact: dict[int, int] = {}
    if exact_terms:
        search = _Search(exact_terms, conversations, numbers)
        exact, _next_id = _by_text(MESSAGES, search, known=(), room=page_size // 2)
        conversations = conversations.exclude(pk__in=exact)
    by_contact, has_more_contacts = _by_contact(
        terms,
        text=text,
        conversations=conversations,
        user=user,
        limit=(page_size - len(exact)) // 2,
    )
    known = [hit.conversation_id for hit in by_contact]
    search = _Search(terms, conversations, numbers)
    by_note, next_note_id = _by_text(
        NOTES, search, known=known, room=(page_size - len(exact) - len(by_contact)) // 2
    )
    hits = []
    if before_id is None:
        hits = hits_of_texts(exact, exact_terms) + by_contact + hits_of_notes(by_note, terms)
    newest, next_id = _by_text(
        MESSAGES,
        search,
        known=[*known, *by_note],
        room=page_size - len(hits),
        before_id=before_id,
    )
    return Results(
        hits=hits + hits_of_texts(newest, terms),
        terms=terms,
        before_id=next_id,
        is_cut=has_more_contacts or next_note_id is not None,
    )


def matching_conversations(
    conversations: QuerySet[Conversation], *, text: str, user: User
) -> QuerySet[Conversation]:
    """Keep the conversations that a search for a text would find.

    Args:
        conversations: where to look.
        text: what was typed; without a word in it nothing is found.
        user: who searches.
    """
    terms = terms_of(text)
    if not terms:
        return conversations.none()
    index_waiting(limit=INDEX_AT_ONCE)
    contacts = matching_contact_ids(terms, text=text, user=user)
    numbers = numbers_seen_by(user)
    conversation_ids = {
        conversation_id
        for table in (MESSAGES, NOTES)
        for batch in newest_matches(table, terms, numbers=numbers)
        for _id, conversation_id in batch.matches
    }
    conversation_ids.update(matching_memo_conversations(terms, user=user))
    return conversations.filter(Q(contact_id__in=contacts) | Q(pk__in=conversation_ids))


# Contacts --------------------------------------------------------------------------------------


def _by_contact(
    terms: list[Term],
    *,
    text: str,
    conversations: QuerySet[Conversation],
    user: User,
    limit: int,
) -> tuple[list[Hit], bool]:
    """Return the conversations whose contact or memo fits, latest first; and whether more fit."""
    contacts = matching_contact_ids(terms, text=text, user=user)
    conversation_ids = matching_memo_conversations(terms, user=user)
    if not contacts and not conversation_ids:
        return [], False
    fitting = Q(contact_id__in=contacts) if contacts else Q(pk__in=conversation_ids)
    if contacts and conversation_ids:
        fitting |= Q(pk__in=conversation_ids)
    rows = conversations.filter(fitting).order_by("-last_activity_at", "-id")
    rows = rows.select_related("contact", "memo_row")
    found = list(rows[: limit + 1])
    hide_unknown(found, user=user)
    has_more = len(found) > limit or max(len(contacts), len(conversation_ids)) >= MOST_CONTACTS
    return [hit_of_contact(row, terms=terms) for row in found[:limit]], has_more


# Texts and notes -------------------------------------------------------------------------------


class _Search(NamedTuple):
    """What is looked for among texts, and where.

    Attributes:
        terms: what a text must hold.
        conversations: where to look.
        numbers: DID numbers of the searcher; None for all.
    """

    terms: list[Term]
    conversations: QuerySet[Conversation]
    numbers: Sequence[int] | None


def _by_text(
    table: Table,
    search: _Search,
    *,
    known: Collection[int],
    room: int,
    before_id: int | None = None,
) -> tuple[dict[int, int], int | None]:
    """Return the conversations with the newest texts that fit, and where the next page begins.

    Args:
        table: whose texts: messages or notes.
        search: what is looked for.
        known: conversations that are shown anyway.
        room: how many more the page holds.
        before_id: where the previous page ended; of messages.

    Returns:
        The newest text of each that fits; and the id below which nothing was looked at.
    """
    newest: dict[int, int] = {}
    terms, numbers = search.terms, search.numbers
    wanted = search.conversations.order_by()
    next_id = None
    with closing(newest_matches(table, terms, numbers=numbers, before_id=before_id)) as batches:
        for batch in batches:
            conversation_ids = {
                conversation_id for _id, conversation_id in batch.matches
            }.difference(known, newest)
            allowed = set(wanted.filter(pk__in=conversation_ids).values_list("pk", flat=True))
            if before_id is not None:
                allowed -= _shown_before(allowed, terms, before_id=before_id)
            for text_id, conversation_id in batch.matches:
                if conversation_id not in allowed or conversation_id in newest:
                    continue
                if len(newest) == room:
                    return newest, text_id + 1
                newest[conversation_id] = text_id
            next_id = batch.next_id
    return newest, next_id


def _shown_before(
    conversation_ids: Collection[int], terms: list[Term], *, before_id: int
) -> set[int]:
    """Return those of some conversations that a newer text brought onto an earlier page."""
    newer = Message.objects.filter(
        conversation_id__in=conversation_ids, pk__gte=before_id, search_text__isnull=False
    )
    rows = newer.order_by().values_list("conversation_id", "search_text")
    return {
        conversation_id
        for conversation_id, words in rows
        if conversation_id is not None and fits(words or "", terms)
    }
