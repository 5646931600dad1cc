"""What can happen to a message next, who can fix what went wrong, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from messaging import statuses
from messaging.models import Push, WorkerSighting
from messaging.reasons import Owner, Reason, ReasonCode
from messaging.services.operations.health_checks import WORKER_SEEN_WITHIN
from messaging.services.sending.circuit_breaker import current_trip
from messaging.services.sending.claims import lease
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.models import Message


class Next(StrEnum):
    """What happens to a message if nobody does anything."""

    WAITS_FOR_ITS_TIME = "waits_for_its_time"
    WAITS_FOR_UNDO = "waits_for_undo"
    WAITS_WHILE_PAUSED = "waits_while_paused"
    WAITS_FOR_A_WORKER = "waits_for_a_worker"
    IS_TRIED_AGAIN = "is_tried_again"
    IS_NEXT = "is_next"
    IS_BEING_SENT = "is_being_sent"
    WAITS_FOR_A_RECEIPT = "waits_for_a_receipt"
    HAS_NO_RECEIPT = "has_no_receipt"
    MAY_HAVE_BEEN_SENT = "may_have_been_sent"
    NOTHING = "nothing"
    IS_COMPLETE = "is_complete"


class Action(StrEnum):
    """What a person can do about it."""

    RESEND = "resend"
    CANCEL = "cancel"
    RESUME = "resume"
    REPLAY = "replay"
    SEE_HEALTH = "see_health"
    SEE_NUMBER = "see_number"
    SEE_CONTACT = "see_contact"


#: Codes that the settings of the installation, or the account at NXCloud, bring about.
OF_THE_ACCOUNT: Final = frozenset(
    {
        "1001", "1003", "1005", "1100", "1102",
        ReasonCode.ACCOUNT, ReasonCode.ACCESS_DENIED, ReasonCode.WRONG_ADDRESS,
        ReasonCode.MALFORMED_ADDRESS, ReasonCode.UNREACHABLE,
    }
)  # fmt: skip
#: Codes that belong to one of our numbers.
OF_THE_NUMBER: Final = frozenset(
    {
        "12002",
        "12004",
        "12005",
        "12007",
        "12008",
        ReasonCode.NUMBER_INACTIVE,
        ReasonCode.BUDGET_USED_UP,
    }
)
#: Codes that the state of our own machines brings about.
OF_OUR_MACHINES: Final = frozenset(
    {"1004", ReasonCode.CLOCK, ReasonCode.WORKER_LOST, ReasonCode.WORKER_STOPPED}
)


@dataclass(frozen=True)
class Outlook:
    """What can be said of a message's future.

    Attributes:
        next: what happens if nobody does anything.
        at: when that is, where it has a time.
        cause: why it is where it is; None where there is nothing to say.
        owner: who can fix that.
        may_become: statuses that the transition table still allows.
        actions: what people can do; the page offers each to those who may.
        facts: what the sentences need, by name.
    """

    next: Next
    at: datetime | None = None
    cause: Reason | None = None
    owner: Owner = Owner.NOBODY
    may_become: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def outlook_of(*, message: Message, at: datetime) -> Outlook:
    """Tell what may become of a message.

    Args:
        message: with its conversation.
        at: now, aware UTC.
    """
    step, when, cause, facts = _next(message, at=at)
    owner = cause.owner if cause else Owner.NOBODY
    if step == Next.WAITS_FOR_A_WORKER:
        owner = Owner.ADMINISTRATOR
    return Outlook(
        next=step,
        at=when,
        cause=cause,
        owner=owner,
        may_become=tuple(
            sorted(status.value for status in statuses.TRANSITIONS[Status(message.status)])
        ),
        actions=_actions(message, step=step, cause=cause),
        facts=facts,
    )


_Found = tuple[Next, "datetime | None", "Reason | None", dict[str, Any]]


def _next(message: Message, *, at: datetime) -> _Found:
    cause = message.error_reason
    match Status(message.status):
        case Status.SCHEDULED:
            return Next.WAITS_FOR_ITS_TIME, message.send_at, cause, {}
        case Status.HELD:
            return Next.WAITS_FOR_UNDO, message.not_before, cause, {}
        case Status.QUEUED:
            return _next_of_queued(message, at=at)
        case Status.SENDING:
            began = message.attempt_started_at or at
            return Next.IS_BEING_SENT, began + lease(), cause, {"worker": message.claimed_by}
        case Status.SENT:
            due_at = (message.sent_at or at) + timedelta(seconds=settings.NO_RECEIPT_AFTER)
            step = Next.WAITS_FOR_A_RECEIPT if at < due_at else Next.HAS_NO_RECEIPT
            return step, due_at, cause, {}
        case Status.UNCONFIRMED:
            began = message.attempt_started_at or message.created_at
            may_resend_at = began + timedelta(seconds=settings.NO_RECEIPT_AFTER)
            return Next.MAY_HAVE_BEEN_SENT, may_resend_at, cause, {}
        case Status.RECEIVED | Status.DELIVERED:
            return Next.IS_COMPLETE, None, cause, {}
        case _:
            return Next.NOTHING, None, cause, {}


def _next_of_queued(message: Message, *, at: datetime) -> _Found:
    trip = current_trip()
    if trip is not None:
        return Next.WAITS_WHILE_PAUSED, trip.next_probe_at, trip.reason, {}
    if not WorkerSighting.objects.filter(seen_at__gte=at - WORKER_SEEN_WITHIN).exists():
        return Next.WAITS_FOR_A_WORKER, None, message.error_reason, {}
    if message.not_before is not None and message.not_before > at:
        return Next.IS_TRIED_AGAIN, message.not_before, message.error_reason, {}
    return Next.IS_NEXT, None, message.error_reason, {}


def _actions(message: Message, *, step: Next, cause: Reason | None) -> tuple[Action, ...]:
    code = cause.code if cause else ""
    found = {
        Action.RESUME: step == Next.WAITS_WHILE_PAUSED,
        Action.SEE_HEALTH: step in {Next.WAITS_FOR_A_WORKER, Next.HAS_NO_RECEIPT}
        or code in OF_THE_ACCOUNT | OF_OUR_MACHINES,
        Action.SEE_NUMBER: code in OF_THE_NUMBER or step == Next.HAS_NO_RECEIPT,
        Action.SEE_CONTACT: code in {ReasonCode.OPTED_OUT, "9006", "9007"},
        Action.RESEND: message.is_resendable and not message.resends.exists(),
        Action.CANCEL: message.is_cancelable,
        Action.REPLAY: message.pushes.filter(
            outcome__in=[Push.Outcome.QUARANTINED, Push.Outcome.ORPHAN]
        ).exists(),
    }
    return tuple(action for action, is_offered in found.items() if is_offered)
