"""Find conversations by words, and add to each how it stands for one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from messaging.models import OptOut, ReadMark
from messaging.phone_numbers import digits_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from messaging.models import Conversation

#: Fewer digits would find half of all numbers.
LEAST_DIGITS = 3


def with_standing(conversations: QuerySet[Conversation], *, user: User) -> QuerySet[Conversation]:
    """Add to each row ``is_unread`` (by this user) and ``has_opted_out`` (from its number)."""
    mark = ReadMark.objects.filter(conversation_id=OuterRef("pk"), user_id=user.pk)
    last_read = Coalesce(Subquery(mark.values("last_read_id")[:1]), Value(0))
    opted_out = OptOut.objects.in_force().filter(
        Q(did_number_id=OuterRef("did_number_id")) | Q(did_number__isnull=True),
        contact_id=OuterRef("contact_id"),
    )
    return conversations.annotate(
        is_unread=Q(last_inbound_id__isnull=False) & Q(last_inbound_id__gt=last_read),
        has_opted_out=Exists(opted_out),
    )


def conversations_like(
    conversations: QuerySet[Conversation], *, text: str
) -> QuerySet[Conversation]:
    """Keep the conversations whose contact or last text fits what was typed.

    Args:
        conversations: where to look.
        text: words of a name or text, or a part of a number in any spelling.
    """
    words = text.split()
    if not words:
        return conversations
    digits = digits_of(text)
    condition = Q()
    for word in words:
        condition &= Q(contact__name__icontains=word) | Q(last_preview__icontains=word)
    condition |= Q(contact__phone_key__contains=text.strip().casefold())
    if len(digits) >= LEAST_DIGITS:
        condition |= Q(contact__phone_key__contains=digits)
    return conversations.filter(condition)
