"""Write down which backups were made, so that System health on every node knows."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from messaging.models import BackupRun

from .create import Made, create_backup
from .problems import BackupProblem

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

logger = logging.getLogger(__name__)


def recorded_backup(
    *,
    path: Path,
    at: datetime,
    recipient: str = "",
    with_proof: bool = False,
    is_folder: bool = False,
    run: int | None = None,
) -> Made:
    """Make a backup and write down what became of it; see ``create_backup``.

    Args:
        path: the folder to make, or a folder of backups.
        at: now, aware UTC.
        recipient: a public key; "" for none.
        with_proof: try it out.
        is_folder: the path is a folder of backups, made when it is missing.
        run: the row that the worker made for it; None makes one.

    Raises:
        BackupProblem: it could not be made.
    """
    try:
        made = create_backup(
            path=path, at=at, recipient=recipient, with_proof=with_proof, is_folder=is_folder
        )
    except (KeyboardInterrupt, SystemExit):
        _note_failure(run, BackupProblem("died"), path=path, at=at)
        raise
    except Exception as error:
        problem = _problem_of(error)
        _note_failure(run, problem, path=path, at=at)
        raise problem from error
    _note(run, **_success(made))
    return made


def _problem_of(error: Exception) -> BackupProblem:
    if isinstance(error, BackupProblem):
        return error
    if isinstance(error, DatabaseError | InterfaceError):
        return BackupProblem("database_away", said=error)
    logger.error("a backup failed in an unforeseen way", exc_info=error)
    return BackupProblem("unforeseen", said=type(error).__name__)


def _note_failure(run: int | None, problem: BackupProblem, *, path: Path, at: datetime) -> None:
    failure = {"failure_code": problem.code, "failure_facts": problem.facts}
    _note(run, made_at=at, place=str(path), **failure)


def _success(made: Made) -> dict[str, Any]:
    unproven = made.unproven
    return {
        "made_at": made.manifest.made,
        "place": str(made.path),
        "size_bytes": made.size_bytes,
        "failure_code": None,
        "failure_facts": None,
        "proven_at": timezone.now() if made.is_proven else None,
        "proof_code": unproven.code if unproven else None,
        "proof_facts": unproven.facts if unproven else None,
    }


def _note(run: int | None, **columns: Any) -> None:
    """Write a row; a database that is away changes nothing about the backup."""
    columns["place"] = columns["place"][-500:]
    columns |= {"finished_at": timezone.now(), "host": socket.gethostname()[:100]}
    try:
        if run is None or not BackupRun.objects.filter(pk=run).update(**columns):
            BackupRun.objects.create(**columns)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("the backup could not be written down: %s", type(error).__name__)
