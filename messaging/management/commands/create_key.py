"""Make an API key for somebody; the key alone is on the last line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from messaging.models import AuditEntry
from messaging.models.api_key import MOST_PER_MINUTE
from messaging.services.access.api_keys import NewKey, create_key
from messaging.services.access.scopes import Scope
from messaging.services.errors import MessagingError

#: A hundred years: later than any calendar of a key.
MOST_DAYS = 36_500


class Command(BaseCommand):
    """See the module."""

    help = "Make an API key. It is printed once, alone on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("user", help="the user name of its owner")
        parser.add_argument("--name", required=True, help="what it is for")
        parser.add_argument(
            "--scopes",
            required=True,
            help=f"with commas between them, or all: {', '.join(Scope)}",
        )
        parser.add_argument(
            "--numbers", default="", help="DID numbers, with commas; all of its owner if left out"
        )
        parser.add_argument("--days", type=int, help="how long it lasts; for ever if left out")
        parser.add_argument(
            "--requests-per-minute", type=int, help="the usual limit if left out; 0 for none"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        owner = User.objects.filter(username=options["user"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['user']}.")
        days, most, at = options["days"], options["requests_per_minute"], timezone.now()
        if days is not None and not 0 < days <= MOST_DAYS:
            raise CommandError(f"--days is between 1 and {MOST_DAYS}.")
        if most is not None and not 0 <= most <= MOST_PER_MINUTE:
            raise CommandError(f"--requests-per-minute is between 0 and {MOST_PER_MINUTE}.")
        words = _words(options["scopes"])
        new = NewKey(
            name=options["name"],
            scopes=list(Scope) if words == ["all"] else words,
            numbers=_words(options["numbers"]),
            expires_at=at + timedelta(days=days) if days is not None else None,
            requests_per_minute=most,
        )
        try:
            row, key = create_key(new, owner=owner, by=None, at=at, via=AuditEntry.Via.COMMAND)
        except MessagingError as error:
            raise CommandError(str(error.user_message)) from error
        self.stdout.write(f"Created {row.name} of {owner.get_username()}. It is shown this once:")
        self.stdout.write(key)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
