"""What a person has not read, found without a look at all that they have.

On each DID number the search begins at the person's horizon: of the open conversations behind it
only those are unread whose marks say so (`horizons.py`). It ends at as many as are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from messaging.models import DidNumber, ReadMark
from messaging.models.prepared import Statement, compiled, fetch

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from messaging.models import Conversation

#: Of each DID number no more are looked for; pages show "99+".
MOST_OF_A_NUMBER: Final = 100
#: Where a horizon has not been moved yet, of each number the newest so many are looked at.
WINDOW: Final = 3000

#: What the rows of `unread_counts_statement` begin with.
UNREAD_WORDS: Final = frozenset({"unread", "left-behind"})

#: Each conversation asks for its mark: joined, PostgreSQL reads all of the person's.
_BEFORE_HORIZON: Final = f"""
    SELECT newest.id FROM (
        SELECT c.id, c.last_inbound_id FROM messaging_conversation c
        WHERE c.did_number_id = n.id AND c.status = 'open' AND c.last_inbound_id >= COALESCE((
            SELECT h.before_id FROM messaging_readhorizon h
            WHERE h.user_id = %s AND h.did_number_id = n.id), 0)
        ORDER BY c.last_inbound_id DESC
        LIMIT {WINDOW}
    ) AS newest
    WHERE newest.last_inbound_id > COALESCE((
        SELECT r.last_read_id FROM messaging_readmark r
        WHERE r.user_id = %s AND r.conversation_id = newest.id), 0)
    LIMIT {MOST_OF_A_NUMBER}"""  # noqa: S608  (our own constants)
_LEFT_BEHIND: Final = """
    SELECT c.id, c.did_number_id
    FROM messaging_readmark r JOIN messaging_conversation c ON c.id = r.conversation_id
    WHERE r.user_id = %s AND r.is_left_behind AND c.status = 'open'
        AND c.last_inbound_id > r.last_read_id AND c.last_inbound_id < (
            SELECT h.before_id FROM messaging_readhorizon h
            WHERE h.user_id = %s AND h.did_number_id = c.did_number_id)
        AND c.did_number_id IN ({numbers})"""
_COUNTS: Final = f"""
SELECT 'unread', n.id, (SELECT COUNT(*) FROM ({_BEFORE_HORIZON}) AS found) FROM ({{numbers}}) AS n
UNION ALL
SELECT 'left-behind', found.did_number_id, COUNT(*) FROM ({_LEFT_BEHIND}) AS found
GROUP BY found.did_number_id"""  # noqa: S608  (our own constants)
_IDS: Final = f"""
SELECT (SELECT {{join}}(found.id{{text}}, ',') FROM ({_BEFORE_HORIZON}) AS found)
FROM ({{numbers}}) AS n
UNION ALL
SELECT {{join}}(found.id{{text}}, ',') FROM ({_LEFT_BEHIND}) AS found"""  # noqa: S608  (the same)
_WORDS: Final = {
    "sqlite": {"join": "group_concat", "text": ""},
    "postgresql": {"join": "string_agg", "text": "::text"},
}


def unread_by(rows: QuerySet[Conversation], *, user: User) -> QuerySet[Conversation]:
    """Keep what has an inbound message that this person has not seen, whatever its state."""
    return rows.filter(last_inbound_id__gt=last_read_by(user.pk, conversation="pk"))


def last_read_by(user_id: int, *, conversation: str) -> Coalesce:
    """Return, for a query, the last message that a person has read in each row's conversation.

    Args:
        user_id: the person.
        conversation: the column that holds the conversation's id.
    """
    mark = ReadMark.objects.filter(conversation_id=OuterRef(conversation), user_id=user_id)
    return Coalesce(Subquery(mark.values("last_read_id")[:1]), Value(0))


def unread_counts_statement(user: User) -> Statement:
    """Return a statement that counts a person's unread open conversations.

    Returns:
        Rows of one of UNREAD_WORDS, a DID number's id, a count; a number's counts add up.
    """
    return _filled(_COUNTS, user)


def unread_ids(user: User) -> list[int] | None:
    """Return a person's unread open conversations, in no order; None when they are too many."""
    found: list[int] = []
    for (ids,) in fetch(_filled(_IDS, user, **_WORDS[connection.vendor])):
        some = [int(pk) for pk in ids.split(",")] if ids else []
        if len(some) >= MOST_OF_A_NUMBER:
            return None
        found += some
    return found


def _filled(sql: str, user: User, **words: str) -> Statement:
    numbers = compiled(DidNumber.objects.visible_to(user).order_by().values_list("id"))
    if not numbers.sql:
        return Statement("")
    person: tuple[Any, ...] = (user.pk, user.pk)
    params = (*person, *numbers.params, *person, *numbers.params)
    return Statement(sql.format(numbers=numbers.sql, **words), params)
