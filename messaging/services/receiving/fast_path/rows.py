"""The rows that the fast path writes: their columns and their values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from messaging.models.conversation import preview_of
from messaging.phone_numbers import address_key, calling_code
from messaging.services.content.keywords import keyword_form
from messaging.services.content.near_opt_outs import seems_to_ask_for_opt_out
from messaging.sms_text import measure_received

if TYPE_CHECKING:
    from messaging.nxcloud.push import PushEnvelope, PushFields

MESSAGE_COLUMNS: Final = """
    id, conversation_id, did_number_id, direction, status, content, created_at,
    cancel_if_they_write, is_automatic, encoding, segments, billed_segments, price,
    provider_message_id, provider_code, provider_time, dedup_key, attempts, unsent_tries,
    claimed_by, has_receipt, suggests_opt_out
"""
PUSH_COLUMNS: Final = """
    received_at, raw_body, content_type, is_signed, action, remote_addr, kind, outcome, reason,
    flags, provider_message_id, phone_key, did_number_id, message_id
"""


def values_of(envelope: PushEnvelope, fields: PushFields) -> dict[str, Any]:
    """Return the parameters of the statements, by name.

    Args:
        envelope: an authentic push.
        fields: what it says; an inbound message with an id.
    """
    content = fields.content
    phone_key = address_key(fields.from_phone)
    size = measure_received(content, calling_code=calling_code(phone_key))
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
        "word": keyword_form(content),
        "suggests": seems_to_ask_for_opt_out(content),
        "raw_body": envelope.raw_body,
        "content_type": envelope.content_type[:200],
        "is_signed": envelope.is_signed,
        "action": envelope.action,
        "remote_addr": envelope.remote_addr[:45],
        "reason": "signed_action" if envelope.is_signed else "to_is_ours",
        "flags": json.dumps(sorted({*envelope.flags, *fields.flags})),
    }
