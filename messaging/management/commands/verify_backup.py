"""Look whether a backup is whole; with --prove restore it into a scratch database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.services.operations.backup.problems import BackupProblem
from messaging.services.operations.backup.verify import prove_backup, verify_backup


class Command(BaseCommand):
    """See the module."""

    help = "Look at every byte of a backup; exit 1 when anything in it is damaged or missing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("path", help="the backup, or a folder of backups (the newest)")
        parser.add_argument(
            "--prove", action="store_true", help="restore it into a scratch database, and compare"
        )
        parser.add_argument("--identity", help="file with the secret key of an encrypted backup")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, and say what it holds."""
        identity = Path(options["identity"]).absolute() if options["identity"] else None
        try:
            folder, manifest = verify_backup(path=Path(options["path"]).absolute())
            if options["prove"]:
                prove_backup(path=folder, identity=identity)
        except BackupProblem as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(
            f"{folder}: whole. {manifest.engine}, didsms {manifest.version}, state of"
            f" {manifest.made_at}, {sum(manifest.rows.values())} rows,"
            f" {manifest.spool_files} spool file(s)"
            + (", encrypted" if manifest.is_encrypted else "")
        )
        if options["prove"]:
            self.stdout.write("Proven: a scratch database restored from it held the same.")
