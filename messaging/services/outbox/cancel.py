"""Take back a message that no worker has begun to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Conversation, Message
from messaging.reasons import Reason, ReasonCode
from messaging.services.errors import WrongState
from messaging.services.history.message_status import change_status
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


def cancel_message(*, message: Message, user: User, at: datetime) -> Message:
    """Cancel a message that waits; its answer is due again where it settled one.

    Raises:
        WrongState: it is too late.
    """
    with transaction.atomic():
        Conversation.objects.select_for_update(of=("self",)).get(pk=message.conversation_id)
        row = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        reason = Reason(ReasonCode.CANCELED, {"by": user.get_username()})
        # The writer who takes it back need not be told; they must be told when others do.
        error = reason if user.pk != row.sent_by_id else None
        if not row.is_cancelable or not change_status(
            message=row, to=Status.CANCELED, at=at, reason=reason, error=error
        ):
            row.refresh_from_db(fields=["status"])
            raise WrongState(_why_not(row))
    return row


def _why_not(message: Message) -> str:
    """Say why a message can no longer be taken back."""
    words = {
        Status.CANCELED: _("This message was already canceled."),
        Status.BLOCKED: _("This message was blocked and won’t be sent."),
        Status.FAILED: _("This message failed and won’t be sent."),
        Status.UNCONFIRMED: _("It’s too late: this message may have been sent."),
        Status.RECEIVED: _("Only an outgoing message can be canceled."),
    }
    too_late = _("It’s too late: this message is being sent or was sent.")
    return words.get(Status(message.status), too_late)
