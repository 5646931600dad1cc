"""Find what a person has not read without looking at every conversation.

On each DID number the search begins at the person's watermark: of the open conversations behind it
only those are unread whose marks say so (`watermarks.py`). It ends at as many as are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from messaging.db.prepared import Statement, compiled, fetch
from messaging.models import DidNumber, ReadMark, rights_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from messaging.models import Conversation

#: Of each DID number no more are counted; pages show "99+".
MOST_COUNTED: Final = 100
#: Of each DID number no more are listed by their ids.
MOST_LISTED: Final = 300
#: Where a watermark has not been moved yet, the newest so many of a number are counted; a list then
#: looks at all of them (`unread_ids` says None).
WINDOW: Final = 3000

#: Both ask of each conversation for its mark: joined, PostgreSQL reads all of the person's.
_UNREAD: Final = """
    c.last_inbound_id > COALESCE((
        SELECT r.last_read_id FROM messaging_readmark r
        WHERE r.user_id = %s AND r.conversation_id = c.id), 0)"""
_NEWEST: Final = """
    SELECT c.id, c.last_inbound_id FROM messaging_conversation c
    WHERE c.did_number_id = n.id AND c.status = 'open' AND c.last_inbound_id >= n.before_id{own}
    ORDER BY c.last_inbound_id DESC
    LIMIT {window}"""
_BEFORE_WATERMARK: Final = f"""
    SELECT c.id FROM ({_NEWEST}) AS c
    WHERE {_UNREAD}"""  # noqa: S608  (our own constants)
_BEHIND: Final = f"""
    SELECT c.id
    FROM messaging_watermarkexception e JOIN messaging_conversation c ON c.id = e.conversation_id
    WHERE e.user_id = %s AND e.did_number_id = n.id AND c.status = 'open'
        AND c.last_inbound_id < n.before_id AND {_UNREAD}{{own}}"""  # noqa: S608  (the same)
_NUMBERS: Final = """
    SELECT d.id, COALESCE((
        SELECT w.before_id FROM messaging_readwatermark w
        WHERE w.user_id = %s AND w.did_number_id = d.id), 0) AS before_id
    FROM ({numbers}) AS d"""
#: What is behind is counted first: where it is enough, nothing else is looked at.
_COUNTS: Final = f"""
SELECT 'unread', n.id, n.behind + CASE WHEN n.behind >= {MOST_COUNTED} THEN 0 ELSE (
    SELECT COUNT(*) FROM ({_BEFORE_WATERMARK} LIMIT {MOST_COUNTED}) AS found) END
FROM (
    WITH n AS MATERIALIZED ({_NUMBERS}), counted AS MATERIALIZED (
        SELECT n.id, n.before_id, (
            SELECT COUNT(*) FROM ({_BEHIND} LIMIT {MOST_COUNTED}) AS found) AS behind
        FROM n)
    SELECT id, before_id, behind FROM counted
) AS n"""  # noqa: S608  (the same)
_IDS: Final = f"""
WITH n AS MATERIALIZED ({_NUMBERS})
SELECT (SELECT {{join}}(found.id{{text}}, ',') FROM ({_BEHIND} LIMIT {MOST_LISTED}) AS found),
    (SELECT {{join}}(found.id{{text}}, ',')
     FROM ({_BEFORE_WATERMARK} LIMIT {MOST_LISTED}) AS found),
    (SELECT COUNT(*) FROM ({_NEWEST}) AS c)
FROM n"""  # noqa: S608  (the same)
#: As `ConversationQuerySet.visible_to` has it.
_OWN: Final = """
        AND (c.assignee_id IS NULL OR c.assignee_id = {person} OR c.did_number_id IN (
            SELECT m.didnumber_id FROM messaging_didnumber_members m
            WHERE m.user_id = {person} AND m.role = 'supervisor'))"""
_DIALECTS: Final = {
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
        Rows of the word "unread", a DID number's id, a count; MOST_COUNTED or more says no more
        than that.
    """
    numbers = _numbers(user)
    person = user.pk
    # In the order in which the text asks for them.
    params = (person, person, *numbers.params, person, person)
    sql = _COUNTS.format(numbers=numbers.sql, window=WINDOW, own=_own(user)) if numbers.sql else ""
    return Statement(sql, params)


def unread_ids(user: User) -> list[int] | None:
    """Return a person's unread open conversations, in no order.

    None when they are too many, or when more than WINDOW would have to be looked at.
    """
    numbers = _numbers(user)
    if not numbers.sql:
        return []
    sql = _IDS.format(
        numbers=numbers.sql, window=WINDOW, own=_own(user), **_DIALECTS[connection.vendor]
    )
    params = (user.pk, *numbers.params, user.pk, user.pk, user.pk)
    ids: list[int] = []
    for behind, before, looked_at in fetch(Statement(sql, params)):
        if looked_at >= WINDOW:
            return None
        for joined in (behind, before):
            found = [int(pk) for pk in joined.split(",")] if joined else []
            if len(found) >= MOST_LISTED:
                return None
            ids += found
    return ids


def _own(user: User) -> str:
    """Return the condition for somebody who sees only what is theirs or nobody's, else ""."""
    return _OWN.format(person=int(user.pk)) if rights_of(user).sees_own_only else ""


def _numbers(user: User) -> Statement:
    return compiled(DidNumber.objects.visible_to(user).order_by().values_list("id"))
