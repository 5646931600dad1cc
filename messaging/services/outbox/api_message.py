"""Send a text to a recipient whose conversation may not exist yet, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import DidNumber
from messaging.phone_numbers import lookup_keys
from messaging.services.errors import InvalidInput

from .queue import queue_message
from .recipients import start_conversation

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Message

    from .new_message import NewMessage


def own_number(*, sender: str, user: User) -> DidNumber:
    """Return the DID number that the user means.

    Args:
        sender: its digits in any spelling.
        user: must be a member of it, or an administrator.

    Raises:
        InvalidInput: the user has no such number; the words do not tell whether it exists.
    """
    number = DidNumber.objects.visible_to(user).filter(number__in=lookup_keys(sender)).first()
    if number is None:
        raise InvalidInput(
            _("You can’t send from this number."), field="sender", code="unknown_sender"
        )
    return number


def submit_message(
    new: NewMessage, *, sender: str, phone: str, user: User, at: datetime
) -> tuple[Message, bool]:
    """Queue a message to a recipient; a refused one leaves no contact and no conversation behind.

    Args:
        new: what is to be sent.
        sender: one of the user's DID numbers, in any spelling.
        phone: the recipient, in any spelling.
        user: who sends it.
        at: now, aware UTC.

    Returns:
        The message, and whether it is new.

    Raises:
        InvalidInput: sender, recipient, text or time cannot be used.
        ClientIdConflict: the client_id was used before with other content.
    """
    number = own_number(sender=sender, user=user)
    with transaction.atomic():
        conversation = start_conversation(did_number=number, phone=phone, at=at)
        return queue_message(new, conversation=conversation, user=user, at=at)
