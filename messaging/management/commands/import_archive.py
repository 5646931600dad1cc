"""Read an archive of export_archive into an empty, migrated installation; nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from messaging.services.operations.archive.problems import ArchiveProblem
from messaging.services.operations.archive.put_back import check_archive, import_archive

if TYPE_CHECKING:
    from messaging.services.operations.archive.put_back import PutBack


class Command(BaseCommand):
    """See the module."""

    help = (
        "Read an archive of export_archive into an empty, migrated database. Sending stays paused"
        " until an administrator resumes it; what was waiting is unconfirmed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("path", help="the archive")
        parser.add_argument(
            "--check", action="store_true", help="only look whether it is whole and fits"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read it, and say what is missing."""
        path = Path(options["path"]).absolute()
        if options["check"]:
            try:
                rows = check_archive(path=path)
            except ArchiveProblem as problem:
                raise CommandError(str(problem)) from problem
            self.stdout.write(f"The archive is whole: {sum(rows.values())} rows.")
            return
        try:
            done = import_archive(path=path, at=timezone.now())
        except ArchiveProblem as problem:
            raise CommandError(f"Nothing was imported. {problem}") from problem
        for line in _lines(done):
            self.stdout.write(line)


def _lines(done: PutBack) -> list[str]:
    lines = [
        f"Imported {sum(done.rows.values())} rows, the state of {done.made_at.isoformat()}.",
        f"Sending is paused: {done.unconfirmed} message(s) that were waiting then are unconfirmed,"
        f" because they may have been sent since. {done.scheduled} stay scheduled.",
        f"{done.people} people need a new password: manage.py changepassword NAME for one"
        " administrator, “Forgot password” by mail for the others. Second factors, API keys and"
        " tokens must be made again.",
        "NXCloud’s keys, mail and all other settings come from the environment; the webhook’s"
        " address in NXCloud’s console must be the new one. Run manage.py doctor, then resume"
        " sending in the admin or with POST /api/v1/sending/resume/.",
    ]
    if done.has_other_key:
        lines.append(
            "SECRET_KEY is not the one of the archive: put that one into SECRET_KEY or"
            " SECRET_KEY_FALLBACKS. Without it opt-outs of people who were erased, hidden texts"
            " that arrive again and erased rows of the audit log are not recognized."
        )
    return lines
