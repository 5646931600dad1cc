"""The one place where a message changes its status.

By the transition table, conditionally, with its history, which never goes back in time.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from messaging.models import Change, Message, StatusChange
from messaging.reasons import columns_of
from messaging.services.errors import WrongState
from messaging.services.feed.changes import announce_many
from messaging.services.history.summary import is_shown_in, rebuild
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.reasons import Reason


class Kept(Enum):
    """Says that a column stays as it is."""

    KEPT = auto()


KEPT: Final = Kept.KEPT


def change_status(
    *,
    message: Message,
    to: Status,
    at: datetime,
    reason: Reason | None = None,
    error: Reason | Kept | None = KEPT,
    trace: dict[str, Any] | None = None,
    **fields: Any,
) -> bool:
    """Move a message to another status if nobody else moved it first.

    The update is conditional on the status this object was read with; the count decides. Must run
    inside a transaction together with whatever belongs to the move. Where the conversation's
    summary follows (`summary.is_shown_in`), it is rebuilt with the conversation locked: a caller
    that locks the message locks the conversation before it.

    Args:
        message: as read; its attributes are brought up to date on success.
        to: the new status.
        at: time of the change, aware UTC; entered as `note_status` says.
        reason: why, for the history; without message text.
        error: what went wrong with the message, None when nothing did. It is the reason too, where
            no other is given.
        trace: of an attempt, for the history (`StatusChange.trace`).
        **fields: further columns to write with the status.

    Returns:
        Whether the move happened.

    Raises:
        WrongState: the transition table does not know this move.
    """
    if not message.can_become(to):
        raise WrongState(f"A message that is {message.status} cannot become {to.value}.")
    if not isinstance(error, Kept):
        fields["error_code"], fields["error_facts"] = columns_of(error)
        reason = reason or error
    before = message.status
    rows = Message.objects.filter(pk=message.pk, status=before)
    if not rows.update(status=to.value, **fields):
        return False
    for name, value in {"status": to.value, **fields}.items():
        setattr(message, name, value)
    if is_shown_in(before=before, after=to):
        rebuild(message.conversation_id)
    note_status(message=message, at=at, reason=reason, trace=trace)
    return True


def note_status(
    *,
    message: Message,
    at: datetime,
    reason: Reason | None = None,
    trace: dict[str, Any] | None = None,
) -> None:
    """Write the message's present status into its history and tell the browsers.

    The caller holds the message's row. The time was taken before the row was theirs: another
    process may have written meanwhile, or has a clock that is ahead. The entry is then made with
    the time of the one before it, since a history that goes back in time cannot be read.

    Args:
        message: the message.
        at: time of the entry, aware UTC.
        reason: why, for the history; without message text.
        trace: of an attempt (`StatusChange.trace`).
    """
    latest = latest_entry_at(message=message)
    code, facts = columns_of(reason)
    StatusChange.objects.create(
        message_id=message.pk,
        status=message.status,
        at=at if latest is None else max(at, latest),
        code=code,
        facts=facts,
        trace=trace,
    )
    announce_many(
        kind=Change.Kind.STATUS, threads=[(message.conversation_id, message.did_number_id)]
    )


def latest_entry_at(*, message: Message) -> datetime | None:
    """Return the time of the newest entry in a message's history; None while it has none."""
    entries = StatusChange.objects.filter(message_id=message.pk).order_by("-id")
    return entries.values_list("at", flat=True).first()
