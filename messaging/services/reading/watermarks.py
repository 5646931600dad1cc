"""Move people's read watermarks, so that unread messages are found among the recent ones.

A watermark (`models/reading.py`) follows a person's reading at a distance. What they have not read
behind it is written down as an exception; where exceptions become many, the watermark stays. What
people are told does not depend on how far it has come: without it the same is found, more slowly
(only a count ends at the newest `unread.WINDOW` of a number then).

Three things can make a conversation behind a watermark unread. A person marks it unread, which
makes it an exception (`read_marks.py`). One that was put away as the watermark passed is opened
without a new text: `keep_unread` makes it an exception for everybody. And a text that was being
written as the watermark passed becomes visible: a watermark moves only to a target that it was
given a while before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from messaging.models import Conversation, DidNumber, ReadMark, ReadWatermark, WatermarkException
from messaging.services.background.row_guard import RowGuard

from .unread import last_read_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: So many open conversations of a number, the newest, are always looked at one by one.
DISTANCE: Final = 50
#: A watermark stays until so many more have come.
STEP: Final = 50
#: Longer than any transaction lasts; on PostgreSQL also one whose process was stopped
#: (`didsms_site/db/postgresql/base.py`: MOST_IDLE_SECONDS).
TARGET_AGE: Final = timedelta(seconds=60)
#: A watermark passes at most so many that are unread.
MOST_EXCEPTIONS: Final = 150
#: How many conversations one watermark passes, and how many watermarks move, in one turn.
MOST_PASSED: Final = 5000
MOST_MOVED: Final = 200

_target_guard = RowGuard("setting the target of read watermarks, number")
_move_guard = RowGuard("moving read watermark")


class Reading(NamedTuple):
    """An open conversation, and how far a person has read it."""

    conversation_id: int
    last_inbound_id: int
    last_read_id: int

    @property
    def is_unread(self) -> bool:
        """Whether there is something that they have not seen."""
        return self.last_inbound_id > self.last_read_id


def move_watermarks(*, at: datetime) -> int:
    """Give watermarks their target, and move those whose target is old enough.

    Args:
        at: now, aware UTC.

    Returns:
        How many moved.
    """
    for number in DidNumber.objects.exclude(pk__in=_target_guard.set_aside()).order_by("pk"):
        with _target_guard.row(number.pk):
            _set_target(number, at=at)
    ready = ReadWatermark.objects.filter(
        before_id__lt=F("target_id"), target_set_at__lte=at - TARGET_AGE
    )
    ready = ready.exclude(pk__in=_move_guard.set_aside())
    moved = 0
    for watermark in ready.order_by("target_set_at", "pk")[:MOST_MOVED]:
        with _move_guard.row(watermark.pk):
            moved += _move(watermark)
    return moved


def keep_unread(conversation: Conversation) -> None:
    """Let those who have not read a conversation that is opened without a new text find it.

    Call it in the transaction that opens it, after the conversation is written. An exception
    too many costs a look, one too few an unread text: it is done for everybody who has a
    watermark on its number, wherever that is.
    """
    if conversation.last_inbound_id is None:
        return
    watermarks = ReadWatermark.objects.filter(did_number_id=conversation.did_number_id)
    add_exceptions(conversation, users=watermarks.order_by("pk").values_list("user_id", flat=True))


def add_exceptions(conversation: Conversation, *, users: Iterable[int]) -> None:
    """Make a locked conversation an exception for some people, wherever their watermarks are."""
    _insert(
        WatermarkException(
            user_id=pk, did_number_id=conversation.did_number_id, conversation=conversation
        )
        for pk in users
    )


def _insert(rows: Iterable[WatermarkException]) -> None:
    WatermarkException.objects.bulk_create(rows, ignore_conflicts=True)


# Targets --------------------------------------------------------------------------------------


def _set_target(number: DidNumber, *, at: datetime) -> None:
    """Set the target of a number's watermarks, where they have a way to go."""
    near, far = _newest_but(DISTANCE, number), _newest_but(DISTANCE + STEP, number)
    if near is None or far is None:
        return
    known = ReadWatermark.objects.filter(did_number=number)
    known.filter(before_id__lt=far, target_id__lte=F("before_id")).update(
        target_id=near, target_set_at=at
    )
    seers = User.objects.filter(
        Q(is_staff=True)
        | Q(is_superuser=True)
        | Q(did_numbers=number)
        | Q(staff_access__everywhere__gt=""),
        is_active=True,
    ).exclude(pk__in=known.values("user_id"))
    new = seers.order_by("pk").distinct().values_list("pk", flat=True)
    ReadWatermark.objects.bulk_create(
        [
            ReadWatermark(user_id=pk, did_number=number, target_id=near, target_set_at=at)
            for pk in new
        ],
        ignore_conflicts=True,
    )


def _newest_but(count: int, number: DidNumber) -> int | None:
    """Return the last inbound message of the open conversation that so many are newer than."""
    rows = Conversation.objects.open().filter(did_number=number, last_inbound_id__isnull=False)
    ids = rows.order_by("-last_inbound_id").values_list("last_inbound_id", flat=True)
    return ids[count : count + 1].first()


# Moves -----------------------------------------------------------------------------------------


def _move(watermark: ReadWatermark) -> bool:
    """Move a watermark towards its target, as far as exceptions stay few."""
    room = MOST_EXCEPTIONS - _exceptions(watermark)
    readings = _readings(watermark) if room > 0 else []
    before_id, unread = watermark.before_id, list[int]()
    for reading in readings:
        if reading.is_unread:
            if len(unread) == room:
                break
            unread.append(reading.conversation_id)
        before_id = reading.last_inbound_id + 1
    with transaction.atomic():
        _insert(
            WatermarkException(
                user_id=watermark.user_id, did_number_id=watermark.did_number_id, conversation_id=pk
            )
            for pk in unread
        )
        # It is there, or waits for its next target; another worker may have been quicker.
        ReadWatermark.objects.filter(pk=watermark.pk, before_id=watermark.before_id).update(
            before_id=before_id, target_id=before_id
        )
    return before_id > watermark.before_id


def _readings(watermark: ReadWatermark) -> list[Reading]:
    """Return what a watermark would pass, oldest first."""
    rows = (
        Conversation.objects.open()
        .filter(
            did_number_id=watermark.did_number_id,
            last_inbound_id__gte=watermark.before_id,
            last_inbound_id__lt=watermark.target_id,
        )
        .annotate(read_id=last_read_by(watermark.user_id, conversation="pk"))
        .order_by("last_inbound_id")
        .values_list("pk", "last_inbound_id", "read_id")
    )
    return [Reading(pk, inbound_id or 0, read_id) for pk, inbound_id, read_id in rows[:MOST_PASSED]]


@transaction.atomic
def _exceptions(watermark: ReadWatermark) -> int:
    """Return how much a person has left unread on a number; forget what is read or put away."""
    rows = WatermarkException.objects.filter(
        user_id=watermark.user_id, did_number_id=watermark.did_number_id
    )
    # Locked: who opens one of them or marks it unread meanwhile comes after us.
    conversations = list(
        Conversation.objects.select_for_update(no_key=True)
        .filter(pk__in=rows.values("conversation_id"))
        .order_by("pk")
    )
    marks = ReadMark.objects.filter(user_id=watermark.user_id, conversation__in=conversations)
    last_read = dict(marks.values_list("conversation_id", "last_read_id"))
    settled = [
        conversation.pk
        for conversation in conversations
        if not conversation.is_open
        or (conversation.last_inbound_id or 0) <= last_read.get(conversation.pk, 0)
    ]
    rows.filter(conversation_id__in=settled).delete()
    return len(conversations) - len(settled)
