"""Write everything into one archive that can be read without didsms, and read back."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone, translation

from messaging.services.operations.archive.problems import ArchiveProblem
from messaging.services.operations.archive.take import export_archive


class Command(BaseCommand):
    """See the module."""

    help = (
        "Write everything that is yours into one zip: data as JSON Lines, its schema, and pages to"
        " read without didsms. No password, key or token is in it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("path", help="the file to make, such as didsms.zip")
        parser.add_argument(
            "--language",
            default=settings.LANGUAGE_CODE,
            choices=[code for code, _name in settings.LANGUAGES],
            help="of the pages",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say what it holds."""
        # Nothing half made is left when we are stopped.
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
        path = Path(options["path"]).absolute()
        try:
            with translation.override(options["language"]):
                taken = export_archive(path=path, at=timezone.now())
        except ArchiveProblem as problem:
            raise CommandError(f"No archive was made. {problem}") from problem
        self.stdout.write(
            f"{path}: {filesizeformat(taken.size_bytes)}, {sum(taken.rows.values())} rows."
            " Unpack it and open index.html to read it."
        )
        self.stdout.write(
            "It is not encrypted and holds every text and number: keep it private. Passwords,"
            " second factors, API keys and tokens are not in it, nor what the environment holds."
        )
        if taken.in_spool:
            self.stdout.write(
                f"{taken.in_spool} push(es) wait in this node’s spool and are not in it. Let the"
                " worker record them, then export again."
            )
