"""Add a contact by hand, before anything was exchanged with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Change, Contact, Conversation
from messaging.number_readings import number_to_dial
from messaging.services.access.visible_contacts import hide_unknown
from messaging.services.audit.record import Subject, record
from messaging.services.errors import InvalidInput, InvalidNumber
from messaging.services.feed.changes import announce
from messaging.services.history.summary import empty
from messaging.typed_numbers import InvalidPhoneNumber

from .contacts import spread
from .erased_numbers import contact_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import DidNumber


class ContactExists(InvalidInput):
    """The person who adds a contact knows it already."""

    code = "exists"

    def __init__(self) -> None:
        super().__init__(_("There is already a contact with this number."), field="phone")


def add_contact(
    *,
    did_number: DidNumber,
    phone: str,
    by: User,
    at: datetime,
    fields: dict[str, str] | None = None,
    **values: str,
) -> Conversation:
    """Add a contact to a number of ours; the members of that number know it from then on.

    Its conversation there is closed until somebody writes. Where people of other numbers wrote
    something down about this contact, that stays theirs: nothing is changed or shown.

    Args:
        did_number: for whose members.
        phone: the contact's number as typed.
        by: who adds it.
        at: now, aware UTC.
        fields: what else is known, by name.
        **values: any of name, email, language.

    Returns:
        The conversation, as its reader may see it.

    Raises:
        InvalidInput: the number is none, not clearly one, our own; or the contact is known
            (`ContactExists`).
    """
    try:
        digits = number_to_dial(phone, sender=did_number.number)
    except InvalidPhoneNumber as error:
        raise InvalidNumber(error) from error
    if digits == did_number.number:
        raise InvalidInput(_("That’s our own number."), field="phone", code="invalid_number")
    with transaction.atomic():
        contact, is_new = contact_of(phone_key=digits, phone=digits)
        row = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
        if not is_new and Contact.objects.known_to(by).filter(pk=row.pk).exists():
            raise ContactExists
        closed = empty(at=at) | {"status": Conversation.Status.CLOSED}
        thread, _new = Conversation.objects.get_or_create(
            did_number=did_number, contact=row, defaults=closed
        )
        if not (row.name or row.email or row.language or row.fields):
            for name, value in values.items():
                setattr(row, name, value.strip())
            row.fields = fields or {}
            row.save()
            spread(contact=row, by=by, at=at)
            Conversation.objects.filter(pk=thread.pk).update(added_at=at)
        record("contact_added", actor=by, about=Subject("contact", row.pk), at=at)
        announce(kind=Change.Kind.CONVERSATION, conversation=thread)
    found = Conversation.objects.select_related("contact", "did_number").get(pk=thread.pk)
    hide_unknown([found], user=by)
    return found
