"""Annotate conversations for one person: unread, opted out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from messaging.models import OptOut

from .unread import last_read_by

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from messaging.models.conversation import ConversationQuerySet


def with_annotations(conversations: ConversationQuerySet, *, user: User) -> ConversationQuerySet:
    """Add to each row ``is_unread`` (by this user) and ``has_opted_out`` (from its number)."""
    last_read = last_read_by(user.pk, conversation="pk")
    opted_out = OptOut.objects.covering(
        contact_id=OuterRef("contact_id"), did_number_id=OuterRef("did_number_id")
    )
    return conversations.annotate(
        is_unread=Q(last_inbound_id__isnull=False) & Q(last_inbound_id__gt=last_read),
        has_opted_out=Exists(opted_out),
    )
