"""What a person may see of contacts: the number always, the name only after an exchange.

A contact is shared by all DID numbers. Its name, email address and language are shown to people
who see a conversation with it in which something was received or really sent. Scheduling a text to
a phone is not enough to learn what others wrote down.

A contact's own id would tell how early anybody heard of it, so only administrators see it. For
others a contact's id is the id of the first conversation with it that they see. It stays the same
as long as their numbers do, and no two contacts share it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, OuterRef, Subquery

from messaging.models import Contact, Conversation, is_administrator, rights_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

    from messaging.models.contact import ContactQuerySet


def knows_contact(*, conversation: Conversation, user: User) -> bool:
    """Tell whether a person may see, and change, what is shared about a contact.

    Args:
        conversation: on one of the person's numbers.
        user: who looks.
    """
    if is_administrator(user) or not _is_doubtful(conversation, user=user):
        return True
    return Contact.objects.known_to(user).filter(pk=conversation.contact_id).exists()


def hide_unknown(conversations: Iterable[Conversation], *, user: User) -> None:
    """Take out of conversations, in memory, what their reader may not know of the contacts.

    Args:
        conversations: with their contacts, on the reader's numbers.
        user: who reads. Without doubt about any contact nothing is asked of the database.
    """
    if is_administrator(user):
        return
    doubtful = [row for row in conversations if _is_doubtful(row, user=user)]
    if not doubtful:
        return
    contacts = Contact.objects.known_to(user).filter(pk__in={row.contact_id for row in doubtful})
    known = set(contacts.values_list("pk", flat=True))
    for row in doubtful:
        if row.contact_id not in known:
            row.contact.hide_shared()


def _is_doubtful(conversation: Conversation, *, user: User) -> bool:
    """Tell whether a conversation alone does not say that its contact is known.

    Somebody who sees their own and the unassigned only may write to a contact in a conversation
    that they do not see.
    """
    return conversation.last_inbound_id is None or rights_of(user).sees_own_only


def shown_id(*, user: User, contact: str) -> Combinable:
    """Return the expression for the id under which a person knows a contact.

    Args:
        user: who reads.
        contact: the column of the outer query that holds the contact's own id.
    """
    if is_administrator(user):
        return F(contact)
    threads = Conversation.objects.visible_to(user).filter(contact_id=OuterRef(contact))
    return Subquery(threads.order_by("pk").values("pk")[:1])


def with_shown_id(contacts: ContactQuerySet, *, user: User, shown: int) -> ContactQuerySet:
    """Keep the contact that a person means by an id.

    Args:
        contacts: those that the person knows.
        user: who asks.
        shown: the id. Of several conversations with a contact any one will do: which is the first
            changes when its reader joins or leaves a number.
    """
    if is_administrator(user):
        return contacts.filter(pk=shown)
    meant = Conversation.objects.visible_to(user).filter(pk=shown).order_by()
    return contacts.filter(pk__in=meant.values("contact_id"))


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
