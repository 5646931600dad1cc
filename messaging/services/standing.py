"""Add to each conversation how it stands for one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from messaging.models import OptOut, ReadMark

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from messaging.models.conversation import ConversationQuerySet


def with_standing(conversations: ConversationQuerySet, *, user: User) -> ConversationQuerySet:
    """Add to each row ``is_unread`` (by this user) and ``has_opted_out`` (from its number)."""
    mark = ReadMark.objects.filter(conversation_id=OuterRef("pk"), user_id=user.pk)
    last_read = Coalesce(Subquery(mark.values("last_read_id")[:1]), Value(0))
    opted_out = OptOut.objects.covering(
        contact_id=OuterRef("contact_id"), did_number_id=OuterRef("did_number_id")
    )
    return conversations.annotate(
        is_unread=Q(last_inbound_id__isnull=False) & Q(last_inbound_id__gt=last_read),
        has_opted_out=Exists(opted_out),
    )
