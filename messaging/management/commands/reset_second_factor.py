"""Let somebody who has lost their second factor sign in with the password alone."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.services.access.attempt_limits import forget
from messaging.services.access.second_factor import reset
from messaging.services.access.sign_in_limits import code_proof


class Command(BaseCommand):
    """See the module."""

    help = "Remove somebody's authenticator app, passkeys and recovery codes; the password stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("user", help="the user name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove them."""
        name = options["user"]
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user {name}.")
        was_set_up = reset(user, actor=None)
        forget(code_proof(user=user))
        self.stdout.write(
            f"{name} signs in with the password alone now."
            if was_set_up
            else f"{name} had no second factor; their days to set one up begin again."
        )
