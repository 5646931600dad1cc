"""The statement of a list's page: its conversations, and what other tables know about them.

`pages.py` passes the conditions (a QuerySet of `query.py`), the order and where the last page
ended; the columns, the orders and what is read from other tables stand here.

A list is fetched again after every change. Asked through the ORM the eight tables cost eight
statements that are built each time; this is one that is always the same. Its rows come as
lines of JSON: where a line is the same as before, the HTML made from it is used again
(`templatetags/list_rows.py`). And SQLite's driver lets go of Python's lock for every single row it
returns, where threads queue for it; here it returns one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from django.db import connection
from django.db.models import Case, DateTimeField, Exists, F, Func, Value, When
from django.db.models.fields import BigIntegerField, BooleanField
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThan

from messaging.db.prepared import Statement, compiled, fetch
from messaging.models import Conversation, DidNumber, is_administrator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import Expression, QuerySet

    from .cursor import Cursor

#: Of a conversation, as its reader may see it, and whether they see more than one DID number.
COLUMNS: Final = (
    "id",
    "status",
    "contact_id",
    "did_number_id",
    "assignee_id",
    "snoozed_until",
    "last_activity_at",
    "last_message_id",
    "last_direction",
    "last_preview",
    "last_inbound_id",
    "needs_reply_since",
    "shown_name",
    "contact__phone",
    "contact__phone_key",
    "blocked_since",
    "did_number__label",
    "did_number__number",
    "assignee__username",
    "assignee__first_name",
    "assignee__last_name",
    "sees_several_numbers",
)

#: A row shows "99+" for more.
MOST_SHOWN: Final = 99

#: {utc} is how the database writes a time as text in UTC.
#: Messages are asked for by a list of conversations where an index of theirs serves: joined, SQLite
#: (with statistics) reads all of them first, to build a filter for forty.
_WITH_FACTS: Final = """
WITH found AS MATERIALIZED (
    {conversations}
), page AS (
    SELECT id, contact_id, did_number_id, last_message_id, last_direction, last_inbound_id
    FROM found
), mark AS (
    SELECT page.id, COALESCE(r.last_read_id, 0) AS last_read_id
    FROM page
    LEFT JOIN messaging_readmark r ON r.conversation_id = page.id AND r.user_id = %s
    WHERE page.last_inbound_id > COALESCE(r.last_read_id, 0)
), facts(line) AS (
    SELECT {array}(mark.id, 'unread', (
        SELECT COUNT(*) FROM (
            SELECT 1 FROM messaging_message m
            WHERE m.conversation_id = mark.id AND m.id > mark.last_read_id
                AND m.direction = 'inbound'
                AND NOT EXISTS (SELECT 1 FROM messaging_reaction x WHERE x.message_id = m.id)
            LIMIT {most_counted}
        ) AS counted)){text}
    FROM mark
    UNION ALL
    SELECT {array}(page.id, 'delivery', m.status, COALESCE(u.first_name, ''),
        COALESCE(u.last_name, ''), COALESCE(u.username, ''),
        CASE WHEN m.sent_by_id = %s THEN 1 ELSE 0 END){text}
    FROM page JOIN messaging_message m ON m.id = page.last_message_id
        LEFT JOIN auth_user u ON u.id = m.sent_by_id
    WHERE page.last_direction = 'outbound'
    UNION ALL
    SELECT {array}(m.conversation_id, 'trouble', m.status, m.id){text}
    FROM messaging_message m
    WHERE m.conversation_id IN (SELECT id FROM page)
        AND m.status IN ('failed', 'unconfirmed', 'undelivered') AND m.attention_cleared_at IS NULL
    UNION ALL
    SELECT {array}(t.conversation_id, 'label', l.name, l.colour){text}
    FROM page JOIN messaging_conversation_labels t ON t.conversation_id = page.id
        JOIN messaging_label l ON l.id = t.label_id
    UNION ALL
    SELECT {array}(page.id, 'opted_out'){text}
    FROM page JOIN messaging_optout o ON o.contact_id = page.contact_id
    WHERE o.ended_at IS NULL AND (o.did_number_id = page.did_number_id
        OR o.did_number_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM messaging_optout_allowed_numbers a
            WHERE a.optout_id = o.id AND a.didnumber_id = page.did_number_id))
    UNION ALL
    SELECT {array}(n.conversation_id, 'mention'){text}
    FROM messaging_notification n
    WHERE n.user_id = %s AND n.seen_at IS NULL AND n.reason = 'mention'
        AND n.conversation_id IN (SELECT id FROM page)
    UNION ALL
    SELECT {array}(m.conversation_id, 'scheduled', {utc}){text}
    FROM messaging_message m
    WHERE m.conversation_id IN (SELECT id FROM page)
        AND m.status IN ('scheduled', 'held') AND m.send_at IS NOT NULL
    UNION ALL
    SELECT {array}(
        d.conversation_id, 'draft', substr(d.reply, 1, 400), substr(d.note, 1, 400)){text}
    FROM page JOIN messaging_draft d ON d.conversation_id = page.id
    WHERE d.user_id = %s
    UNION ALL
    SELECT {array}(p.conversation_id, 'replying', u.first_name, u.last_name, u.username){text}
    FROM page JOIN messaging_presence p ON p.conversation_id = page.id
        JOIN auth_user u ON u.id = p.user_id
    WHERE p.replying_at > %s AND p.user_id <> %s
)
SELECT
    (SELECT {join}({array}({columns}){text}, {line_end}) FROM found),
    (SELECT {join}(line, {line_end}) FROM facts)
"""
_WORDS: Final = {
    "sqlite": {
        "utc": "m.send_at",
        "array": "json_array",
        "text": "",
        "join": "group_concat",
        "line_end": "char(10)",
    },
    "postgresql": {
        "utc": "to_char(m.send_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        "array": "json_build_array",
        "text": "::text",
        "join": "string_agg",
        "line_end": "chr(10)",
    },
}


#: Newest activity first; longest waiting for an answer first; what waits for none, newest first.
Order = Literal["n", "w", "others"]


def page_statement(
    rows: QuerySet[Conversation],
    *,
    user: User,
    order: Order,
    before: Cursor | None = None,
    limit: int | None = None,
) -> Statement:
    """Return the statement that selects COLUMNS of a page.

    Args:
        rows: the list's conditions.
        user: who looks.
        order: in which order the conversations come.
        before: where the previous page ended.
        limit: how many at most; None for all.
    """
    if order == "w":
        rows = longest_waiting_first(rows, before=before)
    elif order == "others":
        is_within = before is not None and before[0] == "n"
        rows = rows.filter(needs_reply_since__isnull=True)
        rows = newest_first(rows, before=before if is_within else None)
    else:
        rows = newest_first(rows, before=before)
    return rows_statement(rows[:limit] if limit else rows, user=user)


def rows_statement(rows: QuerySet[Conversation], *, user: User) -> Statement:
    """Return the statement that selects COLUMNS of certain conversations, for one reader."""
    return compiled(
        rows.annotate(
            shown_name=_shown_name(user),
            blocked_since=Coalesce("blocked_at", "contact__blocked_at"),
            sees_several_numbers=Exists(DidNumber.objects.visible_to(user).order_by()[1:2]),
        ).values_list(*COLUMNS)
    )


def _shown_name(user: User) -> Expression | F:
    """Return the contact's name, "" where it is not known to the reader."""
    if is_administrator(user):
        return F("contact__name")
    known = When(Conversation.objects.knows_contact(user), then=F("contact__name"))
    return Case(known, default=Value(""))


def newest_first(rows: QuerySet[Conversation], *, before: Cursor | None) -> QuerySet[Conversation]:
    """Order by last activity, newest first, from where the previous page ended."""
    if before is not None:
        rows = rows.filter(LessThan(_pair(F("last_activity_at"), F("id")), _bound(before)))
    return rows.order_by("-last_activity_at", "-id")


def longest_waiting_first(
    rows: QuerySet[Conversation], *, before: Cursor | None
) -> QuerySet[Conversation]:
    """Keep what waits for an answer, longest first, from where the previous page ended."""
    rows = rows.filter(needs_reply_since__isnull=False)
    if before is not None:
        rows = rows.filter(GreaterThan(_pair(F("needs_reply_since"), F("id")), _bound(before)))
    return rows.order_by("needs_reply_since", "id")


def _pair(first: Any, second: Any) -> Func:
    # One row value, which both databases answer from the index at any depth; two OR-ed comparisons
    # make PostgreSQL walk the whole index.
    return Func(
        first,
        second,
        template="(%(expressions)s)",
        output_field=BooleanField(),
    )


def _bound(cursor: Cursor) -> Func:
    _order, at, row_id = cursor
    return _pair(
        Value(at, output_field=DateTimeField()), Value(row_id, output_field=BigIntegerField())
    )


def fetch_lines(
    conversations: Statement, *, user_id: int, replying_since: datetime
) -> tuple[Sequence[str], Sequence[str]]:
    """Return a page's conversations and what is known about them, for one person.

    Args:
        conversations: selects COLUMNS in the order of the list; one of few different texts.
        user_id: whose unread texts and draft; colleagues count as replying.
        replying_since: a presence that was renewed before this has ended.

    Returns:
        For each conversation, in order, a JSON array of its COLUMNS; and in no particular order
        JSON arrays of what is known: conversation's id, kind, and what that kind of fact holds
        (`facts.py`).
    """
    if not conversations.sql:
        return (), ()
    sql = _with_facts(conversations.sql, connection.vendor)
    since = connection.ops.adapt_datetimefield_value(replying_since)
    params = (*conversations.params, user_id, user_id, user_id, user_id, since, user_id)
    ((found, facts),) = fetch(Statement(sql, params))
    return found.split("\n") if found else (), facts.split("\n") if facts else ()


@lru_cache(maxsize=1024)
def _with_facts(conversations: str, vendor: str) -> str:
    columns = ", ".join(f'"{name}"' for name in COLUMNS)
    return _WITH_FACTS.format(
        conversations=conversations,
        columns=columns,
        most_counted=MOST_SHOWN + 1,
        **_WORDS[vendor],
    )
