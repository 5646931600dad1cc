"""When a colleague leaves a number or the team: who takes over what they had open or scheduled.

Somebody leaves a number when they can no longer reply there: deactivated, no longer a member, only
a viewer now, no longer an administrator. What is open or snoozed moves in one step, with a line in
each thread; closed conversations keep who answered them last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from messaging.models import (
    Change,
    Conversation,
    ConversationEvent,
    DidNumber,
    Membership,
    Message,
    Notification,
)
from messaging.policy import TABLE, Action
from messaging.services.errors import WrongState
from messaging.services.feed.changes import announce_many
from messaging.services.history.conversation_events import Assigned, Unassigned, row_of
from messaging.services.outbox.cancel import cancel_message
from messaging.services.team.members import check_works_with, colleagues_of, those_everywhere

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from django.db.models import QuerySet

Status = Conversation.Status
BATCH: Final = 500
#: How many abandoned conversations one turn of the worker lets go of.
REPAIRED_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Departure:
    """Somebody who leaves a number on which they have open conversations.

    Attributes:
        user: who leaves.
        did_number: where.
        count: their open and snoozed conversations there.
        takers: who may take them, by name.
    """

    user: User
    did_number: DidNumber
    count: int
    takers: list[User]


def departures(
    *,
    user: User,
    did_numbers: Iterable[DidNumber],
    leaving: Collection[int] = (),
) -> list[Departure]:
    """Return what somebody leaves behind on numbers that they can no longer see.

    Args:
        user: who leaves.
        did_numbers: which they leave.
        leaving: ids of all who leave at the same time; none of them can take anything.
    """
    counts = dict(
        _open_of(user)
        .filter(did_number__in=list(did_numbers))
        .order_by()
        .values_list("did_number")
        .annotate(Count("pk"))
    )
    gone = {user.pk, *leaving}
    return [
        Departure(
            user=user,
            did_number=number,
            count=counts[number.pk],
            takers=[
                each
                for each in colleagues_of(did_number=number, action=Action.REPLY)
                if each.pk not in gone
            ],
        )
        for number in DidNumber.objects.filter(pk__in=counts)
    ]


def scheduled_by(*, user: User, did_numbers: Iterable[DidNumber]) -> QuerySet[Message]:
    """Return what somebody has scheduled on some numbers, the next one first."""
    return (
        Message.objects.scheduled()
        .filter(sent_by=user, did_number__in=list(did_numbers))
        .select_related("conversation__contact", "did_number", "sent_by")
        .order_by("send_at", "pk")
    )


def move_conversations(
    *, user: User, did_number: DidNumber, to: User | None, by: User, at: datetime
) -> int:
    """Give everything open that somebody has on a number to a colleague, or to nobody.

    Args:
        user: whose conversations.
        did_number: on which number.
        to: the new assignee; None for nobody. They are told.
        by: who decides it.
        at: now, aware UTC.

    Returns:
        How many changed hands.

    Raises:
        InvalidInput: the colleague does not work with this number.
    """
    if to is not None:
        check_works_with(user=to, did_number=did_number)
    with transaction.atomic():
        rows = _open_of(user).filter(did_number=did_number).select_for_update(of=("self",))
        moved = list(rows.order_by("pk").only("pk", "did_number_id", "last_message_id"))
        _set_assignee(moved, to=to, by=by, at=at)
        if to is not None and to != by:
            Notification.objects.bulk_create(
                [
                    Notification(
                        user=to,
                        conversation=conversation,
                        reason=Notification.Reason.ASSIGNED,
                        created_at=at,
                        message_id=conversation.last_message_id,
                    )
                    for conversation in moved
                ],
                batch_size=BATCH,
            )
    return len(moved)


def cancel_scheduled(*, messages: Iterable[Message], by: User, at: datetime) -> int:
    """Cancel messages that still wait for their time; return how many."""
    count = 0
    for message in messages:
        try:
            cancel_message(message=message, user=by, at=at)
        except WrongState:  # its time came meanwhile
            continue
        count += 1
    return count


def release_abandoned(*, at: datetime) -> int:
    """Unassign open conversations of people who cannot answer them any more.

    A safety net for what no page has asked about: an account changed by a command, a conversation
    that was opened again. Called by the worker.

    Returns:
        How many were unassigned.
    """
    able = User.objects.filter(those_everywhere(Action.REPLY), pk=OuterRef("assignee_id"))
    member = Membership.objects.filter(
        didnumber_id=OuterRef("did_number_id"),
        user_id=OuterRef("assignee_id"),
        role__in=sorted(TABLE[Action.REPLY]),
    )
    cannot_reply = ~Exists(member) & ~Exists(able)
    count = 0
    for status in (Status.OPEN, Status.SNOOZED):
        with transaction.atomic():
            rows = (
                Conversation.objects.in_status(status)
                .filter(assignee__isnull=False)
                .filter(Q(assignee__is_active=False) | cannot_reply)
                .select_for_update(of=("self",), skip_locked=True)
            )
            abandoned = list(rows.order_by("pk")[:REPAIRED_AT_ONCE])
            _set_assignee(abandoned, to=None, by=None, at=at)
            count += len(abandoned)
    return count


def _open_of(user: User) -> QuerySet[Conversation]:
    return Conversation.objects.filter(assignee=user, status__in=[Status.OPEN, Status.SNOOZED])


def _set_assignee(
    conversations: list[Conversation], *, to: User | None, by: User | None, at: datetime
) -> None:
    """Write the new assignee, a line in each thread, and tell the browsers."""
    if not conversations:
        return
    ids = [conversation.pk for conversation in conversations]
    for start in range(0, len(ids), BATCH):
        Conversation.objects.filter(pk__in=ids[start : start + BATCH]).update(assignee=to)
    event = Assigned(to=to) if to else Unassigned()
    ConversationEvent.objects.bulk_create(
        [
            row_of(event, conversation=conversation, actor=by, at=at)
            for conversation in conversations
        ],
        batch_size=BATCH,
    )
    announce_many(
        kind=Change.Kind.CONVERSATION,
        threads=[(each.pk, each.did_number_id) for each in conversations],
    )
