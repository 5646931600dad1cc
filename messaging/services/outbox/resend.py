"""Resend a message that was not delivered, as a new message linked to the old one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Message
from messaging.services.errors import WrongState
from messaging.statuses import Status

from .new_message import NewMessage
from .queue import queue_message

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


def resend_message(
    *,
    message: Message,
    user: User,
    at: datetime,
    is_held: bool = False,
    last_seen_id: int | None = None,
    accepts_duplicate: bool = False,
) -> tuple[Message, bool]:
    """Send a message again, and mark the old one as dealt with.

    Args:
        message: a failed, undelivered, unconfirmed, blocked or canceled message.
        user: who decides it.
        at: now, aware UTC.
        is_held: hold it for the undo window.
        last_seen_id: the newest message that they had seen; None does not ask.
        accepts_duplicate: send an unconfirmed message again before its receipt had time to come.

    Returns:
        The new message, and whether it is new: pressed twice, the repeat is the same message.

    Raises:
        WrongState: it cannot be sent again, or not yet (an unconfirmed one waits NO_RECEIPT_AFTER
            for its receipt, unless the user accepts a duplicate).
        InvalidInput, ThreadMovedOn: as queue_message.
    """
    with transaction.atomic():
        locked = (
            Message.objects.select_for_update(of=("self",))
            .select_related("conversation")
            .get(pk=message.pk)
        )
        repeat = locked.resends.first()
        if repeat is not None:
            return repeat, False
        _check_may_be_resent(message=locked, at=at, accepts_duplicate=accepts_duplicate)
        new, is_new = queue_message(
            NewMessage(
                content=locked.body,
                resend_of=locked,
                is_held=is_held,
                last_seen_id=last_seen_id,
            ),
            conversation=locked.conversation,
            user=user,
            at=at,
        )
        Message.objects.filter(pk=locked.pk, attention_cleared_at__isnull=True).update(
            attention_cleared_at=at
        )
    return new, is_new


def _check_may_be_resent(*, message: Message, at: datetime, accepts_duplicate: bool) -> None:
    if not message.is_resendable:
        raise WrongState(_("Only a message that wasn’t delivered can be resent."))
    if message.redacted_at is not None:
        raise WrongState(_("The text of this message was hidden, so it can’t be resent."))
    until = waits_for_receipt_until(message=message)
    if until is not None and at < until and not accepts_duplicate:
        raise WrongState(
            _("It may still be on its way. Wait for its receipt before you resend it.")
        )


def waits_for_receipt_until(*, message: Message) -> datetime | None:
    """Return until when a message's receipt may still come; None unless it is unconfirmed."""
    if message.status != Status.UNCONFIRMED:
        return None
    began = message.attempt_started_at or message.created_at
    return began + timedelta(seconds=settings.NO_RECEIPT_AFTER)
