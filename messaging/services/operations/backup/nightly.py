"""The nightly backup: one worker starts it at BACKUP_HOUR or soon after, in a process of its own.

Without BACKUP_DIR there is none.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from messaging.models import BackupRun

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)

#: One that came to nothing is tried again so long after it.
RETRY: Final = timedelta(hours=1)
#: One that has not ended after this was killed with its machine.
LONGEST: Final = timedelta(hours=12)
#: How nice it is to the others.
NICENESS: Final = 10


class NightlyBackup:
    """The nightly backup of one worker process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start_if_due(self, *, at: datetime) -> bool:
        """Start tonight's backup if its hour has come and nobody has made it; tell whether we did.

        Args:
            at: now, aware UTC.
        """
        if self._process is not None and self._process.poll() is None:
            return False
        if not settings.BACKUP_DIR or at.hour < settings.BACKUP_HOUR:
            return False
        run = claim_night(at=at)
        if run is None:
            return False
        self._process = subprocess.Popen(  # noqa: S603  (our own arguments, no shell)
            command(run),
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
        )
        return True

    def stop(self) -> None:
        """End a backup under way: the worker ends; nothing of it is left."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def command(run: int) -> list[str]:
    """Return the command that makes the backup of a row."""
    folder = str(settings.BACKUP_DIR)
    arguments = ["backup", folder, f"--run={run}", f"--keep={settings.BACKUP_KEEP}"]
    proof = ["--prove"] if settings.BACKUP_PROVE else []
    nice = ["nice", "-n", str(NICENESS)]
    return [*nice, sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments, *proof]


def claim_night(*, at: datetime) -> int | None:
    """Reserve tonight's backup for this worker; only one gets it.

    One that came to nothing, or whose process is gone, is reserved again a while later.

    Returns:
        The key of its row; None when somebody has it, or it is made.
    """
    mine = {"made_at": at, "host": socket.gethostname()[:100], "place": str(settings.BACKUP_DIR)}
    try:
        with transaction.atomic():
            return BackupRun.objects.create(night=at.date(), **mine).pk
    except IntegrityError:
        pass
    again = BackupRun.objects.filter(night=at.date()).filter(
        Q(failure_code__isnull=False, finished_at__lte=at - RETRY)
        | Q(finished_at__isnull=True, made_at__lte=at - LONGEST)
    )
    row = again.values_list("pk", "made_at").first()
    if row is None:
        return None
    same = again.filter(pk=row[0], made_at=row[1])
    fresh = {"finished_at": None, "failure_code": None, "failure_facts": None}
    return row[0] if same.update(**mine, **fresh) else None
