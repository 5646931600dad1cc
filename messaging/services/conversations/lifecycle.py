"""The state of a conversation: its assignee; open, snoozed or closed; whether a reply is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from messaging.models import (
    Conversation,
)
from messaging.services.background.row_guard import RowGuard
from messaging.services.errors import InvalidInput, TheyWrote
from messaging.services.history.conversation_events import (
    Assigned,
    Closed,
    Event,
    NoReplyNeeded,
    Reopened,
    Snoozed,
    SnoozeEnded,
    Unassigned,
    note_event,
)
from messaging.services.history.summary import settled, show_activity
from messaging.services.reading.watermarks import keep_unread
from messaging.services.team.members import check_works_with, works_with

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

_wake_guard = RowGuard("waking conversation")


def assign(*, conversation: Conversation, to: User | None, by: User, at: datetime) -> bool:
    """Give a conversation to a colleague, or to nobody.

    Returns:
        Whether it changed hands.

    Raises:
        InvalidInput: the colleague is inactive or may not see this number.
    """
    if to is not None:
        check_works_with(user=to, did_number=conversation.did_number)
    with transaction.atomic():
        rows = Conversation.objects.filter(pk=conversation.pk)
        rows = rows.exclude(assignee=to) if to else rows.filter(assignee__isnull=False)
        changed = rows.update(assignee=to)
        if changed:
            event = Assigned(to=to) if to else Unassigned()
            note_event(conversation=conversation, event=event, actor=by, at=at)
            conversation.assignee = to
    return bool(changed)


def close(
    *, conversation: Conversation, by: User, at: datetime, seen_up_to: int | None = None
) -> bool:
    """Close a conversation: the team is done with it until somebody writes.

    Args:
        conversation: which.
        by: who closes it.
        at: now, aware UTC.
        seen_up_to: the last inbound message that this person had before their eyes, 0 for none;
            None does not ask.

    Returns:
        Whether it was not closed before.

    Raises:
        TheyWrote: the contact wrote since; it stays as it is, so that nobody overlooks that.
    """
    move = _Move(Conversation.Status.CLOSED, Closed(), seen_up_to=seen_up_to)
    return _set_status(move, conversation=conversation, by=by, at=at)


def reopen(*, conversation: Conversation, by: User, at: datetime) -> bool:
    """Open a closed or snoozed conversation again; return whether it was not open before."""
    move = _Move(Conversation.Status.OPEN, Reopened())
    return _set_status(move, conversation=conversation, by=by, at=at)


def snooze(
    *,
    conversation: Conversation,
    until: datetime,
    by: User,
    at: datetime,
    seen_up_to: int | None = None,
) -> bool:
    """Put a conversation away until a time, or until they write.

    Args:
        conversation: which.
        until: the time, aware UTC.
        by: who puts it away.
        at: now, aware UTC.
        seen_up_to: as for `close`.

    Raises:
        InvalidInput: the time has passed.
        TheyWrote: the contact wrote since.
    """
    if until <= at:
        raise InvalidInput(_("Choose a time in the future."), field="until", code="not_in_future")
    move = _Move(
        Conversation.Status.SNOOZED, Snoozed(until=until), until=until, seen_up_to=seen_up_to
    )
    return _set_status(move, conversation=conversation, by=by, at=at)


@dataclass(frozen=True)
class _Move:
    """A conversation's way from one status to another.

    Attributes:
        status: the new one.
        event: the line that it leaves in the thread.
        until: of a snooze, when it ends.
        seen_up_to: as for `close`.
        snoozed_up_to: only where the present snooze ends at this time or before.
    """

    status: Conversation.Status
    event: Event
    until: datetime | None = None
    seen_up_to: int | None = None
    snoozed_up_to: datetime | None = None


def _set_status(move: _Move, *, conversation: Conversation, by: User | None, at: datetime) -> bool:
    status, until, seen_up_to = move.status, move.until, move.seen_up_to
    with transaction.atomic():
        rows = Conversation.objects.filter(pk=conversation.pk)
        if until is None:
            rows = rows.exclude(status=status)
        fields: dict[str, object] = {"status": status.value, "snoozed_until": until}
        if move.snoozed_up_to is not None:
            # Somebody may have put it away again, until later.
            rows = rows.filter(snoozed_until__lte=move.snoozed_up_to)
        put_away = settled() if status == Conversation.Status.CLOSED else {}
        if not _seen(rows, up_to=seen_up_to).update(**fields, **put_away):
            _check_seen(rows, up_to=seen_up_to)
            return False
        for name, value in fields.items():
            setattr(conversation, name, value)
        if put_away:
            conversation.refresh_from_db(fields=put_away)
        if move.snoozed_up_to is not None:
            show_activity(conversation, at=at)
        if status == Conversation.Status.OPEN:
            keep_unread(conversation)
        note_event(conversation=conversation, event=move.event, actor=by, at=at)
        if status == Conversation.Status.OPEN:
            _let_go_of_who_left(conversation, at=at)
    return True


def _let_go_of_who_left(conversation: Conversation, *, at: datetime) -> None:
    """Unassign what comes back to somebody who cannot answer it any more."""
    row = Conversation.objects.select_related("assignee", "did_number").get(pk=conversation.pk)
    if row.assignee is None or works_with(user=row.assignee, did_number=row.did_number):
        return
    Conversation.objects.filter(pk=row.pk).update(assignee=None)
    conversation.assignee = None
    note_event(conversation=row, event=Unassigned(), actor=None, at=at)


def _seen(rows: QuerySet[Conversation], *, up_to: int | None) -> QuerySet[Conversation]:
    """Keep a conversation in which the contact has not written since somebody looked."""
    if up_to is None:
        return rows
    return rows.filter(Q(last_inbound_id__isnull=True) | Q(last_inbound_id__lte=up_to))


def _check_seen(rows: QuerySet[Conversation], *, up_to: int | None) -> None:
    """Raise TheyWrote where that is why nothing was changed."""
    if up_to is not None and rows.filter(last_inbound_id__gt=up_to).exists():
        raise TheyWrote


def wake_snoozed(*, at: datetime, limit: int = 200) -> int:
    """Open the snoozed conversations whose time has come, above all others; return how many."""
    over = Conversation.objects.snooze_over(at=at).exclude(pk__in=_wake_guard.set_aside())
    move = _Move(Conversation.Status.OPEN, SnoozeEnded(), snoozed_up_to=at)
    count = 0
    for conversation in list(over.select_related("did_number")[:limit]):
        with _wake_guard.row(conversation.pk):
            count += _set_status(move, conversation=conversation, by=None, at=at)
    return count


def need_no_reply(
    *, conversation: Conversation, by: User, at: datetime, seen_up_to: int | None = None
) -> bool:
    """Settle "needs reply" without an answer.

    Args:
        conversation: which.
        by: who settles it.
        at: now, aware UTC.
        seen_up_to: as for `close`.

    Returns:
        Whether an answer was due.

    Raises:
        TheyWrote: the contact wrote since; that still needs an answer.
    """
    with transaction.atomic():
        rows = Conversation.objects.filter(pk=conversation.pk, needs_reply_since__isnull=False)
        was_due = _seen(rows, up_to=seen_up_to).update(**settled())
        if not was_due:
            _check_seen(rows, up_to=seen_up_to)
        else:
            conversation.refresh_from_db(fields=settled())
            note_event(conversation=conversation, event=NoReplyNeeded(), actor=by, at=at)
    return bool(was_due)
