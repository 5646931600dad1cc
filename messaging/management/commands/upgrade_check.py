"""Say whether this version may run on this database; run it before `migrate`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from didsms_site import __version__
from messaging.services.operations.upgrades import pending_migrations, upgrade_state


class Command(BaseCommand):
    """See the module."""

    help = "Exit 1 and say why when this version must not run on this database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the option."""
        parser.add_argument(
            "--rollback",
            action="store_true",
            help="bear the migrations of the next version: this one comes back after an upgrade",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and change nothing."""
        state = upgrade_state(
            pending=len(pending_migrations()), is_rollback=bool(options["rollback"])
        )
        if state.refusal:
            raise CommandError(state.refusal)
        self.stdout.write(f"didsms {__version__} may run on this database.")
        if state.pending:
            self.stdout.write(
                f"{state.pending} migration(s) to run: back up, then manage.py migrate."
            )
