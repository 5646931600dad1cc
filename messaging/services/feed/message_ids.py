"""Let a program follow messages by their ids without missing one that commits late.

On PostgreSQL ids are given before the commit, so message 42 can be visible before 41. Who asks
"what came after" and is shown 42 would never ask for 41 again. A young gap in the ids is therefore
waited for: the list ends before it.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.db import connection

from messaging.models import Message

if TYPE_CHECKING:
    from datetime import datetime

#: No transaction that writes a message lasts longer; an older gap was rolled back and stays one.
LONGEST_WRITE: Final = timedelta(seconds=10)
#: More cannot arrive within LONGEST_WRITE.
LOOK_BACK: Final = 2000


def ids_complete_up_to(*, after: int, at: datetime) -> int | None:
    """Return the id up to which no message can appear any more that was not there before.

    Args:
        after: the last id that the caller knows.
        at: now, aware UTC.

    Returns:
        The id; None when everything that is there may be shown.
    """
    if connection.vendor != "postgresql":
        return None  # SQLite lets one transaction write at a time: ids follow the commits.
    newest = (Message.objects.filter(pk__gt=after).order_by("-pk").values_list("pk", "created_at"))[
        :LOOK_BACK
    ]
    rows: list[tuple[int, datetime]] = [(after, at - LONGEST_WRITE), *reversed(newest)]
    if len(rows) > LOOK_BACK:
        del rows[0]  # The list goes further back than what is young.
    for (earlier, _at), (later, created_at) in pairwise(rows):
        if later > earlier + 1 and created_at > at - LONGEST_WRITE:
            return earlier
    return None
