"""Evaluate stored pushes again, after whatever was wrong has been fixed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from messaging.models import Push
from messaging.services.receiving.replay import replay_pushes


class Command(BaseCommand):
    """See the module."""

    help = "Evaluate quarantined pushes (or orphans) again; applied ones are never touched."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--outcome",
            choices=[Push.Outcome.QUARANTINED.value, Push.Outcome.ORPHAN.value],
            default=Push.Outcome.QUARANTINED.value,
            help="which pushes (default quarantined)",
        )
        parser.add_argument("--reason", help="only those with this reason, such as unknown_number")
        parser.add_argument("--since", help="only those received since, such as 2026-11-22")
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how many there are, by reason"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, and say what became of them."""
        pushes = Push.objects.filter(outcome=options["outcome"]).order_by("id")
        if options["reason"]:
            pushes = pushes.filter(reason=options["reason"])
        if options["since"]:
            pushes = pushes.filter(received_at__gte=_moment(options["since"]))
        if options["dry_run"]:
            reasons = list(pushes.values_list("reason", flat=True))
            counts = {reason: reasons.count(reason) for reason in sorted(set(reasons))}
            self._say(f"{len(reasons)} push(es) would be replayed", counts)
            return
        keys = list(pushes.values_list("pk", flat=True))
        self._say(f"{len(keys)} push(es)", replay_pushes(pushes=keys, at=timezone.now()))

    def _say(self, beginning: str, counts: dict[str, int]) -> None:
        parts = ", ".join(f"{count} {word}" for word, count in counts.items())
        self.stdout.write(f"{beginning}: {parts}" if parts else f"{beginning}.")


def _moment(text: str) -> datetime:
    """Read a date or a time; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        # At the calendar's ends a zone leads out of it.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise CommandError("--since must be a date or a time, such as 2026-11-22.") from error
