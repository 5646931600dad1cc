"""Back up database, spool and generated secrets while everything runs."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from messaging.services.operations.backup.folder import keep_newest
from messaging.services.operations.backup.problems import BackupProblem
from messaging.services.operations.backup.runs import recorded_backup

MOST_KEPT = 10_000


class Command(BaseCommand):
    """See the module."""

    help = "Back up database, spool and generated secrets of this node, while everything runs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "path", help="the folder to make; in a folder that is there a dated one is made"
        )
        parser.add_argument(
            "--keep",
            type=int,
            help="PATH is a folder of backups; keep so many, and remove the oldest of the others",
        )
        parser.add_argument(
            "--recipient",
            default=settings.BACKUP_RECIPIENT,
            help="encrypt to this public key of age; default BACKUP_RECIPIENT",
        )
        parser.add_argument(
            "--prove", action="store_true", help="restore it into a scratch database, and compare"
        )
        parser.add_argument("--run", type=int, help="the row of the nightly backup (the worker's)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, and say what it holds."""
        keep = options["keep"]
        if keep is not None and not 1 <= keep <= MOST_KEPT:
            raise CommandError(f"--keep must be at least 1 and at most {MOST_KEPT}.")
        path = Path(options["path"]).absolute()
        # Nothing half made is left when we are stopped, and System health says so.
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
        try:
            made = recorded_backup(
                path=path,
                at=timezone.now(),
                recipient=options["recipient"],
                with_proof=options["prove"],
                is_folder=keep is not None,
                run=options["run"],
            )
        except BackupProblem as problem:
            raise CommandError(f"No backup was made. {problem}") from problem
        rows = sum(made.manifest.rows.values())
        self.stdout.write(
            f"{made.path}: {filesizeformat(made.size_bytes)}, {rows} rows,"
            f" {made.manifest.spool_files} spool file(s), state of {made.manifest.made_at}"
        )
        if made.is_proven:
            self.stdout.write("Proven: a scratch database restored from it held the same.")
        elif made.unproven:
            self.stderr.write(f"Not proven. {made.unproven}")
        if not made.manifest.is_encrypted:
            self.stdout.write("It is not encrypted and holds texts and secrets: keep it private.")
        if keep is not None:
            for old in keep_newest(made.path.parent, count=keep):
                self.stdout.write(f"Removed {old}")
