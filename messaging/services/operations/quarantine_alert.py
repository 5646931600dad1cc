"""Tell the administrators once when pushes pile up in quarantine."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Push
from messaging.services.mail.admin_mail import MailText, mail_administrators
from messaging.services.mail.once import mail_once

if TYPE_CHECKING:
    from datetime import datetime

#: One mail an hour at most, however many pushes are quarantined and workers watch.
QUIET: Final = timedelta(hours=1)


def watch_quarantine(*, at: datetime) -> int:
    """Tell the administrators when pushes were quarantined lately.

    Args:
        at: now, aware UTC.

    Returns:
        How many were quarantined in the last hour, when a mail was sent for them; else 0.
    """
    recent = Push.objects.quarantined().filter(received_at__gte=at - QUIET).count()
    if not recent:
        return 0
    deliver = partial(mail_administrators, write=partial(_mail_text, recent))
    return recent if mail_once(key="quarantine", deliver=deliver, at=at, again_after=QUIET) else 0


def _mail_text(count: int) -> MailText:
    """Write the mail about quarantined pushes in the active language."""
    return MailText(
        subject=ngettext(
            "%(count)d push from NXCloud couldn’t be processed",
            "%(count)d pushes from NXCloud couldn’t be processed",
            count,
        )
        % {"count": count},
        body=_(
            "They came in the last hour and are quarantined: nothing is lost, but nothing was done"
            " with them either. Open Pushes in the admin, read the reason, fix the cause and replay"
            " them."
        ),
    )
