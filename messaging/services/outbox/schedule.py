"""Scheduled messages: change them, and queue them at their time or now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from messaging.db.literals import literals
from messaging.db.prepared import Statement, fetch
from messaging.models import Conversation, Message
from messaging.phone_numbers import calling_code
from messaging.reasons import Reason, ReasonCode
from messaging.services.background.row_guard import RowGuard
from messaging.services.content.text import sendable_text
from messaging.services.content.variables import written_text
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.history.message_status import change_status, note_status
from messaging.services.history.summary import rebuild
from messaging.sms_text import measure, normalize
from messaging.statuses import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: In no time zone does the calendar end before it.
LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)

#: Asked several times a second by every worker.
_IS_DUE: Final = (
    "SELECT 1 FROM messaging_message"
    " WHERE status IN ('scheduled', 'held') AND not_before <= %s LIMIT 1"
)

_guard = RowGuard("releasing message")


def check_time_to_send(send_at: datetime, *, at: datetime, field: str) -> None:
    """Refuse a time that has passed, or that no calendar of a reader can show.

    Args:
        send_at: the time asked for, aware.
        at: now, aware UTC.
        field: what it is called where it was asked for.

    Raises:
        InvalidInput: with the words for it.
    """
    if send_at <= at:
        raise InvalidInput(_("Choose a time in the future."), field=field, code="not_in_future")
    if send_at > LATEST:
        raise InvalidInput(_("The time is too far in the future."), field=field, code="too_far")


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
        content: the new text, without the signature, which stays as it is.
        send_at: the new time, aware UTC.
        cancel_if_they_write: cancel it when the contact writes first.
        user: who changes it.
        at: now, aware UTC.

    Raises:
        InvalidInput: text or time cannot be used.
        WrongState: it no longer waits.
    """
    text = normalize(content)
    if text != message.body:  # what came by the API may hold braces, and stays as it is
        text = written_text(text, conversation=message.conversation, user=user)
    text = sendable_text(text, signature=message.signature)
    check_time_to_send(send_at, at=at, field="when")
    with transaction.atomic():
        Conversation.objects.select_for_update(of=("self",)).get(pk=message.conversation_id)
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
            raise WrongState(_("This message is no longer waiting; it was sent or canceled."))
        row.refresh_from_db()
        rebuild(row.conversation_id)
        reason = Reason(ReasonCode.CHANGED, {"by": user.get_username()})
        note_status(message=row, at=at, reason=reason)
    return row


def was_changed(*, message: Message) -> bool:
    """Tell whether somebody changed text or time of a message while it waited."""
    return message.status_changes.filter(code=ReasonCode.CHANGED).exists()


def send_now(*, message: Message, at: datetime) -> Message:
    """Queue a scheduled or held message at once.

    Raises:
        WrongState: it no longer waits.
    """
    with transaction.atomic():
        Conversation.objects.select_for_update(of=("self",)).get(pk=message.conversation_id)
        row = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        if row.status not in {Status.SCHEDULED, Status.HELD} or not release(message=row, at=at):
            raise WrongState(_("This message is no longer waiting."))
    return row


def release(*, message: Message, at: datetime, position: int = 0) -> bool:
    """Move a scheduled or held message into the queue; tell whether this call did it.

    Args:
        message: the message.
        at: now, aware UTC.
        position: how many were released before it at the same moment.
    """
    return change_status(
        message=message,
        to=Status.QUEUED,
        at=at,
        queued_at=at + timedelta(microseconds=position),
        not_before=at,
    )


def release_due_messages(*, at: datetime, limit: int = 200) -> int:
    """Queue the scheduled and held messages whose time has come; return how many."""
    if not fetch(Statement(_IS_DUE, (connection.ops.adapt_datetimefield_value(at),))):
        return 0
    waiting = Message.objects.filter(
        status__in=literals([Status.SCHEDULED, Status.HELD]), not_before__lte=at
    ).exclude(pk__in=_guard.resting())
    count = 0
    with transaction.atomic():
        rows = (
            waiting.select_related("conversation")
            .select_for_update(skip_locked=True, of=("self", "conversation"))
            .order_by("not_before", "id")[:limit]
        )
        for position, message in enumerate(rows):
            with _guard.row(message.pk):
                count += release(message=message, at=at, position=position)
    return count
