"""What a person may see of contacts: the number always, the name only after an exchange.

A contact is shared by all DID numbers. Its name, e-mail address and language are shown to those
who see a conversation with it in which something was received or really sent; whoever has only
scheduled a text to a phone learns nothing that others wrote down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.models import Contact, Conversation, is_administrator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def knows_contact(*, conversation: Conversation, user: User) -> bool:
    """Tell whether a person may see, and change, what is shared about a contact.

    Args:
        conversation: one that the person sees.
        user: who looks.
    """
    if is_administrator(user) or conversation.last_inbound_id is not None:
        return True
    return Contact.objects.known_to(user).filter(pk=conversation.contact_id).exists()


def hide_unknown(conversations: Iterable[Conversation], *, user: User) -> None:
    """Take out of conversations, in memory, what their reader may not know of the contacts.

    Args:
        conversations: with their contacts; the reader sees them.
        user: who reads. Without doubt about any contact nothing is asked of the database.
    """
    if is_administrator(user):
        return
    doubtful = [row for row in conversations if row.last_inbound_id is None]
    if not doubtful:
        return
    contacts = Contact.objects.known_to(user).filter(pk__in={row.contact_id for row in doubtful})
    known = set(contacts.values_list("pk", flat=True))
    for row in doubtful:
        if row.contact_id not in known:
            row.contact.hide_shared()


def named_contacts(*, user: User, limit: int) -> list[tuple[str, str]]:
    """Return name and number of the contacts with a name that a person came to know last."""
    threads: QuerySet[Conversation] = (
        Conversation.objects.visible_to(user)
        .filter(Conversation.objects.knows_contact(user))
        .exclude(contact__name="")
        .order_by("-id")
    )
    # A contact on two of the person's numbers comes once.
    found = dict(threads.values_list("contact__phone", "contact__name")[: 2 * limit])
    return [(name, phone) for phone, name in found.items()][:limit]
