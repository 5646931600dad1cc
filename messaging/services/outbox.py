"""The outbox: claim a queued message, send it between two transactions.

Write down what is known of the outcome.

The claim is committed before the socket opens, so a message whose worker dies is never sent a
second time: its lease runs out and it becomes unconfirmed. The final update is fenced by the
worker's name.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from messaging.models import DidNumber, Message, QueuePause
from messaging.nxcloud import errors
from messaging.phone_numbers import mask
from messaging.statuses import Status

from . import pausing
from .history import change_status
from .opt_outs import blocked_reason, opt_out_in_force
from .orphans import match_orphans_to

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.nxcloud.client import Accepted

logger = logging.getLogger(__name__)

#: Added to NXCLOUD_TOTAL_TIMEOUT: how long a claim is trusted without news of its worker.
LEASE_MARGIN: Final = timedelta(seconds=10)
FIRST_RETRY_SECONDS: Final = 5.0
LONGEST_RETRY_SECONDS: Final = 900.0
#: A provider that asks for more than a day has made a mistake.
LONGEST_ASKED_SECONDS: Final = 86_400.0
TRIES_BEFORE_PAUSE: Final = 6
UNREACHABLE: Final = "unreachable"
CLOCK_CODE: Final = "1004"


class SmsClient(Protocol):
    """What the outbox needs of the provider's client."""

    def send_sms(self, *, sender: str, phone: str, content: str) -> Accepted:
        """Send one message; raises errors.NXCloudError."""


@dataclass(frozen=True)
class Claim:
    """A message that this worker alone may send now.

    Attributes:
        message: the row, in status sending.
        is_trial: whether the queue is paused and this message tries whether the cause is gone.
    """

    message: Message
    is_trial: bool


@dataclass(frozen=True)
class Outcome:
    """What one attempt brought: the provider's acceptance or the error."""

    accepted: Accepted | None = None
    error: errors.NXCloudError | None = None


def lease() -> timedelta:
    """Return how long a claim lasts without its worker."""
    return timedelta(seconds=settings.NXCLOUD_TOTAL_TIMEOUT) + LEASE_MARGIN


# Claiming -----------------------------------------------------------------------------------------
# -------------------


def claim_due_messages(*, worker: str, limit: int, at: datetime) -> list[Claim]:
    """Claim up to ``limit`` messages, at most one for each DID number, and commit.

    Args:
        worker: the claiming worker's name.
        limit: how many requests it can have in flight now.
        at: now, aware UTC.

    Returns:
        The claims; the caller must send each of them.
    """
    if limit < 1:
        return []
    pause = pausing.current_pause()
    if pause is not None:
        return _claim_trial(worker=worker, pause=pause, at=at)
    due = Message.objects.due(at=at).heads().filter(did_number_id=OuterRef("pk"))
    candidates = DidNumber.objects.filter(Exists(due)).filter(
        Q(next_send_at__isnull=True) | Q(next_send_at__lte=at)
    )
    if not candidates.exists():
        return []
    claims: list[Claim] = []
    with transaction.atomic():
        numbers = candidates.select_for_update(skip_locked=True, of=("self",)).order_by(
            F("next_send_at").asc(nulls_first=True)
        )
        for number in numbers[:limit]:
            message = _claim_first(number=number, worker=worker, at=at, is_trial=False)
            if message is not None:
                gap = timedelta(seconds=1 / number.max_per_second)
                DidNumber.objects.filter(pk=number.pk).update(next_send_at=at + gap)
                claims.append(Claim(message, is_trial=False))
    return claims


def _claim_trial(*, worker: str, pause: QueuePause, at: datetime) -> list[Claim]:
    """Claim the one message that tries whether a pause's cause is gone.

    The DID numbers take turns.
    """
    if pause.next_trial_at > at or not Message.objects.queued().heads().exists():
        return []
    with transaction.atomic():
        if not pausing.claim_trial(pause=pause, at=at):
            return []
        queued = Message.objects.queued().filter(did_number_id=OuterRef("pk"))
        numbers = (
            DidNumber.objects.filter(Exists(queued))
            .select_for_update(skip_locked=True, of=("self",))
            .order_by(F("last_trial_at").asc(nulls_first=True), "pk")
        )
        for number in numbers:
            message = _claim_first(number=number, worker=worker, at=at, is_trial=True)
            if message is not None:
                DidNumber.objects.filter(pk=number.pk).update(last_trial_at=at)
                return [Claim(message, is_trial=True)]
    return []


def _claim_first(*, number: DidNumber, worker: str, at: datetime, is_trial: bool) -> Message | None:
    """Claim the number's oldest message that nothing holds back.

    Block those that must not go any more.
    """
    rows = Message.objects.queued() if is_trial else Message.objects.due(at=at)
    while True:
        message = (
            rows.filter(did_number=number)
            .heads()
            .select_related("conversation__contact", "did_number")
            .order_by("queued_at", "id")
            .first()
        )
        if message is None:
            return None
        reason = _reason_not_to_send(message=message, at=at)
        if reason:
            change_status(message=message, to=Status.BLOCKED, at=at, error=reason, detail=reason)
            continue
        claimed = change_status(
            message=message,
            to=Status.SENDING,
            at=at,
            claimed_by=worker,
            attempt_started_at=at,
            attempts=message.attempts + 1,
        )
        return message if claimed else None


def _reason_not_to_send(*, message: Message, at: datetime) -> str:
    """Return why a message must not be sent any more, in plain words; "" when it may go."""
    conversation = message.conversation
    if not message.did_number.is_active:
        return "The number was switched off before it was sent."
    if opt_out_in_force(
        contact_id=conversation.contact_id, did_number_id=conversation.did_number_id
    ):
        return blocked_reason()
    if at - (message.send_at or message.created_at) > timedelta(seconds=settings.OUTBOX_MAX_AGE):
        return "It could not be sent in time, and was not sent late."
    return ""


# Sending ------------------------------------------------------------------------------------------
# -------------------


def attempt(*, claim: Claim, client: SmsClient) -> Outcome:
    """Send a claimed message over the wire; outside any transaction.

    Returns:
        What is known; an exception that nobody foresaw counts as "outcome unknown".
    """
    message = claim.message
    try:
        accepted = client.send_sms(
            sender=message.did_number.number,
            phone=message.conversation.contact.phone_key,
            content=message.content,
        )
    except errors.NXCloudError as error:
        return Outcome(error=error)
    except Exception as error:
        logger.exception("sending message %s failed in an unforeseen way", message.pk)
        return Outcome(
            error=errors.OutcomeUnknown(
                "Something unforeseen happened while it was sent.", detail=type(error).__name__
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
                pk=claim.message.pk,
                attempts=claim.message.attempts,  # the outcome of an earlier attempt is old news
                claimed_by=worker,
                status__in=[Status.SENDING, Status.UNCONFIRMED],
            )
            .first()
        )
        if message is None:
            return False
        if outcome.accepted is not None:
            _record_accepted(message=message, accepted=outcome.accepted, at=at)
        elif outcome.error is not None:
            _record_error(message=message, error=outcome.error, at=at)
        match_orphans_to(message=message, at=at)
    _judge_queue(claim=claim, outcome=outcome, message=message, at=at)
    return True


def _record_accepted(*, message: Message, accepted: Accepted, at: datetime) -> None:
    fields: dict[str, Any] = {"sent_at": at, "provider_code": "0", "error": "", "unsent_tries": 0}
    if accepted.message_id is None:
        change_status(
            message=message, to=Status.SENT, at=at, detail="Accepted without an id.", **fields
        )
        return
    try:
        with transaction.atomic():
            change_status(
                message=message,
                to=Status.SENT,
                at=at,
                provider_message_id=accepted.message_id[:128],
                **fields,
            )
    except IntegrityError:
        message.refresh_from_db(fields=["status"])
        detail = "Accepted with an id that already belongs to another message."
        change_status(message=message, to=Status.SENT, at=at, detail=detail, **fields)


def _record_error(*, message: Message, error: errors.NXCloudError, at: datetime) -> None:
    """Turn an error into the message's next status: the one place that does."""
    words: dict[str, Any] = {
        "error": error.user_message[:500],
        "provider_code": error.provider_code[:20],
    }
    detail = " ".join(part for part in (error.user_message, error.detail) if part)
    if isinstance(error, errors.OutcomeUnknown):
        if message.status == Status.SENDING:
            change_status(message=message, to=Status.UNCONFIRMED, at=at, detail=detail, **words)
        return
    if isinstance(error, errors.MessageRefused) or message.status == Status.UNCONFIRMED:
        # A claim that ran out never goes back to the queue: what was certainly not accepted has
        # failed.
        change_status(message=message, to=Status.FAILED, at=at, detail=detail, **words)
        return
    tries = message.unsent_tries
    delay = 0.0
    if isinstance(error, (errors.RequestNotSent, errors.ProviderBusy)):
        tries += 1
        delay = retry_delay_seconds(error=error, tries=tries)
    elif isinstance(error, errors.AccountRejected):
        delay = pausing.trial_delay(trials=tries).total_seconds()
        tries += 1
    change_status(
        message=message,
        to=Status.QUEUED,
        at=at,
        detail=detail,
        not_before=at + timedelta(seconds=delay),
        unsent_tries=tries,
        **words,
    )


def retry_delay_seconds(*, error: errors.NXCloudError, tries: int) -> float:
    """Return how long to wait before the next try.

    What the provider asks for, else 5 s doubling.
    """
    if isinstance(error, errors.ProviderBusy) and error.retry_after_seconds is not None:
        return min(max(error.retry_after_seconds, 1.0), LONGEST_ASKED_SECONDS)
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(tries - 1, 10), LONGEST_RETRY_SECONDS)


def _judge_queue(*, claim: Claim, outcome: Outcome, message: Message, at: datetime) -> None:
    """Pause or resume the queue by what an attempt showed about the way to the provider."""
    error = outcome.error
    if outcome.accepted is not None or isinstance(error, errors.MessageRefused):
        if claim.is_trial:
            pausing.resume_queue(at=at)
        return
    if isinstance(error, errors.AccountRejected):
        code = error.provider_code or f"http_{error.http_status}"
        pausing.pause_queue(
            code=code, reason=error.user_message, mender=error.mender, message=message, at=at
        )
    elif isinstance(error, errors.ClockRejected):
        # The first 1004 goes back to the queue and out again, freshly signed; the second one
        # pauses.
        if claim.message.provider_code == CLOCK_CODE or claim.is_trial:
            pausing.pause_queue(
                code="clock", reason=error.user_message, mender=error.mender, message=message, at=at
            )
    elif isinstance(error, errors.RequestNotSent) and message.unsent_tries >= TRIES_BEFORE_PAUSE:
        pausing.pause_queue(
            code=UNREACHABLE,
            reason=f"NXCloud cannot be reached: {error.user_message}",
            mender=error.mender,
            message=message,
            at=at,
        )
    logger.warning(
        "message %s to %s: %s",
        message.pk,
        mask(message.conversation.contact.phone_key),
        type(error).__name__,
    )


# Housekeeping -------------------------------------------------------------------------------------
# -------------------


def recover_lost_claims(*, at: datetime) -> int:
    """Turn claims whose worker is gone into unconfirmed messages; return how many."""
    lost = Message.objects.filter(status=Status.SENDING, attempt_started_at__lt=at - lease())
    if not lost.exists():
        return 0
    words = "The program stopped while it was being sent: it may have been sent."
    count = 0
    with transaction.atomic():
        for message in lost.select_for_update(skip_locked=True, of=("self",)).select_related(
            "conversation__contact"
        ):
            if change_status(
                message=message, to=Status.UNCONFIRMED, at=at, error=words, detail=words
            ):
                match_orphans_to(message=message, at=at)
                count += 1
    return count


def block_expired_messages(*, at: datetime, limit: int = 500) -> int:
    """Block queued messages that are too old to be sent, paused queue or not; return how many."""
    limit_time = at - timedelta(seconds=settings.OUTBOX_MAX_AGE)
    expired = Message.objects.queued().filter(
        Q(send_at__lt=limit_time) | Q(send_at__isnull=True, created_at__lt=limit_time)
    )
    if not expired.exists():
        return 0
    count = 0
    with transaction.atomic():
        for message in expired.select_for_update(skip_locked=True, of=("self",)).select_related(
            "did_number", "conversation"
        )[:limit]:
            reason = _reason_not_to_send(message=message, at=at)
            count += change_status(
                message=message, to=Status.BLOCKED, at=at, error=reason, detail=reason
            )
    return count
