"""The fast path on SQLite: a few statements, in a commit that concurrent pushes share."""

from __future__ import annotations

import json
from typing import Any, Final

from django.db import connection

from didsms_site.db.sqlite.shared_commit import share_commit

from .rows import MESSAGE_COLUMNS, PUSH_COLUMNS

_FIND: Final = """
SELECT d.id, c.id, v.id, c.blocked_at IS NOT NULL OR v.blocked_at IS NOT NULL, v.status,
    EXISTS (SELECT 1 FROM messaging_didnumber WHERE number = :phone_key),
    EXISTS (SELECT 1 FROM json_each(d.opt_out_keywords) WHERE value = :word),
    EXISTS (SELECT 1 FROM messaging_message WHERE dedup_key = :dedup_key),
    c.id IS NULL AND EXISTS (
        SELECT 1 FROM messaging_erasednumber
        WHERE digest IN (SELECT value FROM json_each(:digests))),
    NOT :is_signed AND EXISTS (
        SELECT 1 FROM messaging_message
        WHERE provider_message_id = :message_id AND direction = 'outbound'),
    EXISTS (
        SELECT 1 FROM messaging_message
        WHERE conversation_id = v.id
            AND send_at IS NOT NULL AND status = 'scheduled' AND cancel_if_they_write)
FROM messaging_didnumber d
LEFT JOIN messaging_contact c ON c.phone_key = :phone_key
LEFT JOIN messaging_conversation v ON v.did_number_id = d.id AND v.contact_id = c.id
WHERE d.number = :did
"""
_MAKE_CONTACT: Final = """
INSERT INTO messaging_contact (phone, phone_key, name, email, language, created_at)
VALUES (:phone, :phone_key, '', '', '', :at)
"""
_MAKE_CONVERSATION: Final = """
INSERT INTO messaging_conversation (
    did_number_id, contact_id, status, last_activity_at, last_direction, last_preview,
    settled_message_id, needs_reply_since, created_at)
VALUES (:did_id, :contact_id, 'open', :at, 'inbound', :preview, 0, :at, :at)
"""
_MAKE_MESSAGE: Final = f"""
INSERT INTO messaging_message ({MESSAGE_COLUMNS})
VALUES (NULL, :conversation_id, :did_id, 'inbound', 'received', :content, :at, 0, 0, :encoding,
    :segments, :size, :price, :message_id, '', :provider_time, :dedup_key, 0, 0, '', 0,
    :suggests)
"""  # noqa: S608  (our own constants)
_TOUCH_CONVERSATION: Final = """
UPDATE messaging_conversation SET
    last_activity_at = MAX(last_activity_at, :at), last_message_id = :id, last_inbound_id = :id,
    last_direction = 'inbound', last_preview = :preview,
    needs_reply_since = COALESCE(needs_reply_since, :at)
WHERE id = :conversation_id
"""
_MAKE_PUSH: Final = f"""
INSERT INTO messaging_push ({PUSH_COLUMNS})
VALUES (:at, :raw_body, :content_type, :is_signed, :action, :remote_addr, 'inbound', 'applied',
    :reason, :flags, :message_id, :phone_key, :did_id, :id)
"""  # noqa: S608  (our own constants)
_MAKE_CHANGE: Final = """
INSERT INTO messaging_change (kind, conversation_id, did_number_id, at)
VALUES ('message', :conversation_id, :did_id, :at)
"""
_FIND_SENT: Final = """
SELECT m.id, m.conversation_id, m.did_number_id, c.phone_key
FROM messaging_message m
JOIN messaging_didnumber d ON d.id = m.did_number_id
JOIN messaging_conversation v ON v.id = m.conversation_id
JOIN messaging_contact c ON c.id = v.contact_id
WHERE m.provider_message_id = :message_id AND m.direction = 'outbound'
  AND m.status IN (SELECT value FROM json_each(:moves_from)) AND m.redacted_at IS NULL
  AND ((d.number = :sender AND c.phone_key = :recipient)
    OR (d.number = :recipient AND c.phone_key = :sender))
  AND (:is_signed OR NOT EXISTS (
        SELECT 1 FROM messaging_didnumber o WHERE o.number = c.phone_key))
  AND COALESCE((
        SELECT s.at FROM messaging_statuschange s
        WHERE s.message_id = m.id ORDER BY s.id DESC LIMIT 1) <= :at, 1)
"""
_MOVE_MESSAGE: Final = """
UPDATE messaging_message SET
    status = :status, has_receipt = 1, error_code = :error_code, error_facts = NULL,
    billed_segments = COALESCE(:size, billed_segments), price = COALESCE(:price, price),
    provider_time = COALESCE(:provider_time, provider_time),
    sent_at = COALESCE(sent_at, attempt_started_at)
WHERE id = :id
"""
_MAKE_ENTRY: Final = """
INSERT INTO messaging_statuschange (message_id, status, at, code)
VALUES (:id, :status, :at, :error_code)
"""
_MAKE_PUSH_OF_RECEIPT: Final = f"""
INSERT INTO messaging_push ({PUSH_COLUMNS})
VALUES (:at, :raw_body, :content_type, :is_signed, :action, :remote_addr, 'receipt', 'applied',
    :reason, :flags, :message_id, :phone_key, :did_id, :id)
"""  # noqa: S608  (our own constants)
_MAKE_CHANGE_OF_STATUS: Final = """
INSERT INTO messaging_change (kind, conversation_id, did_number_id, at)
VALUES ('status', :conversation_id, :did_id, :at)
"""


def take_in_on_sqlite(values: dict[str, Any]) -> bool:
    """Write an inbound message, in one commit with the pushes that arrive at the same time.

    Args:
        values: as values_of returns them.

    Returns:
        Whether the rows were written; False when something is out of the ordinary.
    """
    given = _adapted(values) | {"digests": json.dumps(values["digests"])}
    return share_commit(lambda: _take_in(given))


def apply_on_sqlite(values: dict[str, Any]) -> bool:
    """Write a receipt, in one commit with the pushes that arrive at the same time.

    Args:
        values: as values_of_receipt returns them.

    Returns:
        Whether the rows were written; False when something is out of the ordinary.
    """
    given = _adapted(values) | {"moves_from": json.dumps(values["moves_from"])}
    return share_commit(lambda: _apply(given))


def _adapted(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as SQLite holds them."""
    adapt = connection.ops
    return values | {
        "at": adapt.adapt_datetimefield_value(values["at"]),
        "provider_time": adapt.adapt_datetimefield_value(values["provider_time"]),
        "price": adapt.adapt_decimalfield_value(values["price"], 14, 6),
    }


def _take_in(given: dict[str, Any]) -> bool:
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


def _apply(given: dict[str, Any]) -> bool:
    with connection.wrap_database_errors:
        execute = connection.connection.execute
        found = execute(_FIND_SENT, given).fetchone()
        if found is None:
            return False
        names = ("id", "conversation_id", "did_id", "phone_key")
        given |= zip(names, found, strict=True)
        for statement in (
            _MOVE_MESSAGE,
            _MAKE_ENTRY,
            _MAKE_PUSH_OF_RECEIPT,
            _MAKE_CHANGE_OF_STATUS,
        ):
            execute(statement, given)
    return True
