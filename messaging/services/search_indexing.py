"""Bring new texts and names into the search index, a moment after they were written."""

from __future__ import annotations

from django.db import transaction

from messaging.models import Contact, Message
from messaging.models.prepared import Statement, fetch

from .search_terms import search_text_of_contact, search_text_of_message

_IS_WAITING = Statement(
    "SELECT EXISTS (SELECT 1 FROM messaging_message WHERE search_text IS NULL),"
    " EXISTS (SELECT 1 FROM messaging_contact WHERE search_text IS NULL)"
)


def index_waiting(*, limit: int = 200) -> int:
    """Put what is not in the index yet into it; return how many rows.

    Args:
        limit: at most this many messages, and as many contacts.
    """
    have_messages, have_contacts = fetch(_IS_WAITING)[0]
    count = _index_messages(limit=limit) if have_messages else 0
    return count + (_index_contacts(limit=limit) if have_contacts else 0)


def _index_messages(*, limit: int) -> int:
    waiting = Message.objects.filter(search_text__isnull=True).order_by("-id")
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
    with transaction.atomic():
        rows = waiting.select_for_update(skip_locked=True).only("id", "name", "phone_key")[:limit]
        contacts = list(rows)
        for contact in contacts:
            contact.search_text = search_text_of_contact(
                name=contact.name, phone_key=contact.phone_key
            )
        Contact.objects.bulk_update(contacts, ["search_text"], batch_size=200)
    return len(contacts)
