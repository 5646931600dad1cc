"""One attempt in detail: its timings, the request, and the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from messaging.nxcloud.payloads import mtsend_body
from messaging.nxcloud.signing import BIZ_TYPE_DID
from messaging.nxcloud.trace import LEFT_OUT
from messaging.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging.models import Message, StatusChange

#: In place of a request's body that is not what left any more.
TEXT_HIDDEN: Final = "text_hidden"
CHANGED: Final = "changed"


def attempt_facts(*, message: Message, trace: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return what is known of a request.

    Args:
        message: with its conversation's contact and its number.
        trace: as `nxcloud.trace.Trace.stored` returns it; empty where nothing was kept.
        number: which attempt of the message it was, from 1.

    Returns:
        ``attempt``, ``milliseconds`` since its start by what had been reached, and ``request``.
    """
    facts: dict[str, Any] = {"attempt": number, "milliseconds": dict(trace.get("ms", {}))}
    if "to" in trace:
        facts["request"] = _request(message=message, trace=trace)
    return facts


def _request(*, message: Message, trace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request: its body is made of the row again, by the function that made it first."""
    body, body_missing = "", TEXT_HIDDEN
    if message.redacted_at is None:
        made = mtsend_body(
            sender=message.did_number.number,
            phone=message.conversation.contact.phone_key,
            content=message.content,
        )
        is_same = len(made) == trace.get("bytes")
        body, body_missing = (made.decode(), "") if is_same else ("", CHANGED)
    return {
        "method": "POST",
        "address": trace["to"],
        "headers": {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "didsms",
            "Connection": "close",
            "accessKey": LEFT_OUT,
            "action": "mtsend",
            "bizType": BIZ_TYPE_DID,
            "ts": str(trace.get("ts", "")),
            "sign": LEFT_OUT,
        },
        "bytes": trace.get("bytes", 0),
        "body": body,
        "body_missing": body_missing,
    }


def answer_facts(
    *, message: Message, trace: Mapping[str, Any], change: StatusChange
) -> dict[str, Any]:
    """Return what NXCloud answered; empty where it gave no answer, as far as is known.

    Args:
        message: the message.
        trace: of the attempt.
        change: the status that the attempt brought.
    """
    if "http" not in trace:
        is_accepted = change.status == Status.SENT
        known = {"code": "0", "provider_message_id": message.provider_message_id}
        return known if is_accepted else {}
    facts: dict[str, Any] = {"http_status": trace["http"], "body": trace.get("answer", "")}
    if change.status == Status.SENT:
        facts |= {"code": "0", "provider_message_id": message.provider_message_id}
    elif change.code:
        facts["code"] = change.code
    if message.redacted_at is not None:
        facts |= {"body": "", "body_missing": TEXT_HIDDEN}
    return facts
