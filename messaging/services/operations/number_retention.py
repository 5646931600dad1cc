"""How long each number's messages and raw pushes are kept: what is set, and what would go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from messaging.models import DidNumber, NumberRetention
from messaging.models.number_retention import LEAST_DAYS, MOST_DAYS
from messaging.services.audit.record import Subject, record
from messaging.services.errors import InvalidInput

from .old_messages import aged, deletable, held
from .old_pushes import old_pushes

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

#: Nothing goes earlier after a time was shortened: a slip can be taken back.
WAIT: Final = timedelta(days=1)
FIELDS: Final = ("message_days", "push_days")


@dataclass(frozen=True)
class Preview:
    """What would go of a number, as it is now.

    Attributes:
        before: messages from before it would go; None when they are kept for ever.
        messages: how many.
        conversations: of how many conversations.
        held: how many more are as old, and on legal hold.
        kept: how many more are as old, and stay: they may still be sent or prove an opt-out.
        pushes: how many raw pushes would go by their own time.
    """

    before: datetime | None
    messages: int
    conversations: int
    held: int
    kept: int
    pushes: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing would go."""
        return not self.messages and not self.pushes


def retention_of(number: DidNumber) -> NumberRetention:
    """Return what is set for a number; not saved where nothing was ever set."""
    found = NumberRetention.objects.filter(did_number=number).first()
    return found or NumberRetention(did_number=number)


def preview(
    *, number: DidNumber, message_days: int | None, push_days: int | None, at: datetime
) -> Preview:
    """Count what would go if some times were set; nothing is locked.

    Args:
        number: whose messages and pushes.
        message_days: how old messages become; None for ever.
        push_days: how old raw pushes become; None as the site has it, which is not counted.
        at: now, aware UTC.
    """
    before, counts, old, on_hold = None, {"messages": 0, "conversations": 0}, 0, 0
    if message_days is not None:
        before = at - timedelta(days=message_days)
        rows = aged(did_number_id=number.pk, before=before)
        counts = deletable(rows, before=before, at=at).aggregate(
            messages=Count("pk"), conversations=Count("conversation", distinct=True)
        )
        old, on_hold = rows.count(), held(rows, at=at).count()
    pushes = 0
    if push_days is not None:
        pushes = old_pushes(days=push_days, at=at, did_number_id=number.pk).count()
    return Preview(
        before=before,
        messages=counts["messages"],
        conversations=counts["conversations"],
        held=on_hold,
        kept=max(old - counts["messages"] - on_hold, 0),
        pushes=pushes,
    )


def days_from(text: str, *, field: str) -> int | None:
    """Read how many days somebody typed; None for nothing.

    Raises:
        InvalidInput: it is no whole number from LEAST_DAYS to MOST_DAYS.
    """
    typed = text.strip()
    if not typed:
        return None
    is_number = len(typed) <= len(str(MOST_DAYS)) and typed.isascii() and typed.isdigit()
    if not is_number or not LEAST_DAYS <= int(typed) <= MOST_DAYS:
        raise InvalidInput(
            _("Enter a number of days from %(least)d to %(most)d, or nothing.")
            % {"least": LEAST_DAYS, "most": MOST_DAYS},
            field=field,
        )
    return int(typed)


def is_shorter(new: int | None, old: int | None) -> bool:
    """Tell whether something is kept for less long; None is for ever."""
    return new is not None and (old is None or new < old)


def set_retention(
    *,
    number: DidNumber,
    message_days: int | None,
    push_days: int | None,
    by: User | None,
    at: datetime,
) -> NumberRetention:
    """Set how long a number's messages and raw pushes are kept.

    Where either is shortened nothing goes for a day, and a run that is under way ends.

    Args:
        number: whose.
        message_days: how old messages become; None for ever.
        push_days: how old raw pushes become; None as the site has it.
        by: the administrator who does it.
        at: now, aware UTC.
    """
    new = {"message_days": message_days, "push_days": push_days}
    with transaction.atomic():
        DidNumber.objects.select_for_update(of=("self",), no_key=True).get(pk=number.pk)
        NumberRetention.objects.get_or_create(did_number=number)
        row = NumberRetention.objects.select_for_update(of=("self",)).get(did_number=number)
        changes = {
            name: [getattr(row, name), days]
            for name, days in new.items()
            if getattr(row, name) != days
        }
        if not changes:
            return row
        if any(is_shorter(days, old) for old, days in changes.values()):
            row.waits_until = at + WAIT
        row.message_days, row.push_days = message_days, push_days
        row.run_after, row.run_at, row.ran_at = 0, None, None
        row.save()
        record(
            "retention_set", actor=by, about=Subject("didnumber", number.pk), changes=changes, at=at
        )
    return row
