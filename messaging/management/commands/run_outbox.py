"""Run the worker: send what is queued, drain the spool, match receipts, until SIGTERM."""

from __future__ import annotations

import gc
import signal
import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.services.operations.config_checks import log_flaws
from messaging.services.operations.service_manager import notify_ready
from messaging.services.operations.worker import OutboxWorker
from messaging.services.sending.provider import build_client

MOST: Final = 1000
#: Python's 5 ms are longer than a whole cycle of the committer, which needs its turn several times.
SWITCH_SECONDS: Final = 0.0005


class Command(BaseCommand):
    """The process of the Procfile's line ``worker``."""

    help = "Send queued messages, drain the spool and match receipts until SIGTERM or Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--concurrency", type=int, help="requests in flight; default OUTBOX_CONCURRENCY"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until told to stop; the requests under way are finished first."""
        if options["concurrency"] is not None and not 1 <= options["concurrency"] <= MOST:
            raise CommandError(f"--concurrency must be at least 1 and at most {MOST}.")
        worker = OutboxWorker(client=build_client(), concurrency=options["concurrency"])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: worker.stop())
        log_flaws()
        # What was loaded stays: looking for garbage in it would stop every thread for a moment.
        gc.freeze()
        sys.setswitchinterval(SWITCH_SECONDS)
        self.stderr.write(f"worker {worker.name} started")
        notify_ready()
        worker.run()
        self.stderr.write(f"worker {worker.name} stopped")
