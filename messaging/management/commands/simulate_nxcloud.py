"""Run the provider's stand-in: it takes messages, pushes receipts and has a page with a phone."""

from __future__ import annotations

import signal
import threading
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError

from didsms_site import environment
from messaging.models import DidNumber
from messaging.services.sending.provider import credentials
from messaging.simulator import Simulator

LONGEST_DELAY_SECONDS: Final = 86_400


class Command(BaseCommand):
    """The simulated provider of the quick start."""

    help = "Simulate NXCloud over HTTP, with a page to write from as a phone would."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--webhook-url", help="default: this project's, on port 8000")
        parser.add_argument(
            "--format", choices=["json", "form"], default="json", help="how pushes come"
        )
        parser.add_argument(
            "--receipt-delay", type=float, default=1.5, help="seconds from acceptance to receipt"
        )
        parser.add_argument(
            "--did",
            action="append",
            default=[],
            help="a number of the account, repeatable; without any, every sender is accepted",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        keys = credentials()
        if not keys.access_key or not keys.access_secret:
            raise CommandError("Set NXCLOUD_ACCESS_KEY and NXCLOUD_ACCESS_SECRET, to any words.")
        _check(options)
        try:
            simulator = Simulator(
                host=options["host"],
                port=options["port"],
                webhook_url=options["webhook_url"] or default_webhook_url(),
                credentials=keys,
                dids=options["did"],
                push_format=options["format"],
                receipt_delay_seconds=options["receipt_delay"],
                suggested_dids=our_numbers(),
            )
        except OSError as error:
            raise CommandError(f"Cannot listen on port {options['port']}: {error}") from error
        told_to_stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: told_to_stop.set())
        with simulator:
            self.stderr.write(f"simulated provider and phone page on {simulator.url}/")
            told_to_stop.wait()


def _check(options: dict[str, Any]) -> None:
    """Refuse what cannot work, with the option's name."""
    if not 0 <= options["port"] <= environment.HIGHEST_PORT:
        raise CommandError(f"--port must be from 0 to {environment.HIGHEST_PORT}.")
    if not 0 <= options["receipt_delay"] <= LONGEST_DELAY_SECONDS:
        raise CommandError(f"--receipt-delay must be from 0 to {LONGEST_DELAY_SECONDS} seconds.")
    url = options["webhook_url"]
    if url and not environment.http_parts(url):
        raise CommandError("--webhook-url must be an address with http:// or https:// and a host.")


def default_webhook_url() -> str:
    """Return this project's push address on the usual port."""
    token = f"{quote(settings.WEBHOOK_TOKEN)}/" if settings.WEBHOOK_TOKEN else ""
    return f"http://127.0.0.1:8000/webhooks/nxcloud/{token}"


def our_numbers() -> list[str]:
    """Return the active DIDs for the phone page to offer; none while the database is away."""
    try:
        return [*DidNumber.objects.active().values_list("number", flat=True)]
    except DatabaseError:
        return []
