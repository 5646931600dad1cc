"""Record what administrators search for: they may look at everything."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from messaging.models import AuditEntry, is_administrator

from .record import LONGEST_NAME, Subject, record, storable

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

#: A list that is fetched again with every live update is one search.
SAME_SEARCH: Final = timedelta(minutes=10)


def record_search(
    *, user: AbstractBaseUser | AnonymousUser, text: str, at: datetime, where: str = "inbox"
) -> None:
    """Record a search, once in SAME_SEARCH; of others than administrators nothing.

    Args:
        user: who searches.
        text: what for.
        at: now, aware UTC.
        where: a word for what is searched.
    """
    if not text or not is_administrator(user):
        return
    name = storable(text)[:LONGEST_NAME]
    same = AuditEntry.objects.filter(
        actor_id=user.pk, action="search", object_type=where, object_name=name
    )
    if not same.filter(at__gt=at - SAME_SEARCH).exists():
        record("search", actor=user, about=Subject(where, name=name), at=at)
