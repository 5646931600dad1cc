"""A page of a list in one statement: its conversations, and what other tables know about them.

A list is fetched anew after every change. Asked through the ORM the eight tables cost eight
statements that are built anew each time; this is one that is always the same. Its rows come as
lines of JSON, so that a row whose line is known needs not be read: it is still true
(`templatetags/list_rows.py`). And SQLite's driver lets go of Python's lock for every single row it
returns, where threads queue for it; here it returns one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.db import connection

from messaging.db.prepared import Statement, fetch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

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
), facts(kind, conversation_id, first, second, third, number) AS (
    SELECT 'unread', mark.id, '', '', '', (
        SELECT COUNT(*) FROM (
            SELECT 1 FROM messaging_message m
            WHERE m.conversation_id = mark.id AND m.id > mark.last_read_id
                AND m.direction = 'inbound'
                AND NOT EXISTS (SELECT 1 FROM messaging_reaction x WHERE x.message_id = m.id)
            LIMIT {most_counted}
        ) AS counted)
    FROM mark
    UNION ALL
    SELECT 'delivery', page.id, m.status,
        COALESCE(u.first_name || {line_end} || u.last_name, ''), COALESCE(u.username, ''),
        CASE WHEN m.sent_by_id = %s THEN 1 ELSE 0 END
    FROM page JOIN messaging_message m ON m.id = page.last_message_id
        LEFT JOIN auth_user u ON u.id = m.sent_by_id
    WHERE page.last_direction = 'outbound'
    UNION ALL
    SELECT 'trouble', m.conversation_id, m.status, '', '', m.id
    FROM messaging_message m
    WHERE m.conversation_id IN (SELECT id FROM page)
        AND m.status IN ('failed', 'unconfirmed', 'undelivered') AND m.attention_cleared_at IS NULL
    UNION ALL
    SELECT 'label', t.conversation_id, l.name, '', '', l.colour
    FROM page JOIN messaging_conversation_labels t ON t.conversation_id = page.id
        JOIN messaging_label l ON l.id = t.label_id
    UNION ALL
    SELECT 'opted_out', page.id, '', '', '', 0
    FROM page JOIN messaging_optout o ON o.contact_id = page.contact_id
    WHERE o.ended_at IS NULL AND (o.did_number_id = page.did_number_id
        OR o.did_number_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM messaging_optout_allowed_numbers a
            WHERE a.optout_id = o.id AND a.didnumber_id = page.did_number_id))
    UNION ALL
    SELECT 'mention', n.conversation_id, '', '', '', 0
    FROM messaging_notification n
    WHERE n.user_id = %s AND n.seen_at IS NULL AND n.reason = 'mention'
        AND n.conversation_id IN (SELECT id FROM page)
    UNION ALL
    SELECT 'scheduled', m.conversation_id, {utc}, '', '', m.id
    FROM messaging_message m
    WHERE m.conversation_id IN (SELECT id FROM page)
        AND m.status IN ('scheduled', 'held') AND m.send_at IS NOT NULL
    UNION ALL
    SELECT 'draft', d.conversation_id, substr(d.reply, 1, 400), substr(d.note, 1, 400), '', 0
    FROM page JOIN messaging_draft d ON d.conversation_id = page.id
    WHERE d.user_id = %s
    UNION ALL
    SELECT 'replying', p.conversation_id, u.first_name, u.last_name, u.username, 0
    FROM page JOIN messaging_presence p ON p.conversation_id = page.id
        JOIN auth_user u ON u.id = p.user_id
    WHERE p.replying_at > %s AND p.user_id <> %s
)
SELECT
    (SELECT {join}({array}({columns}){text}, {line_end}) FROM found),
    (SELECT {join}({array}(conversation_id, kind, first, second, third, number){text}, {line_end})
     FROM facts)
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
        JSON arrays of what is known: conversation's id, kind (unread, delivery, trouble, label,
        opted_out, mention, scheduled, draft or replying), three texts, a number. Times are ISO
        8601, in UTC where they name no zone.
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
