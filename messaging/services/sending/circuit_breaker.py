"""The circuit breaker of sending: open when nothing can pass, half-open for one probe.

It resumes by itself when a probe passes, or by a person.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.models import Change, Message, QueuePause
from messaging.nxcloud import errors
from messaging.phone_numbers import mask
from messaging.reasons import Reason, ReasonCode
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
TRIES_BEFORE_PAUSE: Final = 6
#: Causes that a message which the provider refuses for its own sake shows to be gone.
GONE_WHEN_REACHED: Final = frozenset({ReasonCode.UNREACHABLE, ReasonCode.CLOCK})
CLOCK_CODE: Final = "1004"


def current_pause() -> QueuePause | None:
    """Return the pause in force, if any."""
    return QueuePause.objects.in_force().first()


def probe_delay(*, trials: int) -> timedelta:
    """Return how long to wait after that many probes have failed: 1, 5, then every 15 minutes."""
    return timedelta(minutes=PROBE_MINUTES[min(trials, len(PROBE_MINUTES) - 1)])


def evaluate_queue(
    *, claim: Claim, error: errors.NXCloudError | None, message: Message, at: datetime
) -> None:
    """Pause or resume the queue by what an attempt showed about the way to the provider.

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
    cause = _cause_to_pause(claim=claim, error=error, message=message)
    if cause is not None and not _was_resumed_since(claim):
        pause_queue(reason=cause, message=message, at=at)
    logger.warning(
        "message %s to %s: %s",
        message.pk,
        mask(message.conversation.contact.phone_key),
        type(error).__name__,
    )


def _was_resumed_since(claim: Claim) -> bool:
    """Tell whether sending was resumed after a claim was made: what it met is old news then."""
    return QueuePause.objects.filter(ended_at__gt=claim.began_at).exists()


def _evaluate_probe(*, claim: Claim, is_accepted: bool, at: datetime) -> None:
    """Resume after a probe that passed, unless the pause is younger than the probe.

    A message that was refused for its own sake shows that the provider is reached and that our
    clock is right, but nothing of the account: then another one is tried in a minute.
    """
    pause = current_pause()
    if pause is None or pause.began_at > claim.began_at:
        return
    if is_accepted or pause.code in GONE_WHEN_REACHED:
        resume_queue(at=at)
        return
    soon = at + probe_delay(trials=0)
    QueuePause.objects.in_force().filter(pk=pause.pk, next_trial_at__gt=soon).update(
        next_trial_at=soon
    )


def _cause_to_pause(*, claim: Claim, error: errors.NXCloudError, message: Message) -> Reason | None:
    """Return the reason of a pause; None while other messages may pass."""
    if isinstance(error, errors.AccountRejected):
        return Reason(error.code[:40], error.facts)
    # The first 1004 goes back to the queue and out again, freshly signed; the second one pauses.
    is_second = claim.provider_code == CLOCK_CODE or claim.is_probe
    if isinstance(error, errors.ClockRejected) and is_second:
        return Reason(ReasonCode.CLOCK)
    if isinstance(error, errors.RequestNotSent) and message.unsent_tries >= TRIES_BEFORE_PAUSE:
        return Reason(ReasonCode.UNREACHABLE)
    return None


def pause_queue(*, reason: Reason, message: Message | None, at: datetime) -> QueuePause:
    """Hold the whole queue and tell the administrators, or keep the pause that is in force.

    Args:
        reason: the cause; its code tells who can fix it.
        message: the message that met the cause.
        at: now, aware UTC.

    Returns:
        The pause in force.
    """
    code, facts = str(reason.code), dict(reason.facts) or None
    try:
        with transaction.atomic():
            pause = QueuePause.objects.create(
                code=code,
                facts=facts,
                message=message,
                began_at=at,
                next_trial_at=at + probe_delay(trials=0),
            )
            announce(kind=Change.Kind.QUEUE)
    except IntegrityError:
        current = current_pause()
        if current is None:
            return pause_queue(reason=reason, message=message, at=at)
        QueuePause.objects.filter(pk=current.pk).update(code=code, facts=facts)
        return current
    # A mail that cannot even be claimed must not look like an outcome that was not written.
    transaction.on_commit(lambda: _mail_about(pause, at=at), robust=True)
    return pause


def mail_about_pause(*, at: datetime) -> bool:
    """Tell the administrators of the pause in force, if nobody has; return whether this did."""
    pause = current_pause()
    return pause is not None and _mail_about(pause, at=at)


def _mail_about(pause: QueuePause, *, at: datetime) -> bool:
    deliver = partial(mail_administrators, write=partial(_mail_text, pause))
    return mail_once(key=mail_key(pause), deliver=deliver, at=at)


def _mail_text(pause: QueuePause) -> MailText:
    """Write the mail about a pause in the active language."""
    words = pause.reason.words()
    return MailText(
        subject=_("Sending is paused: %(reason)s") % {"reason": words},
        body="\n".join(
            (
                _("didsms stopped sending: %(reason)s") % {"reason": words},
                "",
                _("Who can fix it: %(who)s") % {"who": pause.reason.owner_label},
                _(
                    "Messages stay queued. One message is tried after 1 minute, after 5, then every"
                    " 15 minutes; sending resumes by itself when one succeeds. An administrator can"
                    " resume it at once."
                ),
            )
        ),
    )


def mail_key(pause: QueuePause) -> str:
    """Return the name of a pause's mail."""
    return f"pause:{pause.pk}"


def claim_probe(*, pause: QueuePause, at: datetime) -> bool:
    """Reserve the probe that is due for this worker; only one worker gets it."""
    return bool(
        QueuePause.objects.in_force()
        .filter(pk=pause.pk, next_trial_at=pause.next_trial_at, next_trial_at__lte=at)
        .update(next_trial_at=at + probe_delay(trials=pause.trials + 1), trials=pause.trials + 1)
    )


def resume_queue(*, at: datetime, by: User | None = None) -> bool:
    """End the pause in force and let every queued message go at once.

    Args:
        at: now, aware UTC.
        by: who resumed it; None when a probe succeeded.

    Returns:
        Whether there was a pause to end.
    """
    with transaction.atomic():
        pause = QueuePause.objects.in_force().first()
        if pause is None or not QueuePause.objects.in_force().filter(pk=pause.pk).update(
            ended_at=at, ended_by=by
        ):
            return False
        waiting = Message.objects.filter(status=Status.QUEUED, not_before__gt=at)
        if by is None:
            waiting = waiting.not_asked_to_wait(at=at)
            if pause.message_id is not None:
                # What met the cause keeps its own delay: it may be the only one concerned.
                waiting = waiting.exclude(pk=pause.message_id)
        waiting.update(not_before=at, unsent_tries=0)
        announce(kind=Change.Kind.QUEUE)
    return True
