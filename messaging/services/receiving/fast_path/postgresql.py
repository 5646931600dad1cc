"""The fast path on PostgreSQL: one statement for an inbound message, one for a receipt."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from messaging.models import Change
from messaging.services.feed.changes import notify_after_commit

from .rows import MESSAGE_COLUMNS, PUSH_COLUMNS

# The message's id is drawn while the conversation's row is locked, so that within a conversation
# a later id never becomes visible before an earlier one.
_INBOUND: Final = f"""
WITH did AS MATERIALIZED (
    SELECT d.id FROM messaging_didnumber d
    WHERE d.number = %(did)s AND NOT d.opt_out_keywords ? %(word)s
      AND NOT EXISTS (SELECT 1 FROM messaging_didnumber o WHERE o.number = %(phone_key)s)
      AND (%(is_signed)s OR NOT EXISTS (
            SELECT 1 FROM messaging_message m
            WHERE m.provider_message_id = %(message_id)s AND m.direction = 'outbound'))
), known AS MATERIALIZED (
    SELECT c.id, c.blocked_at FROM messaging_contact c WHERE c.phone_key = %(phone_key)s
), made AS (
    INSERT INTO messaging_contact (phone, phone_key, name, email, language, created_at)
    SELECT %(phone)s, %(phone_key)s, '', '', '', %(at)s
    FROM did WHERE NOT EXISTS (SELECT 1 FROM known)
      AND NOT EXISTS (SELECT 1 FROM messaging_erasednumber e WHERE e.digest = ANY(%(digests)s))
    ON CONFLICT DO NOTHING
    RETURNING id
), contact AS (
    SELECT id FROM known WHERE blocked_at IS NULL UNION ALL SELECT id FROM made
), conversation AS (
    INSERT INTO messaging_conversation (
        did_number_id, contact_id, status, last_activity_at, last_message_id, last_direction,
        last_preview, last_inbound_id, settled_message_id, needs_reply_since, created_at)
    SELECT did.id, contact.id, 'open', %(at)s, drawn.id, 'inbound', %(preview)s, drawn.id, 0,
           %(at)s, %(at)s
    FROM did, contact, (SELECT nextval('messaging_message_id_seq') AS id) drawn
    ON CONFLICT (did_number_id, contact_id) DO UPDATE SET
        (last_message_id, last_inbound_id) =
            (SELECT n.id, n.id FROM (SELECT nextval('messaging_message_id_seq') AS id) n),
        last_activity_at =
            GREATEST(messaging_conversation.last_activity_at, excluded.last_activity_at),
        last_direction = excluded.last_direction,
        last_preview = excluded.last_preview,
        needs_reply_since =
            COALESCE(messaging_conversation.needs_reply_since, excluded.needs_reply_since)
    WHERE messaging_conversation.status = 'open' AND messaging_conversation.blocked_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM messaging_message s
        WHERE s.conversation_id = messaging_conversation.id
          AND s.send_at IS NOT NULL AND s.status = 'scheduled' AND s.cancel_if_they_write)
    RETURNING id, last_message_id
), message AS (
    INSERT INTO messaging_message ({MESSAGE_COLUMNS})
    SELECT conversation.last_message_id, conversation.id, did.id, 'inbound', 'received',
        %(content)s, %(at)s, false, false, %(encoding)s, %(segments)s, %(size)s, %(price)s,
        %(message_id)s, '', %(provider_time)s, %(dedup_key)s, 0, 0, '', false, %(suggests)s
    FROM conversation, did
    RETURNING id, conversation_id, did_number_id
), push AS (
    INSERT INTO messaging_push ({PUSH_COLUMNS})
    SELECT %(at)s, %(raw_body)s, %(content_type)s, %(is_signed)s, %(action)s, %(remote_addr)s,
        'inbound', 'applied', %(reason)s, %(flags)s::jsonb, %(message_id)s, %(phone_key)s,
        message.did_number_id, message.id
    FROM message
)
INSERT INTO messaging_change (kind, conversation_id, did_number_id, at)
SELECT 'message', message.conversation_id, message.did_number_id, %(at)s FROM message
RETURNING id, conversation_id, did_number_id
"""  # noqa: S608  (our own constants)


# A receipt that waited for another transaction's lock goes the long way: the history that it read
# may be out of date. The row's version (xmin) shows this, because every transaction that adds an
# entry for a message with a provider's id also updates the message's row.
_RECEIPT: Final = f"""
WITH found AS MATERIALIZED (
    SELECT m.id, m.xmin AS version, c.phone_key
    FROM messaging_message m
    JOIN messaging_didnumber d ON d.id = m.did_number_id
    JOIN messaging_conversation v ON v.id = m.conversation_id
    JOIN messaging_contact c ON c.id = v.contact_id
    WHERE m.provider_message_id = %(message_id)s AND m.direction = 'outbound'
      AND m.status = ANY(%(moves_from)s) AND m.redacted_at IS NULL
      AND ((d.number = %(sender)s AND c.phone_key = %(recipient)s)
        OR (d.number = %(recipient)s AND c.phone_key = %(sender)s))
      AND (%(is_signed)s OR NOT EXISTS (
            SELECT 1 FROM messaging_didnumber o WHERE o.number = c.phone_key))
      AND COALESCE((
            SELECT s.at FROM messaging_statuschange s
            WHERE s.message_id = m.id ORDER BY s.id DESC LIMIT 1) <= %(at)s, true)
), moved AS (
    UPDATE messaging_message m SET
        status = %(status)s, has_receipt = true, error_code = %(error_code)s, error_facts = NULL,
        billed_segments = COALESCE(%(size)s, m.billed_segments),
        price = COALESCE(%(price)s, m.price),
        provider_time = COALESCE(%(provider_time)s, m.provider_time),
        sent_at = COALESCE(m.sent_at, m.attempt_started_at)
    FROM found WHERE m.id = found.id AND m.xmin = found.version
    RETURNING m.id, m.conversation_id, m.did_number_id, found.phone_key
), entry AS (
    INSERT INTO messaging_statuschange (message_id, status, at, code)
    SELECT moved.id, %(status)s, %(at)s, %(error_code)s FROM moved
), push AS (
    INSERT INTO messaging_push ({PUSH_COLUMNS})
    SELECT %(at)s, %(raw_body)s, %(content_type)s, %(is_signed)s, %(action)s, %(remote_addr)s,
        'receipt', 'applied', %(reason)s, %(flags)s::jsonb, %(message_id)s, moved.phone_key,
        moved.did_number_id, moved.id
    FROM moved
)
INSERT INTO messaging_change (kind, conversation_id, did_number_id, at)
SELECT 'status', moved.conversation_id, moved.did_number_id, %(at)s FROM moved
RETURNING id, conversation_id, did_number_id
"""  # noqa: S608  (our own constants)


def take_in_on_postgresql(values: dict[str, Any]) -> bool:
    """Write an inbound message.

    Args:
        values: as values_of returns them.

    Returns:
        Whether the rows were written; False when something is out of the ordinary.
    """
    return _write(_INBOUND, values, kind=Change.Kind.MESSAGE)


def apply_on_postgresql(values: dict[str, Any]) -> bool:
    """Write a receipt.

    Args:
        values: as values_of_receipt returns them.

    Returns:
        Whether the rows were written; False when something is out of the ordinary.
    """
    return _write(_RECEIPT, values, kind=Change.Kind.STATUS)


def _write(statement: str, values: dict[str, Any], *, kind: Change.Kind) -> bool:
    """Run the one statement, prepared on the server; alone it is its own transaction."""
    import psycopg

    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    link = database.connection
    link.prepare_threshold = 2
    with (
        transaction.atomic() if database.in_atomic_block else nullcontext(),
        database.wrap_database_errors,
        psycopg.Cursor(link) as cursor,
    ):
        row = cursor.execute(statement, values).fetchone()
    if row is None:
        return False
    change, conversation, did = row
    notify_after_commit([(change, kind.value, conversation, did)])
    return True
