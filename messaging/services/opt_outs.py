"""Opt-outs: who does not want to be written to, from which number, since when and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Conversation, ConversationEvent, Message, OptOut
from messaging.statuses import WAITING, Status

from .errors import InvalidInput
from .events import note_event
from .history import change_status

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

#: The words on a message that an opt-out kept from being sent.
BLOCKED_REASON: Final = "The contact opted out before it was sent."


def opt_out_in_force(*, contact_id: int, did_number_id: int) -> OptOut | None:
    """Return the opt-out that forbids writing from this number to this contact, if there is one."""
    return (
        OptOut.objects.covering(contact_id=contact_id, did_number_id=did_number_id)
        .order_by("id")
        .first()
    )


def record_opt_out(
    *,
    conversation: Conversation,
    at: datetime,
    message: Message | None = None,
    by: User | None = None,
    is_for_all_numbers: bool = False,
) -> OptOut:
    """Record that the contact does not want to be written to, and block what waits for them.

    Args:
        conversation: where it was asked.
        at: when, aware UTC.
        message: the contact's message that asked for it (the proof).
        by: who recorded it, when a person did.
        is_for_all_numbers: cover every DID number rather than the conversation's.

    Returns:
        The opt-out in force; asked twice, the first one.
    """
    number_id = None if is_for_all_numbers else conversation.did_number_id
    with transaction.atomic():
        Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
        existing = (
            OptOut.objects.in_force()
            .filter(contact_id=conversation.contact_id, did_number_id=number_id)
            .first()
        )
        if existing is not None:
            return existing
        opt_out = OptOut.objects.create(
            contact_id=conversation.contact_id,
            did_number_id=number_id,
            message=message,
            created_at=at,
            created_by=by,
        )
        _block_what_waits(conversation=conversation, is_for_all_numbers=is_for_all_numbers, at=at)
        note_event(
            conversation=conversation, kind=ConversationEvent.Kind.OPTED_OUT, actor=by, at=at
        )
    return opt_out


def _block_what_waits(
    *, conversation: Conversation, is_for_all_numbers: bool, at: datetime
) -> None:
    waiting = Message.objects.filter(
        status__in=WAITING,
        conversation__contact_id=conversation.contact_id,
    )
    if not is_for_all_numbers:
        waiting = waiting.filter(conversation=conversation)
    for message in waiting.order_by("id"):
        change_status(
            message=message,
            to=Status.BLOCKED,
            at=at,
            error=BLOCKED_REASON,
            detail=BLOCKED_REASON,
        )


def end_opt_out(
    *, opt_out: OptOut, conversation: Conversation, reason: str, at: datetime, by: User | None
) -> None:
    """End an opt-out, with the reason; a person must give one.

    Args:
        opt_out: the opt-out in force.
        conversation: where the event is shown.
        reason: why it ends, at most 300 characters.
        at: when, aware UTC.
        by: who ends it; None when the contact's own keyword did.

    Raises:
        InvalidInput: the reason is empty.
    """
    reason = reason.strip()[:300]
    if not reason:
        raise InvalidInput(
            _("Say why this contact may be written to again."), field="reason", code="required"
        )
    with transaction.atomic():
        ended = (
            OptOut.objects.in_force()
            .filter(pk=opt_out.pk)
            .update(ended_at=at, ended_by=by, end_reason=reason)
        )
        if ended:
            note_event(
                conversation=conversation,
                kind=ConversationEvent.Kind.OPTED_IN,
                actor=by,
                detail=reason,
                at=at,
            )


def end_opt_outs(*, conversation: Conversation, reason: str, at: datetime, by: User | None) -> bool:
    """End every opt-out that forbids writing in a conversation.

    A keyword speaks for the number it was sent to: one that covers all numbers goes on to cover the
    others.

    Args:
        conversation: where its contact may be written to again.
        reason: why, at most 300 characters.
        at: when, aware UTC.
        by: who ends them; None when the contact's own keyword did.

    Returns:
        Whether there was one.

    Raises:
        InvalidInput: the reason is empty.
    """
    # A keyword that waited in the spool or in quarantine ends nothing that was recorded since.
    covering = list(
        OptOut.objects.covering(
            contact_id=conversation.contact_id, did_number_id=conversation.did_number_id
        ).filter(created_at__lte=at)
    )
    with transaction.atomic():
        for opt_out in covering:
            if opt_out.did_number_id is None and by is None:
                _allow(opt_out=opt_out, conversation=conversation, reason=reason, at=at)
            else:
                end_opt_out(opt_out=opt_out, conversation=conversation, reason=reason, at=at, by=by)
    return bool(covering)


def _allow(*, opt_out: OptOut, conversation: Conversation, reason: str, at: datetime) -> None:
    """Take a conversation's number out of an opt-out that covers all."""
    opt_out.allowed_numbers.add(conversation.did_number_id)
    note_event(
        conversation=conversation,
        kind=ConversationEvent.Kind.OPTED_IN,
        actor=None,
        detail=reason,
        at=at,
    )
