"""The numbers of one person: which contacts were merged, and which of them a reader knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q

from messaging.models import Contact, MergedPerson, PersonNumber

from .known_contacts import contacts_known_to, named_like
from .merge_tree import contacts_in, without

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from messaging.models.contact import ContactQuerySet


def contact_ids_of_person(contact_id: int) -> list[int]:
    """Return the ids of all contacts of a person, the one whose name was kept first.

    Args:
        contact_id: any of them; a contact that was never merged is alone.
    """
    same = PersonNumber.objects.filter(person__numbers__contact_id=contact_id).order_by("pk")
    return list(same.values_list("contact_id", flat=True)) or [contact_id]


def locked_person(contact_id: int) -> list[Contact]:
    """Lock all contacts of a person, in the order of their ids; must run in a transaction.

    Returns:
        The contacts, the one that was asked for first.
    """
    ids: list[int] = []
    rows: list[Contact] = []
    # A merge locks the contacts too: what was read before may have changed until they are ours.
    while set(ids) != set(now := contact_ids_of_person(contact_id)):
        ids = now
        # Nobody deletes them: an opt-out that is being recorded for one of them need not wait, and
        # then keep us waiting for its conversation.
        locked = Contact.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
        rows = list(locked.order_by("pk"))
    return sorted(rows, key=lambda row: row.pk != contact_id)


def other_numbers(contact_ids: Iterable[int], *, user: User) -> dict[int, list[Contact]]:
    """Return the other contacts of the same people that a reader knows too.

    Args:
        contact_ids: contacts that the reader knows.
        user: who reads; what is not theirs to know is not in it.

    Returns:
        By contact id, the others, those whose name was kept first; nothing for who has none. Each
        is one of `contacts_known_to`.
    """
    asked = set(contact_ids)
    people = PersonNumber.objects.filter(contact__in=asked).order_by().values("person")
    links = list(
        PersonNumber.objects.filter(person__in=people)
        .order_by("pk")
        .values_list("person_id", "contact_id")
    )
    if not links:
        return {}
    rows: Any = contacts_known_to(user).filter(pk__in=[pk for _person, pk in links])
    known = {row.pk: row for row in rows}
    groups: dict[int, list[int]] = {}
    for person_id, pk in links:
        if pk in known:
            groups.setdefault(person_id, []).append(pk)
    return {
        pk: [known[other] for other in group if other != pk]
        for group in groups.values()
        for pk in group
        if pk in asked and len(group) > 1
    }


def one_entry_each(contacts: ContactQuerySet, *, user: User) -> ContactQuerySet:
    """Keep of each person the first number that a reader knows."""
    known = Contact.objects.known_to(user).filter(erased_at__isnull=True).order_by().values("pk")
    earlier = PersonNumber.objects.filter(
        person=OuterRef("person_number__person"),
        pk__lt=OuterRef("person_number__pk"),
        contact__in=known,
    )
    return contacts.filter(~Exists(earlier))


def named_like_any_number(text: str, *, user: User) -> Q:
    """Return the condition that a text is part of a person's name or of any of their numbers."""
    others = Contact.objects.known_to(user).filter(
        named_like(text), person_number__person=OuterRef("person_number__person")
    )
    return named_like(text) | Q(Exists(others.order_by()))


def leave_person(contact: Contact) -> None:
    """Take a contact out of its person, with everything that is kept of it there; for an erasure.

    The others keep what they have. Must run in a transaction in which the contact is locked.
    """
    link = PersonNumber.objects.filter(contact=contact).select_related("person").first()
    if link is None:
        return
    person = MergedPerson.objects.select_for_update(of=("self",)).get(pk=link.person_id)
    link.delete()
    tree = without(person.tree, contact.pk)
    if tree is None or len(contacts_in(tree)) == 1:
        person.delete()
    else:
        MergedPerson.objects.filter(pk=person.pk).update(tree=tree)
