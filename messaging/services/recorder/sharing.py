"""A message's record as a file for NXCloud's support: numbers masked, texts and people left out."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from messaging.nxcloud.payloads import read_answer
from messaging.phone_numbers import mask

if TYPE_CHECKING:
    from messaging.models import Message

    from .timeline import Entry, Record

#: Facts that say something of the message's way and nothing of people.
_SHARED: Final = frozenset(
    {
        "direction", "number", "phone", "segments", "encoding", "is_automatic", "send_at",
        "provider_time", "status", "code", "detail", "owner", "attempt", "milliseconds", "request",
        "http_status", "body", "provider_message_id", "push", "type", "outcome", "rule", "flags",
        "is_signed", "action", "remote_addr", "content_type", "bytes", "message",
    }
)  # fmt: skip
_HIDDEN: Final = "(hidden)"
#: So long may a number of a phone be; an ID of NXCloud's is longer, or has letters in it.
_PHONE_LIKE: Final = re.compile(r"(?<![\w-])\+?\d{7,15}(?![\w-])")


def shared_record(record: Record, *, at: datetime) -> str:
    """Return a record as indented JSON.

    Args:
        record: of a message.
        at: now, aware UTC.
    """
    message = record.message
    body = {
        "about": "didsms message record; numbers masked, texts hidden; times in UTC",
        "made_at": _written(at),
        "message": _message(message),
        "timeline": [_entry(entry, message) for entry in record.timeline],
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "direction": message.direction,
        "number": mask(message.did_number.number),
        "phone": mask(message.conversation.contact.phone_key),
        "content": f"(hidden: {len(message.content)} characters)",
        "status": message.status,
        "provider_message_id": message.provider_message_id,
        "provider_code": message.provider_code,
        "encoding": message.encoding,
        "segments": message.segments,
        "billed_segments": message.billed_segments,
        "price": None if message.price is None else str(message.price),
    }


def _entry(entry: Entry, message: Message) -> dict[str, Any]:
    facts = {name: value for name, value in entry.facts.items() if name in _SHARED}
    if entry.kind == "push":
        facts.pop("body", None)
    elif entry.kind == "answer":
        facts["body"] = _answer(message, str(facts.get("body", "")))
    if "request" in facts:
        facts["request"] = {**facts["request"], "body": _HIDDEN}
    for name in ("number", "phone"):
        if name in facts:
            facts[name] = mask(str(facts[name]))
    if "detail" in facts:
        facts["detail"] = _without(message, str(facts["detail"]))
    return {
        "at": _written(entry.at),
        "kind": entry.kind,
        "actor": "a colleague" if entry.actor else None,
        "facts": {name: _plain(value) for name, value in facts.items()},
    }


def _answer(message: Message, body: str) -> dict[str, Any] | str:
    """Return what an answer says without whatever else it carries."""
    said = read_answer(body.encode())
    if said is None:
        return f"(hidden: {len(body)} characters)" if body else ""
    words = _without(message, said.message)
    return {"code": said.code, "message": words, "messageId": said.message_id}


def _without(message: Message, text: str) -> str:
    """Return a sentence without the message's text and numbers."""
    for known in filter(None, (message.content, message.body)):
        text = text.replace(known, _HIDDEN)
    return _PHONE_LIKE.sub(_HIDDEN, text)


def _plain(value: Any) -> Any:
    return _written(value) if isinstance(value, datetime) else value


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
