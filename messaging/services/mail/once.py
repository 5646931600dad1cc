"""Emails that go out once, although every worker wants to send them; a failed one is tried again.

A row in the database remembers each. The worker that claims it, by conditional update, may send;
the claim runs out, so that the mail of a process that died is sent by another one. A process that
died between the mail server's yes and its note of it is the one case in which a mail comes twice.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from messaging.models import Mailing
from messaging.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

logger = logging.getLogger(__name__)

#: Longer than a mail server may take over one mail (EMAIL_TIMEOUT for each of its steps).
CLAIM_LASTS: Final = timedelta(minutes=5)
#: Nothing is begun so late in a claim: by then another process may have begun.
LAST_MOMENT: Final = timedelta(minutes=1)
FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(hours=1)


@dataclass(frozen=True)
class MailClaim:
    """A mail that this process alone may send now.

    Attributes:
        key: what it is about.
        until: when the claim runs out; it also proves whose claim it is.
        tries: failures in a row before this try.
        watch: started before the claim was made.
    """

    key: str
    until: datetime
    tries: int
    watch: Stopwatch = field(default_factory=Stopwatch)

    def send(self, deliver: Callable[[], bool], *, at: datetime) -> bool:
        """Send it, unless the claim has lapsed; what fails is logged and due again later.

        Args:
            deliver: sends the mail; False when there is nobody to send it to.
            at: now, aware UTC.

        Returns:
            Whether it was sent; the caller must then call ``done``.
        """
        if self.watch.seconds() >= (CLAIM_LASTS - LAST_MOMENT).total_seconds():
            return False  # We were stopped; another process has it by now.
        try:
            if deliver():
                return True
        except Exception:
            logger.exception("the mail %s could not be sent; it is tried again", self.key)
        delay = min(FIRST_RETRY * 2 ** min(self.tries, 10), LONGEST_RETRY)
        self._write(due_at=at + delay, tries=self.tries + 1)
        return False

    def done(self, *, at: datetime, again_after: timedelta | None = None) -> None:
        """Note that it was sent.

        Args:
            at: now, aware UTC.
            again_after: when there may be another one about the same; None for never.
        """
        due_at = None if again_after is None else at + again_after
        self._write(due_at=due_at, tries=0, sent_at=at)

    def give_back(self, *, at: datetime) -> None:
        """Note that there was nothing to send."""
        self._write(due_at=at)

    def _write(self, **columns: Any) -> None:
        Mailing.objects.filter(key=self.key, due_at=self.until).update(**columns)


def claim_mail(*, key: str, at: datetime) -> MailClaim | None:
    """Claim a mail for this process.

    Args:
        key: what it is about, at most 60 characters.
        at: now, aware UTC.

    Returns:
        The claim; None when it was sent, is not due again yet, or somebody else has it.
    """
    watch = Stopwatch()
    row, _is_new = Mailing.objects.get_or_create(key=key, defaults={"due_at": at})
    until = at + CLAIM_LASTS
    due = Mailing.objects.filter(pk=row.pk, due_at__lte=at)
    return MailClaim(key, until, row.tries, watch) if due.update(due_at=until) else None


def mail_once(
    *,
    key: str,
    deliver: Callable[[], bool],
    at: datetime,
    again_after: timedelta | None = None,
) -> bool:
    """Send a mail if no process has sent it.

    Args:
        key: what it is about, at most 60 characters.
        deliver: sends it; False when there is nobody to send it to.
        at: now, aware UTC.
        again_after: when there may be another one about the same; None for never.

    Returns:
        Whether this call sent it.
    """
    claim = claim_mail(key=key, at=at)
    if claim is None or not claim.send(deliver, at=at):
        return False
    claim.done(at=at, again_after=again_after)
    return True
