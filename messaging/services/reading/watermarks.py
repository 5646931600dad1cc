"""Moves people's reading horizons, so that what is unread is found among what is recent.

A horizon (`models/reading.py`) follows a person's reading at a distance. What they have not read
behind it is written down as left behind; where that becomes much, the horizon stays. Nothing that
people are told depends on how far it has come: without it the same is found, more slowly (only a
count ends at the newest `unread.WINDOW` of a number then).

Three things can make a conversation behind a horizon unread. A person marks it unread, and leaves
it behind (`read_marks.py`). One that was put away as the horizon passed is opened without a new
text: `keep_unread` leaves it behind for everybody. And a text that was being written as the horizon
passed becomes visible: a horizon moves only to an aim that it was given a while before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from messaging.models import Conversation, DidNumber, LeftBehind, ReadHorizon, ReadMark
from messaging.services.background.row_guard import RowGuard

from .unread import last_read_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: So many open conversations of a number, the newest, are always looked at one by one.
DISTANCE: Final = 50
#: A horizon stays until so many more have come.
STEP: Final = 50
#: Longer than any transaction lasts; on PostgreSQL also one whose process was stopped
#: (`didsms_site/db/postgresql/base.py`: MOST_IDLE_SECONDS).
AIM_AGE: Final = timedelta(seconds=60)
#: So many that are unread a horizon passes, and no more.
MOST_LEFT_BEHIND: Final = 150
#: How many conversations one horizon passes, and how many horizons move, in one turn.
MOST_PASSED: Final = 5000
MOST_MOVED: Final = 200

_aim_guard = RowGuard("aiming horizons of number")
_move_guard = RowGuard("moving horizon")


class Reading(NamedTuple):
    """An open conversation, and how far a person has read it."""

    conversation_id: int
    last_inbound_id: int
    last_read_id: int

    @property
    def is_unread(self) -> bool:
        """Whether there is something that they have not seen."""
        return self.last_inbound_id > self.last_read_id


def move_horizons(*, at: datetime) -> int:
    """Give horizons their aim, and move those whose aim is old enough.

    Args:
        at: now, aware UTC.

    Returns:
        How many moved.
    """
    for number in DidNumber.objects.exclude(pk__in=_aim_guard.set_aside()).order_by("pk"):
        with _aim_guard.row(number.pk):
            _aim(number, at=at)
    ready = ReadHorizon.objects.filter(before_id__lt=F("aim_id"), aimed_at__lte=at - AIM_AGE)
    ready = ready.exclude(pk__in=_move_guard.set_aside())
    moved = 0
    for horizon in ready.order_by("aimed_at", "pk")[:MOST_MOVED]:
        with _move_guard.row(horizon.pk):
            moved += _move(horizon)
    return moved


def keep_unread(conversation: Conversation) -> None:
    """Let those who have not read a conversation that is opened without a new text find it.

    Call it in the transaction that opens it, after the conversation is written. Too many that are
    left behind cost a look each, one too few an unread text: it is done for everybody who has a
    horizon on its number, wherever that is.
    """
    if conversation.last_inbound_id is None:
        return
    horizons = ReadHorizon.objects.filter(did_number_id=conversation.did_number_id)
    leave_behind(conversation, users=horizons.order_by("pk").values_list("user_id", flat=True))


def leave_behind(conversation: Conversation, *, users: Iterable[int]) -> None:
    """Let some people look at a conversation wherever their horizons are; it must be locked."""
    _insert(
        LeftBehind(user_id=pk, did_number_id=conversation.did_number_id, conversation=conversation)
        for pk in users
    )


def _insert(rows: Iterable[LeftBehind]) -> None:
    LeftBehind.objects.bulk_create(rows, ignore_conflicts=True)


# Aims ------------------------------------------------------------------------------------------


def _aim(number: DidNumber, *, at: datetime) -> None:
    """Announce where a number's horizons go, where they have a way to go."""
    near, far = _newest_but(DISTANCE, number), _newest_but(DISTANCE + STEP, number)
    if near is None or far is None:
        return
    known = ReadHorizon.objects.filter(did_number=number)
    known.filter(before_id__lt=far, aim_id__lte=F("before_id")).update(aim_id=near, aimed_at=at)
    seers = User.objects.filter(
        Q(is_staff=True) | Q(is_superuser=True) | Q(did_numbers=number), is_active=True
    ).exclude(pk__in=known.values("user_id"))
    new = seers.order_by("pk").distinct().values_list("pk", flat=True)
    ReadHorizon.objects.bulk_create(
        [ReadHorizon(user_id=pk, did_number=number, aim_id=near, aimed_at=at) for pk in new],
        ignore_conflicts=True,
    )


def _newest_but(count: int, number: DidNumber) -> int | None:
    """Return the last inbound message of the open conversation that so many are newer than."""
    rows = Conversation.objects.open().filter(did_number=number, last_inbound_id__isnull=False)
    ids = rows.order_by("-last_inbound_id").values_list("last_inbound_id", flat=True)
    return ids[count : count + 1].first()


# Moves -----------------------------------------------------------------------------------------


def _move(horizon: ReadHorizon) -> bool:
    """Move a horizon towards its aim, as far as what is left behind stays little."""
    room = MOST_LEFT_BEHIND - _left_behind(horizon)
    readings = _readings(horizon) if room > 0 else []
    before_id, unread = horizon.before_id, list[int]()
    for reading in readings:
        if reading.is_unread:
            if len(unread) == room:
                break
            unread.append(reading.conversation_id)
        before_id = reading.last_inbound_id + 1
    with transaction.atomic():
        _insert(
            LeftBehind(
                user_id=horizon.user_id, did_number_id=horizon.did_number_id, conversation_id=pk
            )
            for pk in unread
        )
        # It is there, or waits for its next aim; another worker may have been quicker.
        ReadHorizon.objects.filter(pk=horizon.pk, before_id=horizon.before_id).update(
            before_id=before_id, aim_id=before_id
        )
    return before_id > horizon.before_id


def _readings(horizon: ReadHorizon) -> list[Reading]:
    """Return what a horizon would pass, oldest first."""
    rows = (
        Conversation.objects.open()
        .filter(
            did_number_id=horizon.did_number_id,
            last_inbound_id__gte=horizon.before_id,
            last_inbound_id__lt=horizon.aim_id,
        )
        .annotate(read_id=last_read_by(horizon.user_id, conversation="pk"))
        .order_by("last_inbound_id")
        .values_list("pk", "last_inbound_id", "read_id")
    )
    return [Reading(pk, inbound_id or 0, read_id) for pk, inbound_id, read_id in rows[:MOST_PASSED]]


@transaction.atomic
def _left_behind(horizon: ReadHorizon) -> int:
    """Return how much a person has left unread on a number; forget what is read or put away."""
    rows = LeftBehind.objects.filter(user_id=horizon.user_id, did_number_id=horizon.did_number_id)
    # Locked: whoever opens one of them or marks it unread meanwhile comes after us.
    conversations = list(
        Conversation.objects.select_for_update(no_key=True)
        .filter(pk__in=rows.values("conversation_id"))
        .order_by("pk")
    )
    marks = ReadMark.objects.filter(user_id=horizon.user_id, conversation__in=conversations)
    last_read = dict(marks.values_list("conversation_id", "last_read_id"))
    settled = [
        conversation.pk
        for conversation in conversations
        if not conversation.is_open
        or (conversation.last_inbound_id or 0) <= last_read.get(conversation.pk, 0)
    ]
    rows.filter(conversation_id__in=settled).delete()
    return len(conversations) - len(settled)
