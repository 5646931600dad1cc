"""Restore a backup into an empty or just migrated database; sending starts paused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from messaging.services.operations.backup.problems import BackupProblem
from messaging.services.operations.backup.restore import Restored, restore_backup


class Command(BaseCommand):
    """See the module."""

    help = (
        "Restore a backup into an empty or just migrated database. Sending stays paused until an"
        " administrator resumes it; what was waiting is unconfirmed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("path", help="the backup, or a folder of backups (the newest)")
        parser.add_argument("--identity", help="file with the secret key of an encrypted backup")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, and say what is lost and what to do."""
        identity = Path(options["identity"]).absolute() if options["identity"] else None
        path = Path(options["path"]).absolute()
        try:
            done = restore_backup(path=path, at=timezone.now(), identity=identity)
        except BackupProblem as problem:
            raise CommandError(f"Nothing was restored. {problem}") from problem
        for line in _lines(done):
            self.stdout.write(line)


def _lines(done: Restored) -> list[str]:
    made_at = done.manifest.made_at
    lines = [
        f"Restored the state of {made_at} (didsms {done.manifest.version}).",
        f"Sending is paused: {done.unconfirmed} message(s) that were waiting then are unconfirmed,"
        f" because they may have been sent since. {done.scheduled} stay scheduled.",
        f"Spool: {done.pushes} push(es) put back, {done.drained} recorded.",
        f"Lost is what came after {made_at}: received messages and opt-outs, messages written and"
        " sent, changes by people. NXCloud does not push them again; ask it for a list of that"
        " time. Receipts of messages sent since then appear as unmatched.",
        "Everybody signs in again. Restart web and worker, look at the unconfirmed messages"
        " (Delivery issues), then resume sending in the admin or with POST"
        " /api/v1/sending/resume/.",
    ]
    for name in done.replaced:
        lines.append(f"{name} of VAR_DIR was another; it is kept as {name}.before-restore.")
    if done.has_other_key:
        lines.append(
            "SECRET_KEY is not the one of the backup: put that one into SECRET_KEY, or texts that"
            " were hidden may appear when they arrive again."
        )
    return lines
