"""The sidebar's counts: how many conversations each view holds, up to the largest number shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from messaging.db.prepared import Statement, compiled, fetch
from messaging.models import Notification, rights_of, stand_in
from messaging.services.reading.unread import unread_counts_statement

from .query import ListQuery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from messaging.models import DidNumber
    from messaging.policy import Rights

MOST_SHOWN: Final = 99
COUNTED_VIEWS: Final = (
    "needs-reply",
    "mine",
    "unassigned",
    "open",
    "mentions",
    "snoozed",
    "scheduled",
    "failed",
)
#: One for each person.
STATEMENTS_KEPT: Final = 1024


@dataclass(frozen=True)
class Counts:
    """How much there is to do.

    Attributes:
        shown: for each view its capped count as text, "" for none; DID numbers as "number-<id>".
        unread: my unread conversations, for the title and the icon; more than MOST_SHOWN says no
            more than that.
    """

    shown: dict[str, str]
    unread: int


def counts_of(*, user: User, numbers: Iterable[DidNumber]) -> Counts:
    """Count what a person's sidebar shows, in one statement.

    Args:
        user: who looks.
        numbers: the DID numbers that this person works with.
    """
    views: dict[str, int] = {}
    unread: Counter[int] = Counter()
    statement = _sidebar_statement(user.pk, rights_of(user))
    for view, number_id, count in fetch(statement):
        if view == "unread":
            unread[number_id] = count
        else:
            views[view] = count
    shown = {view: _capped(views.get(view, 0)) for view in COUNTED_VIEWS}
    shown["unread"] = _capped(unread.total())
    for number in numbers:
        shown[f"number-{number.pk}"] = _capped(unread[number.pk])
    return Counts(shown=shown, unread=unread.total())


def count_of(*, query: ListQuery, user: User, few: list[int] | None = None) -> str:
    """Return how many conversations a list holds, as far as it is shown.

    Args:
        query: the list.
        user: who looks.
        few: what `ListQuery.few_ids` found.
    """
    if few is not None:
        return _capped(query.conversations(user=user, few=few).count())
    key = (user.pk, rights_of(user))
    found = fetch(_count_statement(query.without(), *key))
    return _capped(found[0][0] if found else 0)


def _capped(count: int) -> str:
    if not count:
        return ""
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count)


# Statements ------------------------------------------------------------------------------------


@lru_cache(maxsize=STATEMENTS_KEPT)
def _sidebar_statement(user_id: int, rights: Rights) -> Statement:
    user = stand_in(user_id, rights)
    parts: list[str] = []
    params: list[Any] = []
    for view in COUNTED_VIEWS:
        counted = _capped_count(ListQuery(view=view), user, is_new=view == "mentions")
        if counted.sql:
            parts.append(f"SELECT '{view}', 0, ({counted.sql})")
            params += counted.params
    unread = unread_counts_statement(user)
    if unread.sql:
        parts.append(unread.sql)
        params += unread.params
    return Statement(" UNION ALL ".join(parts), tuple(params))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _count_statement(query: ListQuery, user_id: int, rights: Rights) -> Statement:
    user = stand_in(user_id, rights)
    return _capped_count(query, user)


def _capped_count(query: ListQuery, user: User, *, is_new: bool = False) -> Statement:
    """Count a list; of the mentions with ``is_new`` those that were not seen."""
    # These are few among everybody's, and their indexes hold the number.
    is_among_few = query.kind in {"snoozed", "needs-reply"}
    rows = query.conversations(user=user, is_ordered=is_among_few)
    if is_new:
        rows = rows.filter(pk__in=Notification.objects.unseen_mentions(user).values("conversation"))
    sql, params = compiled(rows.order_by().values_list("pk")[: MOST_SHOWN + 1])
    return Statement(f"SELECT COUNT(*) FROM ({sql}) AS c" if sql else "", params)  # noqa: S608
