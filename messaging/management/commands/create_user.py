"""Make an account with a role on some numbers, or on all."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.policy import Role
from messaging.services.access.password_links import password_link
from messaging.services.errors import InvalidInput
from messaging.services.team.new_person import create_person


class Command(BaseCommand):
    """See the module."""

    help = "Make an account. Without --password-stdin a link to choose a password is printed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("name", help="the user name")
        parser.add_argument("--email", default="")
        parser.add_argument("--role", choices=[role.value for role in Role], default=Role.AGENT)
        parser.add_argument("--numbers", default="", help="DID numbers, with commas between them")
        parser.add_argument(
            "--all-numbers", action="store_true", help="the role holds on every number"
        )
        parser.add_argument(
            "--service-account",
            action="store_true",
            help="for a program: it calls the API with keys and cannot sign in",
        )
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password, one line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        if options["service_account"] and options["password_stdin"]:
            raise CommandError("A service account has no password.")
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        try:
            user = create_person(
                name=options["name"],
                email=options["email"],
                role=Role(options["role"]),
                numbers=[text for text in options["numbers"].split(",") if text.strip()],
                is_everywhere=options["all_numbers"],
                is_service_account=options["service_account"],
                password=password,
            )
        except InvalidInput as error:
            raise CommandError(str(error.user_message)) from error
        self.stdout.write(f"Created {user.get_username()}, {options['role']}.")
        if password is None and not options["service_account"]:
            origin = settings.PUBLIC_BASE_URL or "http://127.0.0.1:8000"
            self.stdout.write(password_link(user=user, origin=origin))
