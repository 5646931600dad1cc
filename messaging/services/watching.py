"""Watch over what piles up and tell the administrators once, not again and again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.core.cache import cache

from messaging.models import Push

from .alerts import mail_administrators

if TYPE_CHECKING:
    from datetime import datetime

#: One mail an hour at most, however many pushes are quarantined.
QUIET_SECONDS: Final = 3600
_TOLD: Final = "didsms:quarantine-told"


def watch_quarantine(*, at: datetime) -> int:
    """Tell the administrators when pushes were quarantined lately.

    Args:
        at: now, aware UTC.

    Returns:
        How many were quarantined in the last hour, when a mail was sent for them; else 0.
    """
    if cache.get(_TOLD):
        return 0
    recent = (
        Push.objects.quarantined()
        .filter(received_at__gte=at - timedelta(seconds=QUIET_SECONDS))
        .count()
    )
    if not recent:
        return 0
    cache.set(_TOLD, 1, QUIET_SECONDS)
    mail_administrators(
        subject=f"{recent} push(es) from NXCloud could not be used",
        body=(
            f"In the last hour {recent} authentic push(es) were put into quarantine: nothing is "
            "lost, but nothing was done with them either. Open Pushes in the admin, read the "
            "reason, mend the cause and replay them."
        ),
    )
    return recent
