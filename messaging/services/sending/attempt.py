"""Attempt to send a claimed message, between two transactions, and record the outcome.

The record is fenced by the worker's name and the count of attempts.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from django.db import IntegrityError, transaction

from messaging.models import Message
from messaging.nxcloud import errors
from messaging.reasons import Reason, ReasonCode
from messaging.services.history.message_status import change_status
from messaging.services.receipts.orphans import match_orphans_to
from messaging.statuses import Status

from .circuit_breaker import evaluate_attempt, probe_delay
from .retry_delay import retry_delay_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from messaging.nxcloud.client import Accepted

    from .claims import Claim

logger = logging.getLogger(__name__)


class SmsClient(Protocol):
    """What the outbox needs of the provider's client."""

    def send_sms(
        self, *, sender: str, phone: str, content: str, is_in_time: Callable[[], bool]
    ) -> Accepted:
        """Send one message, if it is in time as its bytes leave; raises errors.NXCloudError."""


@dataclass(frozen=True)
class Outcome:
    """What one attempt brought: the provider's acceptance or the error."""

    accepted: Accepted | None = None
    error: errors.NXCloudError | None = None

    @property
    def trace(self) -> dict[str, Any] | None:
        """The request, as the history keeps it; None when nothing is known of it."""
        brought = self.accepted or self.error
        return None if brought is None or brought.trace is None else brought.trace.stored()


def attempt(*, claim: Claim, client: SmsClient) -> Outcome:
    """Send a claimed message over the wire; outside any transaction.

    Returns:
        What is known; an exception that nobody foresaw counts as "outcome unknown".
    """
    try:
        accepted = client.send_sms(
            sender=claim.sender,
            phone=claim.phone,
            content=claim.content,
            is_in_time=claim.is_in_time,
        )
    except errors.NXCloudError as error:
        return Outcome(error=error)
    except Exception as error:
        logger.exception("sending message %s failed in an unforeseen way", claim.message_id)
        return Outcome(
            error=errors.OutcomeUnknown(
                type(error).__name__, reason=ReasonCode.UNEXPECTED_ERROR.value
            )
        )
    return Outcome(accepted=accepted)


def record_outcome(*, claim: Claim, outcome: Outcome, worker: str, at: datetime) -> bool:
    """Write down what an attempt brought, if the claim is still this worker's.

    Args:
        claim: the claim that was attempted.
        outcome: what it brought.
        worker: the worker that claimed it.
        at: now, aware UTC.

    Returns:
        Whether the row was still this worker's; a claim that ran out has become unconfirmed and
        takes late knowledge.

    Raises:
        OperationalError, InterfaceError: the database is away; call again later with the same
        outcome.
    """
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(of=("self",))
            .select_related("conversation__contact", "did_number")
            .filter(
                pk=claim.message_id,
                attempts=claim.attempts,  # the outcome of an earlier attempt is old news
                claimed_by=worker,
                status__in=[Status.SENDING, Status.UNCONFIRMED],
            )
            .first()
        )
        if message is None:
            return False
        if outcome.accepted is not None:
            _record_accepted(message=message, accepted=outcome.accepted, trace=outcome.trace, at=at)
        elif outcome.error is not None:
            _record_error(message=message, error=outcome.error, trace=outcome.trace, at=at)
        match_orphans_to(message=message, at=at)
        # In the same transaction: an outcome that is written is not looked at again.
        evaluate_attempt(claim=claim, error=outcome.error, message=message, at=at)
    return True


def _record_accepted(
    *, message: Message, accepted: Accepted, trace: dict[str, Any] | None, at: datetime
) -> None:
    fields: dict[str, Any] = {
        "sent_at": at,
        "provider_code": "0",
        "unsent_tries": 0,
        "trace": trace,
    }
    if accepted.message_id is None:
        reason = Reason(ReasonCode.ACCEPTED_WITHOUT_ID)
        change_status(message=message, to=Status.SENT, at=at, reason=reason, error=None, **fields)
        return
    try:
        with transaction.atomic():
            change_status(
                message=message,
                to=Status.SENT,
                at=at,
                error=None,
                provider_message_id=accepted.message_id[:128],
                **fields,
            )
    except IntegrityError:
        message.refresh_from_db(fields=["status"])
        reason = Reason(ReasonCode.ACCEPTED_WITH_KNOWN_ID)
        change_status(message=message, to=Status.SENT, at=at, reason=reason, error=None, **fields)


def _record_error(
    *, message: Message, error: errors.NXCloudError, trace: dict[str, Any] | None, at: datetime
) -> None:
    """Turn an error into the message's next status: the one place that does."""
    told: dict[str, Any] = {
        "error": error_of(error),
        "reason": _reason_of(error),
        "provider_code": error.provider_code[:20],
        "trace": trace,
    }
    if isinstance(error, errors.OutcomeUnknown):
        if message.status == Status.SENDING:
            change_status(message=message, to=Status.UNCONFIRMED, at=at, **told)
    elif isinstance(error, errors.MessageRefused) or message.status == Status.UNCONFIRMED:
        # A claim that ran out never goes back to the queue, though nothing was accepted: its
        # followers have gone, and a person may have sent it again meanwhile. So it has failed.
        change_status(message=message, to=Status.FAILED, at=at, **told)
    else:
        tries, delay = _next_try(error=error, tries=message.unsent_tries, attempts=message.attempts)
        has_asked = isinstance(error, errors.ProviderBusy) and error.retry_after_seconds is not None
        change_status(
            message=message,
            to=Status.QUEUED,
            at=at,
            not_before=at + delay,
            asked_to_wait_until=at + delay if has_asked else None,
            unsent_tries=tries,
            **told,
        )


def error_of(error: errors.NXCloudError) -> Reason:
    """Return what a message keeps of an error: of an undocumented code the provider's words too."""
    reason = Reason(error.code[:40], error.facts)
    return reason if reason.is_documented else _reason_of(error)


def _reason_of(error: errors.NXCloudError) -> Reason:
    """Return an error with what the provider, or the machine, said of it: for the history."""
    return Reason(
        error.code[:40], {**error.facts, **({"words": error.detail} if error.detail else {})}
    )


def _next_try(*, error: errors.NXCloudError, tries: int, attempts: int) -> tuple[int, timedelta]:
    """Return the tries in a row that did not leave, and how long to wait before the next attempt.

    Args:
        error: why it was not taken.
        tries: those in a row before this one.
        attempts: all attempts with this one.
    """
    if isinstance(error, errors.RequestNotSent):
        return tries + 1, timedelta(seconds=retry_delay_seconds(error=error, tries=tries + 1))
    if isinstance(error, errors.TooLateToSend):
        return tries, timedelta(0)  # Nobody was asked.
    # A provider that answers was reached.
    if isinstance(error, errors.ProviderBusy):
        return 0, timedelta(seconds=retry_delay_seconds(error=error, tries=attempts))
    if isinstance(error, errors.AccountRejected):
        return 0, probe_delay(probes=attempts - 1)
    return 0, timedelta(0)
