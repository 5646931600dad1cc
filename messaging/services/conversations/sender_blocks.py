"""Blocked senders: on one number, or, by administrators, on all numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Contact, Conversation, is_administrator
from messaging.services.errors import WrongState
from messaging.services.history.conversation_events import Blocked, Unblocked, note_event
from messaging.services.history.summary import settled

from .undo import state_of, undo_token

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def block_sender(
    *, conversation: Conversation, by: User, at: datetime, is_for_all_numbers: bool = False
) -> dict[int, str]:
    """Mark a sender as unwanted: their texts are kept and no longer ask for attention.

    Args:
        conversation: where.
        by: who blocks.
        at: now, aware UTC.
        is_for_all_numbers: an administrator's block of every number, those of later conversations
            too; from anybody else it is one of the conversation's number.

    Returns:
        The conversations that were put away, each with the text that takes this back.
    """
    if is_for_all_numbers and is_administrator(by):
        return _block_everywhere(contact=conversation.contact, by=by, at=at)
    with transaction.atomic():
        row = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
        if row.blocked_at is not None:
            return {}
        Conversation.objects.filter(pk=row.pk).update(blocked_at=at, blocked_by=by)
        return {row.pk: _put_away(row, event=Blocked(), by=by, at=at)}


def _block_everywhere(*, contact: Contact, by: User, at: datetime) -> dict[int, str]:
    with transaction.atomic():
        blocked = Contact.objects.filter(pk=contact.pk, blocked_at__isnull=True).update(
            blocked_at=at, blocked_by=by
        )
        if not blocked:
            return {}
        rows = _threads_of(contact).select_for_update(of=("self",))
        event = Blocked(is_for_all_numbers=True)
        return {row.pk: _put_away(row, event=event, by=by, at=at) for row in rows}


def put_away_unasked(*, conversation: Conversation, at: datetime) -> None:
    """Block a sender whom the program itself writes to; must run in a transaction.

    The conversation's row is locked from here on.

    Args:
        conversation: where.
        at: now, aware UTC.
    """
    row = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
    if row.blocked_at is None:
        Conversation.objects.filter(pk=row.pk).update(blocked_at=at, blocked_by=None)
        _close(row, event=Blocked(), by=None, at=at)


def _put_away(row: Conversation, *, event: Blocked, by: User, at: datetime) -> str:
    """Close a conversation of a blocked sender; return how that is taken back."""
    before = state_of(conversation_id=row.pk)
    _close(row, event=event, by=by, at=at)
    return undo_token(before=before, user=by)


def _close(row: Conversation, *, event: Blocked, by: User | None, at: datetime) -> None:
    Conversation.objects.filter(pk=row.pk).update(
        status=Conversation.Status.CLOSED, snoozed_until=None, **settled()
    )
    note_event(conversation=row, event=event, actor=by, at=at)


def unblock_sender(*, conversation: Conversation, by: User, at: datetime) -> bool:
    """End a block: that of the number, and an administrator that of all numbers too.

    Args:
        conversation: where.
        by: who ends it.
        at: now, aware UTC.

    Returns:
        Whether there was one.

    Raises:
        WrongState: an administrator blocked the sender for all numbers, and somebody else asks.
    """
    if conversation.contact.is_blocked and not is_administrator(by):
        raise WrongState(
            _("An administrator blocked this sender on all numbers. Ask one to unblock them.")
        )
    with transaction.atomic():
        here = Conversation.objects.filter(pk=conversation.pk, blocked_at__isnull=False)
        is_changed = bool(here.update(blocked_at=None, blocked_by=None))
        everywhere = Contact.objects.filter(pk=conversation.contact_id, blocked_at__isnull=False)
        if everywhere.update(blocked_at=None, blocked_by=None):
            for row in _threads_of(conversation.contact):
                event = Unblocked(is_for_all_numbers=True)
                note_event(conversation=row, event=event, actor=by, at=at)
        elif is_changed:
            note_event(conversation=conversation, event=Unblocked(), actor=by, at=at)
        else:
            return False
    return True


def _threads_of(contact: Contact) -> QuerySet[Conversation]:
    return Conversation.objects.filter(contact=contact).select_related("did_number").order_by("pk")
