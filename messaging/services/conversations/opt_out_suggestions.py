"""Suggested opt-outs: nothing happens until somebody confirms."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import OuterRef, Subquery

from messaging.models import Message
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.errors import TheyWrote

from .lifecycle import need_no_reply

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from messaging.models import Conversation, OptOut
    from messaging.models.conversation import ConversationQuerySet


def suggestion_in(*, conversation: Conversation) -> Message | None:
    """Return the newest message if it came near an opt-out and nobody has settled it."""
    if conversation.last_inbound_id is None:
        return None
    return Message.objects.filter(
        pk=conversation.last_inbound_id,
        pk__gt=conversation.settled_message_id,
        suggests_opt_out=True,
        attention_cleared_at__isnull=True,
    ).first()


def with_suggestion(conversations: ConversationQuerySet) -> ConversationQuerySet:
    """Add to each row ``suggestion_id``: of the message that `suggestion_in` returns."""
    newest = Message.objects.filter(
        pk=OuterRef("last_inbound_id"),
        pk__gt=OuterRef("settled_message_id"),
        suggests_opt_out=True,
        attention_cleared_at__isnull=True,
    )
    return conversations.annotate(suggestion_id=Subquery(newest.values("pk")[:1]))


def opt_out_as_suggested(
    *,
    conversation: Conversation,
    message_id: int | None,
    at: datetime,
    by: User,
    is_for_all_numbers: bool = False,
    seen_up_to: int | None = None,
) -> OptOut:
    """Record an opt-out as a person asks for it; what came before it needs no reply any more.

    Args:
        conversation: where it was asked.
        message_id: the text that suggested it, its proof; None when a person knows it from
            elsewhere.
        at: now, aware UTC.
        by: who records it.
        is_for_all_numbers: cover every DID number rather than the conversation's.
        seen_up_to: the last inbound message that this person had before their eyes, 0 for none;
            what came later still needs a reply, as does what came after a proof. None does not ask.

    Returns:
        The opt-out in force.
    """
    with transaction.atomic():
        proof = _suggestion(conversation, message_id).first()
        opt_out = record_opt_out(
            conversation=conversation,
            at=at,
            message=proof,
            by=by,
            is_for_all_numbers=is_for_all_numbers,
        )
        # Who may not be written to needs no answer, as after a keyword; what came since may.
        with suppress(TheyWrote):
            need_no_reply(
                conversation=conversation,
                by=by,
                at=at,
                seen_up_to=seen_up_to if proof is None else proof.pk,
            )
        dismiss_suggestion(conversation=conversation, message_id=message_id, at=at)
    return opt_out


def dismiss_suggestion(*, conversation: Conversation, message_id: int | None, at: datetime) -> None:
    """Offer nothing about a text any more.

    Args:
        conversation: where it came; a text from elsewhere is left alone.
        message_id: the text.
        at: now, aware UTC.
    """
    _suggestion(conversation, message_id).update(attention_cleared_at=at)


def _suggestion(conversation: Conversation, message_id: int | None) -> QuerySet[Message]:
    return Message.objects.inbound().filter(pk=message_id or 0, conversation=conversation)
