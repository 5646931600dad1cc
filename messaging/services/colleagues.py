"""Who works with a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db.models import Q

if TYPE_CHECKING:
    from messaging.models import DidNumber


def colleagues_of(*, did_number: DidNumber) -> list[User]:
    """Return everyone who may see a number: its members and the administrators, by name."""
    return list(
        User.objects.filter(is_active=True)
        .filter(
            Q(is_staff=True)
            | Q(is_superuser=True)
            | Q(
                pk__in=did_number.members.through.objects.filter(didnumber=did_number).values(
                    "user_id"
                )
            )
        )
        .order_by("first_name", "last_name", "username")
    )
