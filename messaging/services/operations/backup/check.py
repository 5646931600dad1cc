"""The health check of the backups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messaging.services.operations.health_checks import Check
from messaging.services.times.relative_times import ago

from .problems import words_of
from .status import BackupStatus, backup_status

if TYPE_CHECKING:
    from datetime import datetime

#: How to fix each state that is out of order.
_FIXES: Final = {
    "missing": gettext_noop(
        "Server admin: set BACKUP_DIR, and a worker makes a backup each night; or run manage.py"
        " backup."
    ),
    "old": gettext_noop(
        "Server admin: set BACKUP_DIR and keep a worker running, or run manage.py backup each day."
    ),
    "failed": gettext_noop("Server admin: fix this, then run manage.py backup."),
    "unproven": gettext_noop("Server admin: fix this, then run manage.py backup --prove."),
}


def check_backup(*, at: datetime) -> Check:
    """Look how old the newest backup is, and whether it was tried out.

    Args:
        at: now, aware UTC.
    """
    status = backup_status(at=at)
    fix = _FIXES.get(status.state, "")
    return Check(
        "backup",
        status.state in {"ok", "none"},
        status.state,
        " ".join(_sentences(status, at=at)),
        _(fix) if fix else "",
        _facts(status, at=at),
    )


def _facts(status: BackupStatus, *, at: datetime) -> dict[str, object]:
    age, proven = status.age_seconds(at=at), status.proven_seconds_ago(at=at)
    return {
        "age_seconds": None if age is None else round(age),
        "proven_seconds_ago": None if proven is None else round(proven),
    }


def _sentences(status: BackupStatus, *, at: datetime) -> list[str]:
    last, failure, said = status.last, status.failure, []
    if failure is not None and failure.failure_code:
        why = words_of(failure.failure_code, failure.failure_facts)
        said.append(_("The last backup failed: %(why)s") % {"why": why})
    if last is None:
        said.append(_("There is no backup yet."))
        return said
    said.append(_("The last backup was made %(ago)s.") % {"ago": ago(last.made_at, at=at)})
    if last.proven_at is not None:
        said.append(_("It was restored as a test %(ago)s.") % {"ago": ago(last.proven_at, at=at)})
    elif last.proof_code:
        why = words_of(last.proof_code, last.proof_facts)
        said.append(_("It couldn’t be restored as a test: %(why)s") % {"why": why})
    elif settings.BACKUP_DIR:
        said.append(_("It wasn’t restored as a test."))
    return said
