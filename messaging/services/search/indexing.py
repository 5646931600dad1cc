"""Bring new texts, notes and names into the search index, a moment after they were written."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from messaging.db.prepared import Statement, fetch
from messaging.models import Contact, Memo, Message, Note
from messaging.services.background.row_guard import is_about_the_row

from .tokenizer import search_text_of, search_text_of_contact

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

#: What a row has that cannot be indexed: no words, so that it is not tried again and again.
NOT_INDEXABLE: Final = ""
_IS_WAITING = Statement(
    "SELECT EXISTS (SELECT 1 FROM messaging_message WHERE search_text IS NULL),"
    " EXISTS (SELECT 1 FROM messaging_contact WHERE search_text IS NULL),"
    " EXISTS (SELECT 1 FROM messaging_note WHERE search_text IS NULL),"
    " EXISTS (SELECT 1 FROM messaging_memo WHERE search_text IS NULL)"
)


def index_waiting(*, limit: int = 200) -> int:
    """Put what is not in the index yet into it; return how many rows.

    Args:
        limit: at most this many messages, and as many contacts, notes and memos.
    """
    have_messages, have_contacts, have_notes, have_memos = fetch(_IS_WAITING)[0]
    count = 0
    if have_messages:
        messages = Message.objects.only("id", "content")
        count += _index(messages, lambda row: search_text_of(row.content), limit=limit)
    if have_contacts:
        contacts = Contact.objects.only("id", "name", "phone_key", "email", "fields")
        count += _index(contacts, _text_of_contact, limit=limit)
    if have_notes:
        notes = Note.objects.only("id", "content")
        count += _index(notes, lambda row: search_text_of(row.content), limit=limit)
    if have_memos:
        memos = Memo.objects.select_related("conversation__contact")
        count += _index(memos, _text_of_memo, limit=limit)
    return count


def _text_of_contact(contact: Contact, memo: str = "") -> str:
    return search_text_of_contact(
        name=contact.name,
        phone_key=contact.phone_key,
        memo=memo,
        email=contact.email,
        fields=contact.fields,
    )


def _text_of_memo(memo: Memo) -> str:
    # With the contact's words, so that "ana mornings" finds the memo of Ana about mornings.
    return _text_of_contact(memo.conversation.contact, memo.content)


def _index(rows: QuerySet[Any], text_of: Callable[[Any], str], *, limit: int) -> int:
    """Index rows at once; where that fails, one by one, and leave out those that fail."""
    waiting = rows.filter(search_text__isnull=True).order_by("-id")
    # Locked, so that a text that is being hidden cannot be indexed as it was.
    with transaction.atomic():
        found = list(waiting.select_for_update(skip_locked=True, of=("self",))[:limit])
        try:
            _write_all(found, text_of)
        except Exception as error:
            if not is_about_the_row(error):
                raise
            for row in found:
                _write_one(row, text_of)
    return len(found)


@transaction.atomic
def _write_all(found: list[Any], text_of: Callable[[Any], str]) -> None:
    for row in found:
        row.search_text = text_of(row)
    if found:
        type(found[0])._default_manager.bulk_update(found, ["search_text"], batch_size=200)


def _write_one(row: Any, text_of: Callable[[Any], str]) -> None:
    """Index one row; one that cannot be indexed is not found by its words from now on."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    try:
        with transaction.atomic():
            rows.update(search_text=text_of(row))
    except Exception as error:
        if not is_about_the_row(error):
            raise
        logger.exception("%s %s cannot be indexed", type(row).__name__, row.pk)
        rows.update(search_text=NOT_INDEXABLE)
