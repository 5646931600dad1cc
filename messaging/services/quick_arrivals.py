"""The quick way in for the ordinary inbound message, in SQL of our own.

Most pushes are a text from a person to one of our numbers that asks for nothing special. For these
the ORM's two dozen statements become one on PostgreSQL and a few on SQLite. Whatever is not
ordinary in any way (a keyword, a receipt, a duplicate, a blocked or closed conversation, …) makes
``take_in_quickly`` answer False with nothing written, and ``recording.record_push`` does the whole
work. Both leave the same rows; the tests hold them against each other.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from didsms_site.sqlite.shared_commit import share_commit
from messaging.models import Change
from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push import parse_push
from messaging.phone_numbers import address_key, calling_code
from messaging.sms_text import measure, normalise

from .keywords import keyword_in, seems_to_ask_for_opt_out
from .live import notify_after_commit
from .texts import preview_of

if TYPE_CHECKING:
    from messaging.nxcloud.push import PushEnvelope, PushFields

_ORDINARY_TYPES: Final = frozenset({"", "0"})

_MESSAGE_COLUMNS: Final = """
    id, conversation_id, did_number_id, direction, status, content, created_at,
    cancel_if_they_write, is_automatic, encoding, segments, billed_segments, price,
    provider_message_id, provider_code, provider_time, error, dedup_key, attempts, unsent_tries,
    claimed_by, has_receipt, suggests_opt_out
"""
_PUSH_COLUMNS: Final = """
    received_at, raw_body, content_type, is_signed, action, remote_addr, kind, outcome, reason,
    flags, provider_message_id, phone_key, did_number_id, message_id
"""

# The message's id is drawn while the conversation's row is locked, so that within a conversation
# a later id never becomes visible before an earlier one.
_POSTGRESQL: Final = f"""
WITH did AS MATERIALIZED (
    SELECT d.id FROM messaging_didnumber d
    WHERE d.number = %(did)s
      AND NOT EXISTS (SELECT 1 FROM messaging_didnumber o WHERE o.number = %(phone_key)s)
      AND (%(is_signed)s OR NOT EXISTS (
            SELECT 1 FROM messaging_message m
            WHERE m.provider_message_id = %(message_id)s AND m.direction = 'outbound'))
), known AS MATERIALIZED (
    SELECT c.id, c.blocked_at FROM messaging_contact c WHERE c.phone_key = %(phone_key)s
), made AS (
    INSERT INTO messaging_contact (phone, phone_key, name, memo, email, language, created_at)
    SELECT %(phone)s, %(phone_key)s, '', '', '', '', %(at)s
    FROM did WHERE NOT EXISTS (SELECT 1 FROM known)
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
        last_activity_at = excluded.last_activity_at,
        last_direction = excluded.last_direction,
        last_preview = excluded.last_preview,
        needs_reply_since =
            COALESCE(messaging_conversation.needs_reply_since, excluded.needs_reply_since)
    WHERE messaging_conversation.status = 'open' AND NOT EXISTS (
        SELECT 1 FROM messaging_message s
        WHERE s.conversation_id = messaging_conversation.id
          AND s.status = 'scheduled' AND s.cancel_if_they_write)
    RETURNING id, last_message_id
), message AS (
    INSERT INTO messaging_message ({_MESSAGE_COLUMNS})
    SELECT conversation.last_message_id, conversation.id, did.id, 'inbound', 'received',
        %(content)s, %(at)s, false, false, %(encoding)s, %(segments)s, %(size)s, %(price)s,
        %(message_id)s, '', %(provider_time)s, '', %(dedup_key)s, 0, 0, '', false, %(suggests)s
    FROM conversation, did
    RETURNING id, conversation_id, did_number_id
), push AS (
    INSERT INTO messaging_push ({_PUSH_COLUMNS})
    SELECT %(at)s, %(raw_body)s, %(content_type)s, %(is_signed)s, %(action)s, %(remote_addr)s,
        'inbound', 'applied', %(reason)s, %(flags)s::jsonb, %(message_id)s, %(phone_key)s,
        message.did_number_id, message.id
    FROM message
)
INSERT INTO messaging_change (kind, conversation_id, did_number_id, at)
SELECT 'message', message.conversation_id, message.did_number_id, %(at)s FROM message
RETURNING id, conversation_id, did_number_id
"""  # noqa: S608  (our own constants)

_FIND: Final = """
SELECT d.id, c.id, v.id, c.blocked_at IS NOT NULL, v.status,
    EXISTS (SELECT 1 FROM messaging_didnumber WHERE number = :phone_key),
    EXISTS (SELECT 1 FROM messaging_message WHERE dedup_key = :dedup_key),
    NOT :is_signed AND EXISTS (
        SELECT 1 FROM messaging_message
        WHERE provider_message_id = :message_id AND direction = 'outbound'),
    EXISTS (
        SELECT 1 FROM messaging_message
        WHERE conversation_id = v.id AND status = 'scheduled' AND cancel_if_they_write)
FROM messaging_didnumber d
LEFT JOIN messaging_contact c ON c.phone_key = :phone_key
LEFT JOIN messaging_conversation v ON v.did_number_id = d.id AND v.contact_id = c.id
WHERE d.number = :did
"""
_MAKE_CONTACT: Final = """
INSERT INTO messaging_contact (phone, phone_key, name, memo, email, language, created_at)
VALUES (:phone, :phone_key, '', '', '', '', :at)
"""
_MAKE_CONVERSATION: Final = """
INSERT INTO messaging_conversation (
    did_number_id, contact_id, status, last_activity_at, last_direction, last_preview,
    settled_message_id, needs_reply_since, created_at)
VALUES (:did_id, :contact_id, 'open', :at, 'inbound', :preview, 0, :at, :at)
"""
_MAKE_MESSAGE: Final = f"""
INSERT INTO messaging_message ({_MESSAGE_COLUMNS})
VALUES (NULL, :conversation_id, :did_id, 'inbound', 'received', :content, :at, 0, 0, :encoding,
    :segments, :size, :price, :message_id, '', :provider_time, '', :dedup_key, 0, 0, '', 0,
    :suggests)
"""  # noqa: S608  (our own constants)
_TOUCH_CONVERSATION: Final = """
UPDATE messaging_conversation SET
    last_activity_at = :at, last_message_id = :id, last_inbound_id = :id,
    last_direction = 'inbound', last_preview = :preview,
    needs_reply_since = COALESCE(needs_reply_since, :at)
WHERE id = :conversation_id
"""
_MAKE_PUSH: Final = f"""
INSERT INTO messaging_push ({_PUSH_COLUMNS})
VALUES (:at, :raw_body, :content_type, :is_signed, :action, :remote_addr, 'inbound', 'applied',
    :reason, :flags, :message_id, :phone_key, :did_id, :id)
"""  # noqa: S608  (our own constants)
_MAKE_CHANGE: Final = """
INSERT INTO messaging_change (kind, conversation_id, did_number_id, at)
VALUES ('message', :conversation_id, :did_id, :at)
"""


def take_in_quickly(*, envelope: PushEnvelope) -> bool:
    """Record and apply an ordinary inbound message in one short transaction.

    Args:
        envelope: an authentic push.

    Returns:
        Whether it is done; False means that nothing was written and the long way is needed.

    Raises:
        OperationalError, InterfaceError: the database did not take it.
    """
    values = _ordinary_values(envelope)
    if values is None:
        return False
    try:
        if connection.vendor == "postgresql":
            return _on_postgresql(values)
        return _on_sqlite(values)
    except IntegrityError:
        return False  # A duplicate, or a race that the long way settles.


def _ordinary_values(envelope: PushEnvelope) -> dict[str, Any] | None:
    """Return what will be written, or None when the push is out of the ordinary."""
    if envelope.action == "dr":
        return None
    try:
        fields = parse_push(envelope, zone=ZoneInfo(settings.NXCLOUD_TIME_ZONE))
    except UnusablePush:
        return None
    if not fields.message_id or fields.type not in _ORDINARY_TYPES:
        return None
    if keyword_in(fields.content) is not None:
        return None
    return _values(envelope, fields)


def _values(envelope: PushEnvelope, fields: PushFields) -> dict[str, Any]:
    content = normalise(fields.content)
    phone_key = address_key(fields.from_phone)
    size = measure(content, calling_code=calling_code(phone_key))
    is_number = phone_key.isascii() and phone_key.isdigit()
    return {
        "did": address_key(fields.to_phone),
        "phone": phone_key if is_number else fields.from_phone,
        "phone_key": phone_key,
        "at": envelope.received_at,
        "content": content,
        "preview": preview_of(content),
        "encoding": size.encoding,
        "segments": size.segments,
        "size": fields.size,
        "price": fields.price,
        "message_id": fields.message_id,
        "dedup_key": f"id:{fields.message_id}",
        "provider_time": fields.provider_time,
        "suggests": seems_to_ask_for_opt_out(content),
        "raw_body": envelope.raw_body,
        "content_type": envelope.content_type[:200],
        "is_signed": envelope.is_signed,
        "action": envelope.action,
        "remote_addr": envelope.remote_addr[:45],
        "reason": "signed_action" if envelope.is_signed else "to_is_ours",
        "flags": json.dumps(sorted({*envelope.flags, *fields.flags})),
    }


def _on_postgresql(values: dict[str, Any]) -> bool:
    """Run the one statement, prepared on the server; alone it is its own transaction."""
    import psycopg

    connection.ensure_connection()
    link = connection.connection
    link.prepare_threshold = 2
    with (
        transaction.atomic() if connection.in_atomic_block else nullcontext(),
        connection.wrap_database_errors,
        psycopg.Cursor(link) as cursor,
    ):
        row = cursor.execute(_POSTGRESQL, values).fetchone()
    if row is None:
        return False
    change, conversation, did = row
    notify_after_commit([(change, Change.Kind.MESSAGE.value, conversation, did)])
    return True


def _on_sqlite(values: dict[str, Any]) -> bool:
    """Run the few statements, in one commit with the pushes that arrive at the same time."""
    adapt = connection.ops
    given = values | {
        "at": adapt.adapt_datetimefield_value(values["at"]),
        "provider_time": adapt.adapt_datetimefield_value(values["provider_time"]),
        "price": adapt.adapt_decimalfield_value(values["price"], 14, 6),
    }
    return share_commit(lambda: _write(given))


def _write(given: dict[str, Any]) -> bool:
    with connection.wrap_database_errors:
        execute = connection.connection.execute
        found = execute(_FIND, given).fetchone()
        if found is None:
            return False
        did_id, contact_id, conversation_id, is_blocked, status, *unusual = found
        if is_blocked or any(unusual) or status not in {None, "open"}:
            return False
        given["did_id"] = did_id
        given["contact_id"] = contact_id or execute(_MAKE_CONTACT, given).lastrowid
        given["conversation_id"] = conversation_id or execute(_MAKE_CONVERSATION, given).lastrowid
        given["id"] = execute(_MAKE_MESSAGE, given).lastrowid
        for statement in (_TOUCH_CONVERSATION, _MAKE_PUSH, _MAKE_CHANGE):
            execute(statement, given)
    return True
