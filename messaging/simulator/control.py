"""The simulator's JSON control API, for tests and scripts: one function for each call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from messaging.simulator.simulator import Simulator

MAX_COUNT = 1000


class BadCall(ValueError):
    """A control call that lacks something or holds another type; says which."""


def list_requests(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    """GET /control/requests: every request to mtsend, oldest first; ?outcome= narrows."""
    total, records = simulator.ledger.requests()
    outcome = given.get("outcome")
    return {
        "total": total,
        "requests": [r.as_dict() for r in records if outcome in {None, r.outcome}],
    }


def list_pushes(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    """GET /control/pushes: every push with its attempts and what became of it."""
    return {"pushes": [push.as_dict() for push in simulator.pushes]}


def show_settings(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    """GET /control/settings: every switch."""
    return simulator.settings.as_dict()


def change_settings(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    """POST /control/settings: change the switches named in the body."""
    simulator.settings.change(given)
    return simulator.settings.as_dict()


def push_inbound(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    """POST /control/inbound: a person writes.

    `from`, `to` and `content`, and optionally `message_id`, `type`, `format`, `after_seconds`,
    and `count` for so many texts at once.
    """
    count = given.get("count", 1)
    if type(count) is not int or not 1 <= count <= MAX_COUNT:
        raise BadCall(f"count is a whole number from 1 to {MAX_COUNT}")
    pushes = [
        simulator.write(
            phone=_text(given, "from"),
            did=_text(given, "to"),
            content=_text(given, "content", may_be_empty=True),
            message_id=_text(given, "message_id", ""),
            type_word=_text(given, "type", "0"),
            push_format=_format(given),
            after=_seconds(given),
        )
        for _ in range(count)
    ]
    ids = [push.fields["messageId"] for push in pushes]
    return {"message_id": ids[0], "message_ids": ids}


def push_receipt(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    """POST /control/receipt: a receipt arrives.

    `message_id`, and optionally `status`, `type`, `format`, `after_seconds`; `from` (the DID), `to`
    and `content` are those of the accepted message with this id unless they are given.
    """
    message_id = _text(given, "message_id")
    record = simulator.ledger.message(message_id)
    push = simulator.push_receipt(
        message_id=message_id,
        did=_text(given, "from", record.sender if record else None),
        phone=_text(given, "to", record.phone if record else None),
        content=_text(given, "content", record.content if record else None, may_be_empty=True),
        status=_text(given, "status", "DELIVRD"),
        type_word=_text(given, "type", "1"),
        push_format=_format(given),
        after=_seconds(given),
    )
    return push.as_dict()


def reset(simulator: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    """POST /control/reset: forget everything and set every switch back."""
    simulator.reset()
    return {}


def _text(
    given: dict[str, Any], name: str, default: str | None = None, *, may_be_empty: bool = False
) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise BadCall(f"{name} is missing or not text")
    if not value and default is None and not may_be_empty:
        raise BadCall(f"{name} is empty")
    return value


def _format(given: dict[str, Any]) -> str:
    value = _text(given, "format", "")
    if value not in {"", "json", "form"}:
        raise BadCall("format is json or form")
    return value


def _seconds(given: dict[str, Any]) -> float:
    value = given.get("after_seconds", 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 86_400:
        raise BadCall("after_seconds is a number of seconds")
    return float(value)
