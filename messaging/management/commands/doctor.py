"""Say in words what is wrong with this installation, and what to do; exit 1 when anything is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from didsms_site import __version__
from messaging.services.operations.config_checks import flaws
from messaging.services.operations.health import check_everything

if TYPE_CHECKING:
    from messaging.services.operations.health_checks import Check


class Command(BaseCommand):
    """See the module."""

    help = "Check settings, database, disk, clock, mail, webhook, versions and backups."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and print a line for each; what is wrong with its fix."""
        self.stdout.write(f"didsms {__version__}")
        wrong = 0
        for check in check_everything(at=timezone.now()):
            self.stdout.write(f"{_mark(check)}  {check.name}: {check.message}")
            if not check.is_ok:
                wrong += 1
                self._say_fix(check.fix)
        for flaw in flaws():
            self.stdout.write(
                f"{'WRONG' if flaw.is_certain else 'hint '}  settings: {flaw.message}"
            )
            wrong += flaw.is_certain
            self._say_fix(flaw.hint)
        if wrong:
            self.stdout.write(f"{wrong} thing(s) to fix.")
            sys.exit(1)
        self.stdout.write("Everything is in order.")

    def _say_fix(self, fix: str) -> None:
        if fix:
            self.stdout.write(f"       {fix}")


def _mark(check: Check) -> str:
    """Return the word at the beginning of a line; what could not be looked at has another."""
    if check.is_ok:
        return "ok   "
    return "?    " if check.state == "unknown" else "WRONG"
