"""Look up messages and contacts by text, name, number or the provider's id, for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from messaging.models import Conversation, Message

from .contacts import matching_contact_ids, matching_memo_conversations
from .index_scan import MESSAGES, MOST_MATCHES, newest_matches
from .indexing import index_waiting
from .search import INDEX_AT_ONCE
from .tokenizer import terms_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from messaging.models import Contact


def matching_messages(messages: QuerySet[Message], *, text: str, user: User) -> QuerySet[Message]:
    """Keep the message with an id, else those whose text or contact fits.

    Args:
        messages: where to look.
        text: the provider's whole id; or words, of which the newest MOST_MATCHES texts are found;
            or what a contact is found by.
        user: the administrator who looks.
    """
    by_id = list(_with_provider_id(text.strip()).values_list("pk", flat=True))
    if by_id:
        return messages.filter(pk__in=by_id)
    terms = terms_of(text)
    if not terms:
        return messages.none()
    index_waiting(limit=INDEX_AT_ONCE)
    found = [pk for batch in newest_matches(MESSAGES, terms) for pk, _owner in batch.matches]
    threads = Conversation.objects.order_by().filter(
        Q(contact_id__in=matching_contact_ids(terms, text=text, user=user))
        | Q(pk__in=matching_memo_conversations(terms, user=user))
    )
    # Keys rather than conditions: the databases read every message for an "or" between the two.
    with_contacts = Message.objects.filter(
        conversation_id__in=list(threads.values_list("pk", flat=True))
    )
    found += with_contacts.order_by("-pk").values_list("pk", flat=True)[:MOST_MATCHES]
    return messages.filter(pk__in=set(found))


def _with_provider_id(text: str) -> QuerySet[Message]:
    # Inbound messages are unique by this key, outbound ones by the id: each has its index.
    return Message.objects.order_by().filter(
        Q(direction=Message.Direction.OUTBOUND, provider_message_id=text)
        | Q(dedup_key=f"id:{text}")
    )


def matching_contacts(contacts: QuerySet[Contact], *, text: str, user: User) -> QuerySet[Contact]:
    """Keep the newest contacts of whom words or number fit.

    Args:
        contacts: where to look.
        text: words of the name, a memo or the email address, or part of the number.
        user: the administrator who looks.
    """
    terms = terms_of(text)
    if not terms:
        return contacts.none()
    index_waiting(limit=INDEX_AT_ONCE)
    conversation_ids = matching_memo_conversations(terms, user=user)
    ids = set(
        Conversation.objects.filter(pk__in=conversation_ids).values_list("contact_id", flat=True)
    )
    return contacts.filter(pk__in=ids.union(matching_contact_ids(terms, text=text, user=user)))
