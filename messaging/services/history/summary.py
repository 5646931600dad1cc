"""What lists show of a conversation, kept in its row: this module alone writes these columns.

`rebuild` works them out from the messages. `show_new` does the same for one new message, without a
look at the others; so does the SQL of the fast path (`receiving/fast_path`). Tests hold both to
`summary_of`, after every kind of event.

The columns, and the rows that they follow from:

- ``last_message_id``, ``last_direction``, ``last_preview``: the newest message, except those that
  their writers took back in the undo window.
- ``last_activity_at``: the latest of its beginning, those messages, and the ends of a snooze.
- ``last_inbound_id``: the contact's newest message that is not a reaction.
- ``needs_reply_since``: the contact's first message that is neither settled nor followed by an
  answer. ``settled_message_id`` is a fact of its own: up to there nothing needs a reply.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from messaging.models import Conversation, ConversationEvent, Message
from messaging.models.conversation import preview_of
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

#: Such a message answers nothing.
NO_ANSWER: Final = (Status.CANCELED, Status.SCHEDULED, Status.BLOCKED)


@dataclass(frozen=True)
class Summary:
    """The columns of a conversation that follow from its messages; named as they are."""

    last_activity_at: datetime
    last_message_id: int | None
    last_direction: str
    last_preview: str
    last_inbound_id: int | None
    needs_reply_since: datetime | None


COLUMNS: Final = tuple(Summary.__dataclass_fields__)


def empty(*, at: datetime) -> dict[str, Any]:
    """Return the columns of a conversation that begins, for the row that is inserted."""
    return {"created_at": at, "last_activity_at": at}


def summary_of(conversation_id: int) -> Summary:
    """Work out a conversation's summary from its messages; its row should be locked."""
    messages = Message.objects.filter(conversation_id=OuterRef("pk")).order_by("-id")
    shown = messages.not_undone()
    ends_of_snooze = ConversationEvent.objects.filter(
        conversation_id=OuterRef("pk"), kind=ConversationEvent.Kind.SNOOZE_ENDED
    )
    row = (
        Conversation.objects.filter(pk=conversation_id)
        .annotate(
            newest_id=Subquery(shown.values("id")[:1]),
            newest_direction=Subquery(shown.values("direction")[:1]),
            newest_content=Subquery(shown.values("content")[:1]),
            written_at=Subquery(shown.order_by("-created_at").values("created_at")[:1]),
            woken_at=Subquery(ends_of_snooze.order_by("-at").values("at")[:1]),
            inbound_id=Subquery(_asking(messages).values("id")[:1]),
            answer_id=Subquery(_answers(messages).values("id")[:1]),
        )
        .values()
        .get()
    )
    settled = max(row["settled_message_id"], row["answer_id"] or 0)
    moments = (row["created_at"], row["written_at"], row["woken_at"])
    return Summary(
        last_activity_at=max(moment for moment in moments if moment is not None),
        last_message_id=row["newest_id"],
        last_direction=row["newest_direction"] or "",
        last_preview=preview_of(row["newest_content"] or ""),
        last_inbound_id=row["inbound_id"],
        needs_reply_since=_waiting_since(conversation_id, after_id=settled)
        if (row["inbound_id"] or 0) > settled
        else None,
    )


def _asking(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Keep what the contact wrote, without reactions, which ask for nothing."""
    return messages.filter(direction=Message.Direction.INBOUND, reaction__isnull=True)


def _answers(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Keep what a person or a program wrote, and is or was on its way."""
    return messages.filter(direction=Message.Direction.OUTBOUND, is_automatic=False).exclude(
        status__in=NO_ANSWER
    )


def _waiting_since(conversation_id: int, *, after_id: int) -> datetime | None:
    waiting = _asking(Message.objects.filter(conversation_id=conversation_id, pk__gt=after_id))
    return waiting.order_by("id").values_list("created_at", flat=True).first()


def rebuild(conversation_id: int) -> None:
    """Bring a conversation's summary up to date; must run in a transaction.

    It locks the conversation, whose messages are locked after it: lock it before they are.
    """
    row = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
    found = asdict(summary_of(conversation_id))
    changed = {name: value for name, value in found.items() if getattr(row, name) != value}
    if changed:
        Conversation.objects.filter(pk=conversation_id).update(**changed)


def is_shown_in(*, before: str, after: str) -> bool:
    """Tell whether a message's change of status can change its conversation's summary."""
    return before == Status.SCHEDULED or after in {Status.CANCELED, Status.BLOCKED}


def show_new(
    conversation: Conversation, message: Message, *, asks: bool = True, is_quiet: bool = False
) -> set[str]:
    """Show a conversation's newest message: what `rebuild` would do, of one message.

    Args:
        conversation: its row, locked. Its attributes are brought up to date.
        message: just written, the newest of the conversation or nearly.
        asks: whether an inbound message asks for a reply.
        is_quiet: it is a reaction.

    Returns:
        The columns to save.
    """
    changed = _show_last(conversation, message)
    if not message.is_inbound:
        return changed | _show_answer(conversation, message)
    if is_quiet:
        return changed
    conversation.last_inbound_id = message.pk
    if conversation.needs_reply_since is not None:
        return changed | {"last_inbound_id"}
    if asks and not conversation.is_blocked:
        conversation.needs_reply_since = message.created_at
        return changed | {"last_inbound_id", "needs_reply_since"}
    conversation.settled_message_id = message.pk
    return changed | {"last_inbound_id", "settled_message_id"}


def _show_last(conversation: Conversation, message: Message) -> set[str]:
    # A push that waited in the spool or in quarantine keeps the time at which it arrived.
    conversation.last_activity_at = max(conversation.last_activity_at, message.created_at)
    if (conversation.last_message_id or 0) > message.pk:
        return {"last_activity_at"}
    conversation.last_message_id = message.pk
    conversation.last_direction = message.direction
    conversation.last_preview = preview_of(message.content)
    return {"last_activity_at", "last_message_id", "last_direction", "last_preview"}


def _show_answer(conversation: Conversation, message: Message) -> set[str]:
    if message.is_automatic or message.status in NO_ANSWER:
        return set()
    conversation.needs_reply_since = None
    return {"needs_reply_since"}


def show_activity(conversation: Conversation, *, at: datetime) -> None:
    """Put a conversation on top of the lists, as the end of its snooze does."""
    rows = Conversation.objects.filter(pk=conversation.pk)
    rows.update(last_activity_at=Greatest(F("last_activity_at"), Value(at)))
    conversation.last_activity_at = max(conversation.last_activity_at, at)


def settled() -> dict[str, Any]:
    """Return the columns by which what the contact wrote needs no reply any more.

    For an ``update``: they are as the database has them then, whatever an object read earlier says.
    """
    return {"settled_message_id": Coalesce(F("last_inbound_id"), 0), "needs_reply_since": None}


def settle_until(conversation: Conversation, *, at: datetime) -> None:
    """Let what the contact wrote up to a moment need no reply any more; the row is locked."""
    asking = _asking(Message.objects.filter(conversation=conversation))
    later = asking.filter(created_at__gt=at, pk__gt=conversation.settled_message_id)
    first = later.order_by("id").values_list("id", flat=True).first()
    last = asking.order_by("-id").values_list("id", flat=True).first()
    up_to = first - 1 if first is not None else last or 0
    if up_to > conversation.settled_message_id:
        Conversation.objects.filter(pk=conversation.pk).update(settled_message_id=up_to)
    rebuild(conversation.pk)
    conversation.refresh_from_db(fields=[*COLUMNS, "settled_message_id"])
