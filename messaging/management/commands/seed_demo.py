"""Make what a first look needs: a demo number with labels and saved replies."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand

from messaging.services.operations.demo_data import seed_demo


class Command(BaseCommand):
    """For the quick start; safe to repeat."""

    help = "Make a demo number with labels and saved replies, and give it to the administrators."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them."""
        number = seed_demo(members=User.objects.filter(is_superuser=True, is_active=True))
        if options["verbosity"]:
            self.stdout.write(f"The demo number is {number.formatted}.")
