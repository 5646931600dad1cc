"""Count every message again for the reports."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from messaging.services.reports.rebuild import rebuild


class Command(BaseCommand):
    """See the module."""

    help = "Make the figures of the reports again from the messages. Other work goes on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, and say how many."""
        self.stdout.write(f"{rebuild()} messages counted")
