"""What staff do with a conversation: read, assign, close, snooze, label, settle, rename, block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import (
    Change,
    Contact,
    Conversation,
    ConversationEvent,
    Label,
    Message,
    ReadMark,
    is_administrator,
)

from .errors import InvalidInput
from .live import announce, announce_many

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

Kind = ConversationEvent.Kind


def _event(
    *,
    conversation: Conversation,
    kind: ConversationEvent.Kind,
    actor: User | None,
    at: datetime,
    subject: User | None = None,
    detail: str = "",
) -> None:
    ConversationEvent.objects.create(
        conversation=conversation,
        kind=kind,
        actor=actor,
        subject=subject,
        detail=detail[:300],
        at=at,
    )
    announce(kind=Change.Kind.CONVERSATION, conversation=conversation)


def mark_read(*, conversation: Conversation, user: User, up_to_id: int) -> bool:
    """Note that a person has seen a conversation up to a message; never moves back.

    Returns:
        Whether anything changed.
    """
    mark, is_new = ReadMark.objects.get_or_create(
        conversation=conversation, user=user, defaults={"last_read_id": up_to_id}
    )
    if is_new:
        return True
    return bool(
        ReadMark.objects.filter(pk=mark.pk, last_read_id__lt=up_to_id).update(last_read_id=up_to_id)
    )


def mark_unread(*, conversation: Conversation, user: User) -> None:
    """Make the last inbound message unread again for this person."""
    last = conversation.last_inbound_id
    if last is None:
        return
    ReadMark.objects.update_or_create(
        conversation=conversation, user=user, defaults={"last_read_id": last - 1}
    )


def assign(*, conversation: Conversation, to: User | None, by: User, at: datetime) -> bool:
    """Give a conversation to a colleague, or to nobody.

    Returns:
        Whether it changed hands.

    Raises:
        InvalidInput: the colleague is inactive or may not see this number.
    """
    if to is not None:
        is_member = conversation.did_number.members.filter(pk=to.pk).exists()
        if not to.is_active or not (is_member or is_administrator(to)):
            raise InvalidInput(
                _("This colleague does not work with this number."), field="assignee"
            )
    with transaction.atomic():
        changed = (
            Conversation.objects.filter(pk=conversation.pk).exclude(assignee=to)
            if to
            else Conversation.objects.filter(pk=conversation.pk, assignee__isnull=False)
        ).update(assignee=to)
        if changed:
            kind = Kind.ASSIGNED if to else Kind.UNASSIGNED
            _event(conversation=conversation, kind=kind, actor=by, subject=to, at=at)
            conversation.assignee = to
    return bool(changed)


def close(*, conversation: Conversation, by: User, at: datetime) -> bool:
    """Close a conversation: the team is done with it until somebody writes.

    Return whether it was not closed before.
    """
    return _set_status(
        conversation=conversation, status=Conversation.Status.CLOSED, kind=Kind.CLOSED, by=by, at=at
    )


def reopen(*, conversation: Conversation, by: User, at: datetime) -> bool:
    """Open a closed or snoozed conversation again; return whether it was not open before."""
    return _set_status(
        conversation=conversation, status=Conversation.Status.OPEN, kind=Kind.REOPENED, by=by, at=at
    )


def snooze(*, conversation: Conversation, until: datetime, by: User, at: datetime) -> bool:
    """Put a conversation away until a time, or until they write.

    Raises:
        InvalidInput: the time has passed.
    """
    if until <= at:
        raise InvalidInput(
            _("The time must lie in the future."), field="until", code="not_in_future"
        )
    return _set_status(
        conversation=conversation,
        status=Conversation.Status.SNOOZED,
        kind=Kind.SNOOZED,
        by=by,
        at=at,
        until=until,
        detail=until.isoformat(),
    )


def _set_status(
    *,
    conversation: Conversation,
    status: Conversation.Status,
    kind: ConversationEvent.Kind,
    by: User | None,
    at: datetime,
    until: datetime | None = None,
    detail: str = "",
) -> bool:
    with transaction.atomic():
        rows = Conversation.objects.filter(pk=conversation.pk)
        if until is None:
            rows = rows.exclude(status=status)
        fields: dict[str, object] = {"status": status.value, "snoozed_until": until}
        if status == Conversation.Status.CLOSED:
            fields["needs_reply_since"] = None
            fields["settled_message_id"] = conversation.last_inbound_id or 0
        if not rows.update(**fields):
            return False
        for name, value in fields.items():
            setattr(conversation, name, value)
        _event(conversation=conversation, kind=kind, actor=by, at=at, detail=detail)
    return True


def wake_snoozed(*, at: datetime, limit: int = 200) -> int:
    """Open the snoozed conversations whose time has come; return how many."""
    rows = list(Conversation.objects.snooze_over(at=at).select_related("did_number")[:limit])
    count = 0
    for conversation in rows:
        count += _set_status(
            conversation=conversation,
            status=Conversation.Status.OPEN,
            kind=Kind.SNOOZE_ENDED,
            by=None,
            at=at,
        )
    return count


def need_no_reply(*, conversation: Conversation, by: User, at: datetime) -> bool:
    """Settle "needs reply" without an answer; return whether it was due."""
    with transaction.atomic():
        settled = Conversation.objects.filter(
            pk=conversation.pk, needs_reply_since__isnull=False
        ).update(needs_reply_since=None, settled_message_id=conversation.last_inbound_id or 0)
        if settled:
            conversation.needs_reply_since = None
            _event(conversation=conversation, kind=Kind.NO_REPLY_NEEDED, actor=by, at=at)
    return bool(settled)


def add_label(*, conversation: Conversation, label: Label, by: User, at: datetime) -> bool:
    """Put a label on a conversation; return whether it was not there."""
    with transaction.atomic():
        if conversation.labels.filter(pk=label.pk).exists():
            return False
        conversation.labels.add(label)
        _event(conversation=conversation, kind=Kind.LABELED, actor=by, detail=label.name, at=at)
    return True


def remove_label(*, conversation: Conversation, label: Label, by: User, at: datetime) -> bool:
    """Take a label off a conversation; return whether it was there."""
    with transaction.atomic():
        if not conversation.labels.filter(pk=label.pk).exists():
            return False
        conversation.labels.remove(label)
        _event(conversation=conversation, kind=Kind.UNLABELED, actor=by, detail=label.name, at=at)
    return True


def edit_contact(
    *, contact: Contact, conversation: Conversation, by: User, at: datetime, **fields: str
) -> Contact:
    """Change what we know of a contact.

    Args:
        contact: the contact.
        conversation: where the change was made; a new name is noted there.
        by: who changes it.
        at: now, aware UTC.
        **fields: any of name, memo, email, language.
    """
    old_name = contact.name
    with transaction.atomic():
        for name, value in fields.items():
            setattr(contact, name, value.strip())
        contact.save(update_fields=list(fields))
        if contact.name != old_name:
            _event(
                conversation=conversation,
                kind=Kind.RENAMED,
                actor=by,
                detail=contact.display_name,
                at=at,
            )
        places = Conversation.objects.filter(contact=contact).values_list("pk", "did_number_id")
        announce_many(kind=Change.Kind.CONVERSATION, places=list(places))
    return contact


def block_contact(*, contact: Contact, conversation: Conversation, by: User, at: datetime) -> bool:
    """Mark a sender as unwanted: their texts are kept and no longer ask for attention."""
    with transaction.atomic():
        blocked = Contact.objects.filter(pk=contact.pk, blocked_at__isnull=True).update(
            blocked_at=at, blocked_by=by
        )
        if blocked:
            Conversation.objects.filter(contact=contact).update(
                needs_reply_since=None, status=Conversation.Status.CLOSED, snoozed_until=None
            )
            _event(conversation=conversation, kind=Kind.BLOCKED, actor=by, at=at)
    return bool(blocked)


def unblock_contact(
    *, contact: Contact, conversation: Conversation, by: User, at: datetime
) -> bool:
    """Undo a block."""
    with transaction.atomic():
        unblocked = Contact.objects.filter(pk=contact.pk, blocked_at__isnull=False).update(
            blocked_at=None, blocked_by=None
        )
        if unblocked:
            _event(conversation=conversation, kind=Kind.UNBLOCKED, actor=by, at=at)
    return bool(unblocked)


def redact_message(*, message: Message, content: str, by: User, at: datetime) -> Message:
    """Replace a stored text, for example to hide a card number.

    Who and when is kept, the old text is not.

    Args:
        message: the message.
        content: what stands there from now on.
        by: who hides it.
        at: now, aware UTC.
    """
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(
            content=content, redacted_at=at, redacted_by=by, search_text=None
        )
        conversation = message.conversation
        if conversation.last_message_id == message.pk:
            Conversation.objects.filter(pk=conversation.pk).update(
                last_preview=" ".join(content.split())[:160]
            )
        for push in message.pushes.all():
            push.raw_body = b"(hidden)"
            push.save(update_fields=["raw_body"])
        _event(conversation=conversation, kind=Kind.REDACTED, actor=by, at=at)
    message.content, message.redacted_at, message.redacted_by = content, at, by
    return message


def clear_attention(*, message: Message, at: datetime) -> bool:
    """Mark a failed, undelivered or unconfirmed message as dealt with."""
    with transaction.atomic():
        cleared = (
            Message.objects.needing_attention()
            .filter(pk=message.pk)
            .update(attention_cleared_at=at)
        )
        if cleared:
            announce(kind=Change.Kind.CONVERSATION, conversation=message.conversation)
    return bool(cleared)
