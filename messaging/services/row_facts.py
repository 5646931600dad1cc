"""What other tables know about the conversations of one list page, asked in one statement.

A list is fetched anew after every change. Asked through the ORM the eight tables cost eight
statements that are built anew each time; this is one that is always the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection

from messaging.models.prepared import IN_LIST, Statement, fetch_many, list_parameter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Fact(NamedTuple):
    """One thing that is known about a conversation.

    Attributes:
        kind: unread, delivery, trouble, label, opted_out, scheduled, draft or replying.
        conversation_id: about which.
        first, second, third: what there is to say; depends on the kind.
        number: a count, a colour, or an id to sort by.
    """

    kind: str
    conversation_id: int
    first: str
    second: str
    third: str
    number: int


#: {in_list} compares with the list of ids, {utc} is how the database writes a time as text in UTC.
#: Messages are asked for by a list of conversations where an index of theirs serves: joined, SQLite
#: (with statistics) reads all of them first, to build a filter for forty.
_FACTS: Final = """
WITH page AS (
    SELECT id, contact_id, did_number_id, last_message_id, last_direction, last_inbound_id
    FROM messaging_conversation WHERE id {in_list}
), mark AS (
    SELECT page.id, COALESCE(r.last_read_id, 0) AS last_read_id
    FROM page
    LEFT JOIN messaging_readmark r ON r.conversation_id = page.id AND r.user_id = %s
    WHERE page.last_inbound_id > COALESCE(r.last_read_id, 0)
)
SELECT 'unread', mark.id, '', '', '', (
    SELECT COUNT(*) FROM messaging_message m
    WHERE m.conversation_id = mark.id AND m.id > mark.last_read_id AND m.direction = 'inbound')
FROM mark
UNION ALL
SELECT 'delivery', page.id, m.status, '', '', 0
FROM page JOIN messaging_message m ON m.id = page.last_message_id
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
WHERE o.ended_at IS NULL AND (o.did_number_id IS NULL OR o.did_number_id = page.did_number_id)
UNION ALL
SELECT 'scheduled', m.conversation_id, {utc}, '', '', m.id
FROM messaging_message m
WHERE m.conversation_id IN (SELECT id FROM page)
    AND m.status IN ('scheduled', 'held') AND m.send_at IS NOT NULL
UNION ALL
SELECT 'draft', d.conversation_id, d.reply, d.note, '', 0
FROM page JOIN messaging_draft d ON d.conversation_id = page.id
WHERE d.user_id = %s
UNION ALL
SELECT 'replying', p.conversation_id, u.first_name, u.last_name, u.username, 0
FROM page JOIN messaging_presence p ON p.conversation_id = page.id
    JOIN auth_user u ON u.id = p.user_id
WHERE p.replying_at > %s AND p.user_id <> %s
"""
_UTC: Final = {
    "sqlite": "m.send_at",
    "postgresql": "to_char(m.send_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
}


def row_facts(*, ids: Sequence[int], user_id: int, replying_since: datetime) -> list[Fact]:
    """Return what is known about some conversations, for one person.

    Args:
        ids: of the conversations.
        user_id: whose unread texts and draft; colleagues count as replying.
        replying_since: a presence that was renewed before this has ended.

    Returns:
        Facts in no particular order; times as text in UTC, without a zone.
    """
    if not ids:
        return []
    vendor = connection.vendor
    statement = _FACTS.format(in_list=IN_LIST[vendor], utc=_UTC[vendor])
    since = connection.ops.adapt_datetimefield_value(replying_since)
    params = (list_parameter(ids), user_id, user_id, since, user_id)
    return [Fact._make(row) for row in fetch_many(Statement(statement, params), columns=6)]
