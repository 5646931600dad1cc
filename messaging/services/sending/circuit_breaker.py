"""The circuit breaker of sending: open when nothing can get through, half-open for one probe.

It closes by itself when a probe passes, or a person closes it. The interface and the API say that
sending is paused while it is open.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.models import Change, CircuitBreakerTrip, Message
from messaging.nxcloud import errors
from messaging.phone_numbers import mask
from messaging.reasons import Reason, ReasonCode
from messaging.services.audit.record import Subject, record
from messaging.services.feed.changes import announce
from messaging.services.mail.admin_mail import MailText, mail_administrators
from messaging.services.mail.once import mail_once
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from .claims import Claim

logger = logging.getLogger(__name__)

#: Minutes until the first, the second and every further probe.
PROBE_MINUTES: Final = (1, 5, 15)
TRIES_BEFORE_OPENING: Final = 6
#: Causes that a message which the provider refuses for its own sake shows to be gone.
GONE_WHEN_REACHED: Final = frozenset({ReasonCode.UNREACHABLE, ReasonCode.CLOCK})
CLOCK_CODE: Final = "1004"


def current_trip() -> CircuitBreakerTrip | None:
    """Return the trip that keeps the breaker open; None while it is closed."""
    return CircuitBreakerTrip.objects.open().first()


def probe_delay(*, probes: int) -> timedelta:
    """Return how long to wait after that many probes have failed: 1, 5, then every 15 minutes."""
    return timedelta(minutes=PROBE_MINUTES[min(probes, len(PROBE_MINUTES) - 1)])


def evaluate_attempt(
    *, claim: Claim, error: errors.NXCloudError | None, message: Message, at: datetime
) -> None:
    """Open or close the breaker by what an attempt showed about the way to the provider.

    Args:
        claim: what was attempted.
        error: what went wrong; None when the provider accepted it.
        message: the message as it is now.
        at: now, aware UTC.
    """
    if error is None or isinstance(error, errors.MessageRefused):
        if claim.is_probe:
            _evaluate_probe(claim=claim, is_accepted=error is None, at=at)
        return
    cause = _cause_to_open(claim=claim, error=error, message=message)
    if cause is not None and not _was_closed_since(claim):
        open_breaker(reason=cause, message=message, at=at)
    logger.warning(
        "message %s to %s: %s",
        message.pk,
        mask(message.conversation.contact.phone_key),
        type(error).__name__,
    )


def _was_closed_since(claim: Claim) -> bool:
    """Tell whether the breaker was closed after a claim was made: what it met is old news then."""
    return CircuitBreakerTrip.objects.filter(ended_at__gt=claim.began_at).exists()


def _evaluate_probe(*, claim: Claim, is_accepted: bool, at: datetime) -> None:
    """Close the breaker after a probe that passed, unless the trip is younger than the probe.

    A message that was refused for its own sake shows that the provider is reached and that our
    clock is right, but nothing of the account: then another one is tried in a minute.
    """
    trip = current_trip()
    if trip is None or trip.began_at > claim.began_at:
        return
    if is_accepted or trip.code in GONE_WHEN_REACHED:
        close_breaker(at=at)
        return
    soon = at + probe_delay(probes=0)
    CircuitBreakerTrip.objects.open().filter(pk=trip.pk, next_probe_at__gt=soon).update(
        next_probe_at=soon
    )


def _cause_to_open(*, claim: Claim, error: errors.NXCloudError, message: Message) -> Reason | None:
    """Return why the breaker opens; None while other messages may pass."""
    if isinstance(error, errors.AccountRejected):
        return Reason(error.code[:40], error.facts)
    # The first 1004 goes back to the queue and out again, freshly signed; the second one opens it.
    is_second = claim.provider_code == CLOCK_CODE or claim.is_probe
    if isinstance(error, errors.ClockRejected) and is_second:
        return Reason(ReasonCode.CLOCK)
    if isinstance(error, errors.RequestNotSent) and message.unsent_tries >= TRIES_BEFORE_OPENING:
        return Reason(ReasonCode.UNREACHABLE)
    return None


def open_breaker(*, reason: Reason, message: Message | None, at: datetime) -> CircuitBreakerTrip:
    """Hold the whole queue and tell the administrators, or keep the trip that is open already.

    Args:
        reason: the cause; its code tells who can fix it.
        message: the message that met the cause.
        at: now, aware UTC.

    Returns:
        The open trip.
    """
    code, facts = str(reason.code), dict(reason.facts) or None
    try:
        with transaction.atomic():
            trip = CircuitBreakerTrip.objects.create(
                code=code,
                facts=facts,
                message=message,
                began_at=at,
                next_probe_at=at + probe_delay(probes=0),
            )
            announce(kind=Change.Kind.QUEUE)
    except IntegrityError:
        current = current_trip()
        if current is None:
            return open_breaker(reason=reason, message=message, at=at)
        if not current.waits_for_a_person:
            CircuitBreakerTrip.objects.filter(pk=current.pk).update(code=code, facts=facts)
        return current
    # A mail that cannot even be claimed must not look like an outcome that was not written.
    transaction.on_commit(lambda: _mail_about(trip, at=at), robust=True)
    return trip


def mail_about_trip(*, at: datetime) -> bool:
    """Tell the administrators that sending is paused, if nobody has; return whether this did."""
    trip = current_trip()
    return trip is not None and _mail_about(trip, at=at)


def _mail_about(trip: CircuitBreakerTrip, *, at: datetime) -> bool:
    deliver = partial(mail_administrators, write=partial(_mail_text, trip))
    return mail_once(key=mail_key(trip), deliver=deliver, at=at)


def _mail_text(trip: CircuitBreakerTrip) -> MailText:
    """Write the mail about a trip in the active language."""
    words = trip.reason.words()
    return MailText(
        subject=_("Sending is paused: %(reason)s") % {"reason": words},
        body="\n".join(
            (
                _("didsms stopped sending: %(reason)s") % {"reason": words},
                "",
                _("Who can fix it: %(who)s") % {"who": trip.reason.owner_label},
                _("Messages stay queued until an administrator resumes sending.")
                if trip.waits_for_a_person
                else _(
                    "Messages stay queued. One message is tried after 1 minute, after 5, then every"
                    " 15 minutes; sending resumes by itself when one succeeds. An administrator can"
                    " resume it at once."
                ),
            )
        ),
    )


def mail_key(trip: CircuitBreakerTrip) -> str:
    """Return the key under which the mail about a trip is stored."""
    return f"pause:{trip.pk}"


def claim_probe(*, trip: CircuitBreakerTrip, at: datetime) -> bool:
    """Reserve the probe that is due for this worker; only one worker gets it."""
    return bool(
        CircuitBreakerTrip.objects.open()
        .filter(pk=trip.pk, next_probe_at=trip.next_probe_at, next_probe_at__lte=at)
        .update(next_probe_at=at + probe_delay(probes=trip.probes + 1), probes=trip.probes + 1)
    )


def close_breaker(*, at: datetime, by: User | None = None) -> bool:
    """Let every queued message go at once; nothing happens while the breaker is closed.

    Args:
        at: now, aware UTC.
        by: who resumed sending; None when a probe succeeded.

    Returns:
        Whether the breaker was open.
    """
    with transaction.atomic():
        trip = CircuitBreakerTrip.objects.open().first()
        if trip is None or not CircuitBreakerTrip.objects.open().filter(pk=trip.pk).update(
            ended_at=at, ended_by=by
        ):
            return False
        waiting = Message.objects.filter(status=Status.QUEUED, not_before__gt=at)
        if by is None:
            waiting = waiting.not_asked_to_wait(at=at)
            if trip.message_id is not None:
                # What met the cause keeps its own delay: it may be the only one concerned.
                waiting = waiting.exclude(pk=trip.message_id)
        waiting.update(not_before=at, unsent_tries=0)
        announce(kind=Change.Kind.QUEUE)
        if by is not None:
            record("sending_resumed", actor=by, about=Subject("circuitbreakertrip", trip.pk))
    return True
