"""The rail's numbers: how many conversations each view holds, counted no further than it shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from messaging.models import Conversation, DidNumber, Label

from .list_query import ListQuery, newest_first, unread_by

if TYPE_CHECKING:
    from django.contrib.auth.models import User

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
class Rail:
    """What the rail shows.

    Attributes:
        counts: for each view its capped count as text, "" for none.
        numbers: the DID numbers, with their unread counts in `counts` under "number-<id>".
        labels: all labels.
        unread: my unread conversations, capped, for the title and the icon.
    """

    counts: dict[str, str]
    numbers: list[DidNumber]
    labels: list[Label]
    unread: int


def rail_of(*, user: User) -> Rail:
    """Count what a person's rail shows.

    Args:
        user: who looks.
    """
    counts = {view: _capped(_count(view, user=user)) for view in COUNTED_VIEWS}
    numbers = list(DidNumber.objects.visible_to(user))
    unread = _unread_by_number(user=user)
    total = sum(unread.values())
    counts["unread"] = _capped(total)
    for number in numbers:
        counts[f"number-{number.pk}"] = _capped(unread[number.pk])
    return Rail(counts=counts, numbers=numbers, labels=list(Label.objects.all()), unread=total)


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
