"""Change a message that waits for its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Message
from messaging.phone_numbers import calling_code
from messaging.sms_text import MAX_CHARACTERS, measure, normalise
from messaging.statuses import Status

from .errors import InvalidInput, WrongState
from .history import note_status

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


def reschedule(
    *,
    message: Message,
    content: str,
    send_at: datetime,
    cancel_if_they_write: bool,
    user: User,
    at: datetime,
) -> Message:
    """Change text and time of a scheduled message, if it still waits.

    Args:
        message: the message.
        content: the new text.
        send_at: the new time, aware UTC.
        cancel_if_they_write: cancel it when the contact writes first.
        user: who changes it.
        at: now, aware UTC.

    Raises:
        InvalidInput: text or time cannot be used.
        WrongState: it no longer waits.
    """
    text = normalise(content)
    if not text.strip():
        raise InvalidInput(_("Write a text first."), field="content", code="required")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            _("The text has %(count)d characters; at most %(most)d can be sent.")
            % {"count": len(text), "most": MAX_CHARACTERS},
            field="content",
            code="too_long",
        )
    if send_at <= at:
        raise InvalidInput(
            _("The time to send at must lie in the future."), field="when", code="not_in_future"
        )
    with transaction.atomic():
        row = (
            Message.objects.select_for_update(of=("self",))
            .select_related("conversation__contact")
            .get(pk=message.pk)
        )
        size = measure(text, calling_code=calling_code(row.conversation.contact.phone_key))
        changed = Message.objects.filter(pk=row.pk, status=Status.SCHEDULED).update(
            content=text,
            encoding=size.encoding,
            segments=size.segments,
            send_at=send_at,
            not_before=send_at,
            cancel_if_they_write=cancel_if_they_write,
        )
        if not changed:
            raise WrongState(_("This message no longer waits; it was sent or canceled."))
        row.refresh_from_db()
        note_status(message=row, at=at, detail=f"Changed by {user.get_username()}.")
    return row
