"""The rail's numbers: how many conversations each view holds, counted no further than it shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from messaging.models import Conversation

from .list_query import ListQuery, newest_first, unread_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from messaging.models import DidNumber

MOST_SHOWN: Final = 99
#: Unread is looked for among this many open conversations, the newest.
UNREAD_WINDOW: Final = 3000
COUNTED_VIEWS: Final = (
    "needs-reply",
    "mine",
    "unassigned",
    "open",
    "snoozed",
    "scheduled",
    "failed",
)


@dataclass(frozen=True)
class Counts:
    """How much there is to do.

    Attributes:
        shown: for each view its capped count as text, "" for none; DID numbers as "number-<id>".
        unread: my unread conversations, for the title and the icon.
    """

    shown: dict[str, str]
    unread: int


def counts_of(*, user: User, numbers: Iterable[DidNumber]) -> Counts:
    """Count what a person's rail shows.

    Args:
        user: who looks.
        numbers: the DID numbers that this person works with.
    """
    shown = {view: _capped(_count(view, user=user)) for view in COUNTED_VIEWS}
    unread = _unread_by_number(user=user)
    shown["unread"] = _capped(unread.total())
    for number in numbers:
        shown[f"number-{number.pk}"] = _capped(unread[number.pk])
    return Counts(shown=shown, unread=unread.total())


def count_of(*, query: ListQuery, user: User) -> str:
    """Return how many conversations a list holds, as far as it is shown."""
    return _capped(query.conversations(user=user).order_by()[: MOST_SHOWN + 1].count())


def _count(view: str, *, user: User) -> int:
    rows = ListQuery(view=view).conversations(user=user).order_by()
    return rows[: MOST_SHOWN + 1].count()


def _capped(count: int) -> str:
    if not count:
        return ""
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count)


def _unread_by_number(*, user: User) -> Counter[int]:
    """Count my unread conversations of each number among the newest open ones."""
    newest = newest_first(Conversation.objects.visible_to(user).open(), before=None)
    window = newest.values("pk")[:UNREAD_WINDOW]
    unread = unread_by(Conversation.objects.filter(pk__in=window), user=user)
    return Counter(unread.order_by().values_list("did_number_id", flat=True))
