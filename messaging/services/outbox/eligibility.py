"""Messages that must not be sent any more: they are blocked, with the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from messaging.models import Conversation, Message
from messaging.reasons import Reason, ReasonCode
from messaging.services.background.row_guard import RowGuard
from messaging.services.contacts.opt_outs import opt_out_in_force
from messaging.services.history.message_status import change_status
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

_guard = RowGuard("blocking message")


def reason_not_to_send(*, message: Message, at: datetime) -> Reason | None:
    """Return why a message must not be sent any more; None when it may go."""
    conversation = message.conversation
    if not message.did_number.is_active:
        return Reason(ReasonCode.NUMBER_INACTIVE)
    if message.did_number.is_stopped(at=at):
        return Reason(ReasonCode.BUDGET_USED_UP)
    if opt_out_in_force(
        contact_id=conversation.contact_id, did_number_id=conversation.did_number_id
    ):
        return Reason(ReasonCode.OPTED_OUT)
    if at - (message.send_at or message.created_at) > timedelta(seconds=settings.OUTBOX_MAX_AGE):
        return Reason(ReasonCode.TOO_OLD)
    return None


def block(*, message: Message, reason: Reason, at: datetime) -> bool:
    """Block a message; tell whether this call did it. What it answered needs a reply again."""
    Conversation.objects.select_for_update(of=("self",)).get(pk=message.conversation_id)
    return change_status(message=message, to=Status.BLOCKED, at=at, error=reason)


def block_expired_messages(*, at: datetime, limit: int = 500) -> int:
    """Block queued messages that are too old to be sent, paused queue or not; return how many."""
    limit_time = at - timedelta(seconds=settings.OUTBOX_MAX_AGE)
    too_old = Q(send_at__lt=limit_time) | Q(send_at__isnull=True, created_at__lt=limit_time)
    expired = Message.objects.queued().filter(too_old).exclude(pk__in=_guard.set_aside())
    if not expired.exists():
        return 0
    count = 0
    with transaction.atomic():
        for message in expired.select_for_update(
            skip_locked=True, of=("self", "conversation")
        ).select_related("did_number", "conversation")[:limit]:
            with _guard.row(message.pk):
                reason = reason_not_to_send(message=message, at=at)
                count += reason is not None and block(message=message, reason=reason, at=at)
    return count
