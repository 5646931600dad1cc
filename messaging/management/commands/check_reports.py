"""Compare the figures of the reports with the messages."""

from __future__ import annotations

from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from messaging.services.reports.check import differences

MOST_SHOWN: Final = 50


class Command(BaseCommand):
    """See the module."""

    help = "Compare the figures of the reports with the messages; exit 1 where they differ."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and print the differences.

        Raises:
            CommandError: there are some.
        """
        found = differences()
        for line in found[:MOST_SHOWN]:
            self.stdout.write(line)
        if found:
            raise CommandError(
                f"{len(found)} differences. Make the figures again with rebuild_reports."
            )
        self.stdout.write("The figures agree with the messages.")
