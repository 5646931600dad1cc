"""The contacts that a person knows, with what their own numbers tell of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When

from messaging.models import Contact, Conversation, DidNumber, OptOut, is_administrator
from messaging.policy import Action
from messaging.services.access.visible_contacts import shown_id
from messaging.services.search.contacts import numbers_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from messaging.models.contact import ContactQuerySet


def contacts_known_to(user: User) -> ContactQuerySet:
    """Return the contacts that a person knows, with what their own numbers tell of each.

    What happened on another number is not theirs to know: not even when the contact was first seen,
    or which of two came first. Somebody who was erased is no contact any more.
    """
    threads = Conversation.objects.visible_to(user).filter(contact_id=OuterRef("pk")).order_by("pk")
    is_all = is_administrator(user)
    return (
        Contact.objects.known_to(user)
        .filter(erased_at__isnull=True)
        .annotate(
            has_opted_out=Exists(_opt_outs_from(user)),
            is_blocked_somewhere=Case(
                When(
                    Q(blocked_at__isnull=False) | Exists(threads.exclude(blocked_at=None)),
                    then=True,
                ),
                default=False,
            ),
            first_seen_at=F("created_at") if is_all else Subquery(threads.values("created_at")[:1]),
            shown_id=shown_id(user=user, contact="pk"),
        )
    )


def named_like(text: str) -> Q:
    """Return the condition that a text is part of a contact's name or number."""
    condition = Q(name__icontains=text) | Q(phone_key__icontains=text)
    for digits in numbers_in(text):
        condition |= Q(phone_key__contains=digits)
    return condition


def conversation_to_edit(*, contact: Contact, user: User) -> Conversation | None:
    """Return a conversation in which a person may change what is known of a contact."""
    threads = Conversation.objects.visible_to(user).filter(contact_id=contact.pk)
    numbers = DidNumber.objects.allowing(user, Action.EDIT_CONTACTS).order_by()
    return threads.filter(did_number__in=numbers).order_by("pk").first()


def _opt_outs_from(user: User) -> QuerySet[OptOut]:
    """Return a contact's opt-outs in force that cover one of a person's numbers."""
    numbers = DidNumber.objects.visible_to(user).order_by()
    through = OptOut.allowed_numbers.through.objects
    allowed = through.filter(optout_id=OuterRef(OuterRef("pk"))).values("didnumber_id")
    is_covered = Exists(numbers.exclude(pk__in=allowed))
    return (
        OptOut.objects.in_force()
        .filter(contact_id=OuterRef("pk"))
        .filter(Q(did_number__in=numbers) | Q(did_number__isnull=True) & Q(is_covered))
    )
