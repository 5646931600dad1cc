"""Undo what a person sends during its undo window, with everything that sending it changed."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import Change, Conversation, ConversationEvent, Message
from messaging.services.conversations.undo import undo
from messaging.services.errors import WrongState
from messaging.services.feed.changes import announce
from messaging.services.history.conversation_events import Closed, Snoozed, event_of

from .cancel import cancel_message

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

#: How long a reply is held before it is queued, so that its writer can take it back.
UNDO_WINDOW: Final = timedelta(seconds=5)

Kind = ConversationEvent.Kind


def undo_send(*, message: Message, user: User, at: datetime, token: str = "") -> Message:
    """Take back a held message as if it had never been written.

    The row stays, canceled, for the API and the history; the thread and the list no longer show it.

    Args:
        message: held for the undo window.
        user: its writer.
        at: now, aware UTC.
        token: what "Send and close" gave out to open the conversation again, else "".

    Raises:
        WrongState: it is too late.
    """
    with transaction.atomic():
        row = cancel_message(message=message, user=user, at=at)
        conversation = Conversation.objects.select_for_update(of=("self",)).get(
            pk=row.conversation_id
        )
        if token:
            # Where a colleague has changed the conversation since, it stays as they left it.
            with contextlib.suppress(WrongState):
                undo(conversation=conversation, token=token, user=user, at=at)
            conversation.refresh_from_db()
        else:
            _undo_take(conversation, row)
            _undo_reopen(conversation, row, at=at)
        _undo_resend(row)
        Message.objects.filter(pk=row.pk).update(search_text="")
        announce(kind=Change.Kind.MESSAGE, conversation=conversation)
    return row


def _event_of(message: Message, kind: ConversationEvent.Kind) -> ConversationEvent | None:
    """Return the line that sending a message left in the thread."""
    return ConversationEvent.objects.filter(
        conversation_id=message.conversation_id,
        kind=kind,
        actor_id=message.sent_by_id,
        at=message.created_at,
    ).first()


def _undo_take(conversation: Conversation, message: Message) -> None:
    event = _event_of(message, Kind.ASSIGNED)
    if event is None or conversation.assignee_id != message.sent_by_id:
        return
    conversation.assignee = None
    conversation.save(update_fields=["assignee"])
    event.delete()


def _undo_reopen(conversation: Conversation, message: Message, *, at: datetime) -> None:
    event = _event_of(message, Kind.REOPENED)
    has_news = (conversation.last_inbound_id or 0) > message.pk
    if event is None or has_news or not conversation.is_open:
        return
    before = (
        ConversationEvent.objects.filter(
            conversation=conversation, kind__in=[Kind.CLOSED, Kind.SNOOZED], pk__lt=event.pk
        )
        .order_by("-id")
        .first()
    )
    if before is None:
        return
    event_before = event_of(before)
    until = event_before.until if isinstance(event_before, Snoozed) else None
    if isinstance(event_before, Closed):
        conversation.status = Conversation.Status.CLOSED
    elif until is not None and until > at:
        conversation.status, conversation.snoozed_until = Conversation.Status.SNOOZED, until
    else:
        return
    conversation.save(update_fields=["status", "snoozed_until"])
    event.delete()


def _undo_resend(message: Message) -> None:
    """Let the message that this one repeated be sent again."""
    if message.resend_of_id is None:
        return
    Message.objects.filter(pk=message.resend_of_id, attention_cleared_at=message.created_at).update(
        attention_cleared_at=None
    )
    Message.objects.filter(pk=message.pk).update(resend_of=None)
