"""Whom a DID number may message: the conversation with a recipient, and what forbids it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Conversation
from messaging.number_readings import answering_number, number_to_dial
from messaging.services.contacts.erased_numbers import contact_of
from messaging.services.dialing.number_errors import why_no_answer
from messaging.services.errors import (
    BudgetUsedUp,
    InvalidInput,
    InvalidNumber,
    NumberInactive,
    OptedOut,
)
from messaging.services.history.summary import empty
from messaging.typed_numbers import InvalidPhoneNumber

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import DidNumber, OptOut
    from messaging.number_readings import Repair


def start_conversation(*, did_number: DidNumber, phone: str, at: datetime) -> Conversation:
    """Return the conversation of a DID number with a recipient.

    Make contact and conversation when new.

    Args:
        did_number: our number.
        phone: the recipient as typed; `+`, spaces, dashes and brackets are fine.
        at: now, aware UTC.

    Raises:
        InvalidInput: the recipient is not a possible phone number, or without + or 00 not clearly
            one (field ``phone``).
    """
    digits = digits_to_dial(did_number=did_number, phone=phone)
    with transaction.atomic():
        contact, _new = contact_of(phone_key=digits, phone=digits)
        conversation, _new = Conversation.objects.select_related(
            "did_number", "contact"
        ).get_or_create(did_number=did_number, contact=contact, defaults=empty(at=at))
    return conversation


def digits_to_dial(*, did_number: DidNumber, phone: str) -> str:
    """Return the digits of a recipient, country code first.

    Args:
        did_number: our number that writes.
        phone: the recipient as typed; `+`, spaces, dashes and brackets are fine.

    Raises:
        InvalidInput: as `start_conversation`.
    """
    try:
        digits = number_to_dial(phone, sender=did_number.number)
    except InvalidPhoneNumber as error:
        raise InvalidNumber(error) from error
    if digits == did_number.number:
        raise InvalidInput(
            _("That’s the number you’re sending from."), field="phone", code="invalid_number"
        )
    return digits


def has_written(*, phone_key: str, user: User) -> bool:
    """Tell whether somebody with this number wrote to a number of a person: then it is in use."""
    return (
        Conversation.objects.visible_to(user)
        .filter(contact__phone_key=phone_key, last_inbound_id__isnull=False)
        .exists()
    )


def check_may_be_written_to(
    *, conversation: Conversation, opt_out: OptOut | None, at: datetime
) -> None:
    """Refuse a conversation in which nothing can be sent now.

    Args:
        conversation: its number and contact are at hand.
        opt_out: what forbids writing from its number to its contact, read while it was locked.
        at: now, aware UTC.

    Raises:
        NumberInactive: its DID number is switched off.
        BudgetUsedUp: its DID number has cost what it may.
        InvalidInput: its contact is not a full phone number.
        OptedOut: its contact asked for no messages.
    """
    if not conversation.did_number.is_active:
        raise NumberInactive
    if conversation.did_number.is_stopped(at=at):
        raise BudgetUsedUp
    if not conversation.contact.can_be_answered:
        reason = why_no_answer(
            conversation.contact.phone, repair=repair_of(conversation=conversation)
        )
        raise InvalidInput(reason, field="phone", code="invalid_number")
    if opt_out is not None:
        raise OptedOut(opt_out)


def repair_of(*, conversation: Conversation) -> Repair | None:
    """Return the number under which a contact can probably be reached, when it is not its own."""
    return answering_number(conversation.contact.phone, sender=conversation.did_number.number)
