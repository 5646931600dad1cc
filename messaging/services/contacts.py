"""What we know of a contact, and whether their texts are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from messaging.models import Change, Contact, Conversation, ConversationEvent

from .events import note_event
from .live import announce_many

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


Kind = ConversationEvent.Kind


def edit_contact(
    *, contact: Contact, conversation: Conversation, by: User, at: datetime, **fields: str
) -> Contact:
    """Change what we know of a contact.

    Args:
        contact: the contact.
        conversation: where the change was made; a new name is noted there.
        by: who changes it.
        at: now, aware UTC.
        **fields: any of name, memo, email, language.
    """
    old_name = contact.name
    with transaction.atomic():
        for name, value in fields.items():
            setattr(contact, name, value.strip())
        contact.save(update_fields=list(fields))
        if contact.name != old_name:
            note_event(
                conversation=conversation,
                kind=Kind.RENAMED,
                actor=by,
                detail=contact.display_name,
                at=at,
            )
        places = Conversation.objects.filter(contact=contact).values_list("pk", "did_number_id")
        announce_many(kind=Change.Kind.CONVERSATION, places=list(places))
    return contact


def block_contact(*, contact: Contact, conversation: Conversation, by: User, at: datetime) -> bool:
    """Mark a sender as unwanted: their texts are kept and no longer ask for attention."""
    with transaction.atomic():
        blocked = Contact.objects.filter(pk=contact.pk, blocked_at__isnull=True).update(
            blocked_at=at, blocked_by=by
        )
        if blocked:
            Conversation.objects.filter(contact=contact).update(
                needs_reply_since=None, status=Conversation.Status.CLOSED, snoozed_until=None
            )
            note_event(conversation=conversation, kind=Kind.BLOCKED, actor=by, at=at)
    return bool(blocked)


def unblock_contact(
    *, contact: Contact, conversation: Conversation, by: User, at: datetime
) -> bool:
    """Undo a block."""
    with transaction.atomic():
        unblocked = Contact.objects.filter(pk=contact.pk, blocked_at__isnull=False).update(
            blocked_at=None, blocked_by=None
        )
        if unblocked:
            note_event(conversation=conversation, kind=Kind.UNBLOCKED, actor=by, at=at)
    return bool(unblocked)
