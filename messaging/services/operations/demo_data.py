"""Demo data for a first look: one number, some labels, two saved replies, no conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import CannedReply, DidNumber, Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

NUMBER: Final = "8615088888888"
LABELS: Final = (("Appointment", 0), ("Invoice", 2), ("Urgent", 4), ("VIP", 6))
REPLIES: Final = (
    ("hours", "We are open Monday to Friday 9:00-18:00 and Saturday 10:00-14:00."),
    ("thanks", "Thank you, {contact_name}! We will get back to you today."),
)


@transaction.atomic
def seed_demo(*, members: Iterable[User]) -> DidNumber:
    """Make the demo's number, labels and saved replies; what is there already stays as it is.

    Args:
        members: who works with the number.

    Returns:
        The number, to which the first text goes.
    """
    number, _new = DidNumber.objects.get_or_create(number=NUMBER, defaults={"label": "Front desk"})
    number.members.add(*members)
    for name, color in LABELS:
        Label.objects.get_or_create(name__iexact=name, defaults={"name": name, "color": color})
    for shortcut, content in REPLIES:
        CannedReply.objects.get_or_create(shortcut=shortcut, defaults={"content": content})
    return number
