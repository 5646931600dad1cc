"""What the caller hears about a message, and which receipts follow, scenario by scenario."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from messaging.simulator.mtsend import failure
from messaging.simulator.scenarios import Choice

DELIVERED, UNDELIVERED = "DELIVRD", "UNDELIVR"


@dataclass(frozen=True)
class Reply:
    """What a request to mtsend gets to hear.

    Attributes:
        status: The HTTP status.
        body: The bytes.
        headers: Beyond the usual ones.
        delay_seconds: How long it takes.
        ending: "answer", or "silence" and "reset" instead of one.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    ending: Literal["answer", "silence", "reset"] = "answer"


def reply_to_refused(code: str, delay_seconds: float) -> Reply:
    """Return a refusal: HTTP 200 around the code, as the provider does."""
    return Reply(200, json.dumps(failure(code)).encode(), delay_seconds=delay_seconds)


def reply_to_accepted(message_id: str, choice: Choice, delay_seconds: float) -> Reply:
    """Return what the caller hears about a message that was accepted."""
    data: Any = {"messageId": message_id}
    match choice.name:
        case "no-answer":
            return Reply(200, b"", ending="silence")
        case "reset":
            return Reply(200, b"", ending="reset")
        case "accept-status":
            return Reply(choice.http_status(), b"<html>proxy error</html>")
        case "not-json":
            return Reply(200, b"<html>welcome</html>", {"Content-Type": "text/html"})
        case "slow":
            delay_seconds = choice.seconds()
        case "no-id":
            data = None
        case "data-text":
            data = json.dumps(data)
        case "data-id":
            data = message_id
    answer = {"code": 0, "message": "Success", "data": data}
    return Reply(200, json.dumps(answer).encode(), delay_seconds=delay_seconds)


def receipts_of(choice: Choice, delay: float) -> list[tuple[str, float]]:
    """Return the receipts of a message: status word and seconds to wait."""
    match choice.name:
        case "undelivered":
            return [(UNDELIVERED, delay)]
        case "receipt":
            return [(choice.value, delay)]
        case "late":
            return [(DELIVERED, choice.seconds())]
        case "twice":
            return [(DELIVERED, delay), (DELIVERED, delay)]
        case "reordered":
            return [(DELIVERED, delay), (UNDELIVERED, delay + 0.5)]
    return [(DELIVERED, delay)]
