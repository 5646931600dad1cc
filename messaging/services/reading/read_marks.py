"""Up to which message each person has read a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from messaging.models import Conversation, ReadMark

from .watermarks import add_exceptions

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def read_up_to(*, conversation: Conversation, user: User) -> int:
    """Return the last message that a person has read in a conversation, 0 for none."""
    mark = ReadMark.objects.filter(conversation=conversation, user=user).first()
    return mark.last_read_id if mark else 0


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


@transaction.atomic
def mark_unread(*, conversation: Conversation, user: User) -> None:
    """Make the last inbound message unread again for this person."""
    row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if row.last_inbound_id is None:
        return
    ReadMark.objects.update_or_create(
        conversation=row, user=user, defaults={"last_read_id": row.last_inbound_id - 1}
    )
    add_exceptions(row, users=[user.pk])
