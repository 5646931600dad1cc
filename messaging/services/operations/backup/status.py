"""What System health says about backups: how old the last one is, and whether it was proven."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Min

from messaging.models import BackupRun, DidNumber, Message

if TYPE_CHECKING:
    from datetime import datetime

#: So long after its first message an installation may be without a backup.
GRACE = timedelta(days=2)


@dataclass(frozen=True)
class BackupStatus:
    """The backups as a whole.

    Attributes:
        state: ``ok``; ``none`` and nobody has waited for one yet; ``missing``; ``old``; ``failed``
            (the last try); ``unproven`` (a scratch database did not hold what it should).
        last: the newest that is whole.
        failure: the try after it that came to nothing.
    """

    state: str
    last: BackupRun | None
    failure: BackupRun | None

    def age_seconds(self, *, at: datetime) -> float | None:
        """Return how old the state of the newest backup is."""
        return max(0.0, (at - self.last.made_at).total_seconds()) if self.last else None

    def proven_seconds_ago(self, *, at: datetime) -> float | None:
        """Return how long ago the newest backup was tried out."""
        proven_at = self.last.proven_at if self.last else None
        return max(0.0, (at - proven_at).total_seconds()) if proven_at else None


def backup_status(*, at: datetime) -> BackupStatus:
    """Look at what is known of the backups.

    Args:
        at: now, aware UTC.
    """
    last = BackupRun.objects.made().first()
    failures = BackupRun.objects.failed().order_by("-finished_at")
    if last is not None:
        failures = failures.filter(finished_at__gt=last.finished_at)
    failure = failures.first()
    return BackupStatus(_state(last, failure, at=at), last, failure)


def _state(last: BackupRun | None, failure: BackupRun | None, *, at: datetime) -> str:
    if failure is not None:
        return "failed"
    most = timedelta(hours=settings.BACKUP_MAX_AGE_HOURS)
    if last is None:
        return "missing" if most and _is_in_use_since(at - GRACE) else "none"
    if most and at - last.made_at > most:
        return "old"
    return "unproven" if last.proof_code else "ok"


def _is_in_use_since(moment: datetime) -> bool:
    """Tell whether messages came or went before a moment."""
    if not DidNumber.objects.exists():
        return False
    first = Message.objects.aggregate(pk=Min("pk"))["pk"]
    return first is not None and Message.objects.filter(pk=first, created_at__lt=moment).exists()
