"""Write an outbound message into the outbox, and what follows from it into its conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from messaging.models import Change, Conversation, Message, StatusChange
from messaging.phone_numbers import calling_code
from messaging.services.content.digests import Wording, is_same, wording_of
from messaging.services.content.text import sendable_text
from messaging.services.errors import ClientIdConflict, ThreadMovedOn
from messaging.services.feed.changes import announce
from messaging.services.history.conversation_events import Assigned, Event, Reopened, row_of
from messaging.services.history.summary import show_new
from messaging.services.reading.watermarks import keep_unread
from messaging.sms_text import comparison_form, measure, signed
from messaging.statuses import Status

from .recipients import check_may_be_written_to
from .schedule import check_time_to_send, was_changed
from .undo_window import UNDO_WINDOW

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from .new_message import NewMessage


def queue_message(
    new: NewMessage, *, conversation: Conversation, user: User | None, at: datetime
) -> tuple[Message, bool]:
    """Write one outbound message into the outbox.

    Args:
        new: what is to be sent.
        conversation: where it belongs; decides sender and recipient.
        user: who writes it; None for automatic answers.
        at: now, aware UTC.

    Returns:
        The message, and whether it is new (False: the same client_id came again).

    Raises:
        InvalidInput: text, recipient or time cannot be used; OptedOut, NumberInactive among them.
        ClientIdConflict: the client_id was used before with other content.
        ThreadMovedOn: a contact or colleague wrote since ``last_seen_id``.
    """
    new = replace(new, content=sendable_text(new.content))  # without the signature
    with transaction.atomic():
        locked = _locked(conversation)
        known = _known_message(user=user, client_id=new.client_id)
        if known is None:
            _check_time(new, at=at)
            check_may_be_written_to(conversation=locked)
            _check_nothing_new(new, conversation=locked, user=user)
            message = _row_of(new, conversation=locked, user=user, at=at)
            known = _insert(message)
        if known is not None:
            return _same_again(new, known=known, conversation=locked), False
        StatusChange.objects.create(message=message, status=message.status, at=at)
        _bring_up_to_date(
            conversation=locked, message=message, takes_conversation=new.takes_conversation
        )
        announce(kind=Change.Kind.MESSAGE, conversation=locked)
    return message, True


def _locked(conversation: Conversation) -> Conversation:
    return (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("did_number", "contact")
        .get(pk=conversation.pk)
    )


def _known_message(*, user: User | None, client_id: str | None) -> Message | None:
    if not client_id or user is None:
        return None
    return (
        Message.objects.select_related("conversation")
        .filter(sent_by=user, client_id=client_id)
        .first()
    )


def _same_again(new: NewMessage, *, known: Message, conversation: Conversation) -> Message:
    text = signed(new.content, known.signature)
    says_the_same = is_same(wording_of(known), Wording(comparison_form(text))) is not False
    is_repeat = says_the_same and known.send_at == new.send_at
    # One that a colleague changed while it waited cannot be compared: its program repeats what it
    # said first.
    if known.conversation_id != conversation.pk or not (is_repeat or was_changed(message=known)):
        raise ClientIdConflict(known)
    return known


def _check_time(new: NewMessage, *, at: datetime) -> None:
    if new.send_at is not None:
        check_time_to_send(new.send_at, at=at, field="send_at")


def _check_nothing_new(new: NewMessage, *, conversation: Conversation, user: User | None) -> None:
    if new.last_seen_id is None:
        return
    newer = Message.objects.without_reactions().filter(
        conversation=conversation, pk__gt=new.last_seen_id, is_automatic=False
    )
    if user is not None:
        newer = newer.exclude(sent_by=user)
    rows = list(newer.select_related("sent_by").order_by("id")[:20])
    if rows:
        raise ThreadMovedOn(rows)


def _row_of(
    new: NewMessage, *, conversation: Conversation, user: User | None, at: datetime
) -> Message:
    signature = _signature_for(new, conversation=conversation)
    text = sendable_text(new.content, signature=signature)
    size = measure(text, calling_code=calling_code(conversation.contact.phone_key))
    return Message(
        conversation=conversation,
        did_number=conversation.did_number,
        direction=Message.Direction.OUTBOUND,
        content=text,
        signature=signature,
        encoding=size.encoding,
        segments=size.segments,
        created_at=at,
        sent_by=user,
        client_id=new.client_id or None,
        resend_of=new.resend_of,
        is_automatic=new.is_automatic,
        cancel_if_they_write=new.cancel_if_they_write and new.send_at is not None,
        **_beginning(new, at=at),
    )


def _signature_for(new: NewMessage, *, conversation: Conversation) -> str | None:
    """Return what is put under a text; a repeat keeps what it had, an automatic answer has none."""
    if new.is_automatic:
        return None
    if new.resend_of is not None:
        return new.resend_of.signature
    return conversation.did_number.signature or None


def _beginning(new: NewMessage, *, at: datetime) -> dict[str, Any]:
    """Return the columns that say how a new message begins."""
    if new.send_at is not None:
        return {"status": Status.SCHEDULED.value, "send_at": new.send_at, "not_before": new.send_at}
    if new.is_held:
        return {"status": Status.HELD.value, "not_before": at + UNDO_WINDOW}
    return {"status": Status.QUEUED.value, "queued_at": at, "not_before": at}


def _insert(message: Message) -> Message | None:
    """Insert a message, or return the one that has its client_id.

    Another conversation's transaction may have used it at the same moment: the constraint decides.
    """
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        known = _known_message(user=message.sent_by, client_id=message.client_id)
        if known is None:
            raise
        return known
    return None


def _bring_up_to_date(
    *, conversation: Conversation, message: Message, takes_conversation: bool
) -> None:
    changed = show_new(conversation, message)
    if not message.is_automatic:
        changed |= _reopen(conversation=conversation, message=message)
        if takes_conversation:
            changed |= _take(conversation=conversation, message=message)
    conversation.save(update_fields=changed)


def _reopen(*, conversation: Conversation, message: Message) -> set[str]:
    """Open a closed or snoozed conversation; return the columns that changed."""
    if conversation.status == Conversation.Status.OPEN:
        return set()
    conversation.status, conversation.snoozed_until = Conversation.Status.OPEN, None
    keep_unread(conversation)
    _note(Reopened(), conversation=conversation, message=message)
    return {"status", "snoozed_until"}


def _take(*, conversation: Conversation, message: Message) -> set[str]:
    """Assign an unassigned conversation to the writer; return the columns that changed."""
    if conversation.assignee_id is not None or message.sent_by_id is None:
        return set()
    conversation.assignee = message.sent_by
    _note(Assigned(to=message.sent_by), conversation=conversation, message=message)
    return {"assignee"}


def _note(event: Event, *, conversation: Conversation, message: Message) -> None:
    """Write a line of what sending a message did; browsers hear of the message."""
    row_of(event, conversation=conversation, actor=message.sent_by, at=message.created_at).save()
