"""The rows that the fast path writes: their columns and their values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from messaging.models.conversation import preview_of
from messaging.phone_numbers import address_key, calling_code
from messaging.reasons import ReasonCode
from messaging.services.contacts.erased_numbers import digests_of
from messaging.services.content.keywords import keyword_form
from messaging.services.content.near_opt_outs import seems_to_ask_for_opt_out
from messaging.services.receipts.delivery_receipts import RECEIPT_STATUS
from messaging.sms_text import SURCHARGE, measure_received
from messaging.statuses import TRANSITIONS, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

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


#: How the numbers begin whose country matters for the length of a text.
SURCHARGED: Final = tuple(SURCHARGE)
#: From which states a receipt moves a message to another.
MOVES_FROM: Final = {
    str(target): [str(status) for status in Status if target in TRANSITIONS[status]]
    for target in RECEIPT_STATUS.values()
}


def values_of(envelope: PushEnvelope, fields: PushFields) -> dict[str, Any]:
    """Return the parameters of an inbound message's statements, by name.

    Args:
        envelope: an authentic push.
        fields: what it says; an inbound message with an id.
    """
    content = fields.content
    phone_key = address_key(fields.from_phone)
    # To know the country of each number would cost as much as all the rest here.
    code = calling_code(phone_key) if phone_key.startswith(SURCHARGED) else ""
    size = measure_received(content, calling_code=code)
    is_number = phone_key.isascii() and phone_key.isdigit()
    return _values_of_push(envelope, fields, reason="to_is_ours") | {
        "did": address_key(fields.to_phone),
        "phone": phone_key if is_number else fields.from_phone,
        "phone_key": phone_key,
        "digests": digests_of(phone_key),
        "content": content,
        "preview": preview_of(content),
        "encoding": size.encoding,
        "segments": size.segments,
        "dedup_key": f"id:{fields.message_id}",
        "word": keyword_form(content),
        "suggests": seems_to_ask_for_opt_out(content),
    }


def values_of_receipt(envelope: PushEnvelope, fields: PushFields) -> dict[str, Any]:
    """Return the parameters of a receipt's statements, by name.

    Args:
        envelope: an authentic push.
        fields: what it says; a receipt with an id and a word that decides.
    """
    status = RECEIPT_STATUS[status_word(fields)]
    flags = {"type_contradicts_action"} if envelope.is_signed and fields.type == "0" else set()
    return _values_of_push(envelope, fields, reason="known_message_id", more_flags=flags) | {
        "sender": address_key(fields.from_phone),
        "recipient": address_key(fields.to_phone),
        "status": str(status),
        "moves_from": MOVES_FROM[status],
        "error_code": str(ReasonCode.NOT_DELIVERED) if status == Status.UNDELIVERED else None,
    }


def status_word(fields: PushFields) -> str:
    """Return a push's status word as RECEIPT_STATUS has it."""
    return fields.sms_status.strip().upper()


def _values_of_push(
    envelope: PushEnvelope, fields: PushFields, *, reason: str, more_flags: Iterable[str] = ()
) -> dict[str, Any]:
    """Return what both kinds of push have; the reason is that of an unsigned one."""
    return {
        "at": envelope.received_at,
        "size": fields.size,
        "price": fields.price,
        "message_id": fields.message_id,
        "provider_time": fields.provider_time,
        "raw_body": envelope.raw_body,
        "content_type": envelope.content_type[:200],
        "is_signed": envelope.is_signed,
        "action": envelope.action,
        "remote_addr": envelope.remote_addr[:45],
        "reason": "signed_action" if envelope.is_signed else reason,
        "flags": json.dumps(sorted({*envelope.flags, *fields.flags, *more_flags})),
    }
