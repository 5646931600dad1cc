"""Delete what nobody needs any more; run it once a day."""

from __future__ import annotations

from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from messaging.services.operations.prune import BATCH, previewed, prune

MOST_DAYS: Final = 36_500
LARGEST_BATCH: Final = 10_000


class Command(BaseCommand):
    """See the module."""

    help = (
        "Delete old applied pushes, notifications, hints and presences, and the messages that"
        " their number does not keep any longer. What is on legal hold, quarantined pushes, orphans"
        " and the newest push of each DID number stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--days", type=int, default=90, help="how old pushes must be (default 90)"
        )
        parser.add_argument(
            "--batch", type=int, default=BATCH, help=f"rows in one transaction (default {BATCH})"
        )

        parser.add_argument(
            "--preview",
            action="store_true",
            help="say how many pushes and messages would go, and delete nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete, and say how much."""
        if options["days"] < 1 or options["batch"] < 1:
            raise CommandError("--days and --batch must be at least 1.")
        if options["days"] > MOST_DAYS:
            raise CommandError(f"--days must be at most {MOST_DAYS}, which is a hundred years.")
        if options["batch"] > LARGEST_BATCH:
            raise CommandError(f"--batch must be at most {LARGEST_BATCH}.")
        if options["preview"]:
            for line in previewed(days=options["days"], at=timezone.now()):
                self.stdout.write(line)
            return
        counts = prune(days=options["days"], at=timezone.now(), batch=options["batch"])
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
