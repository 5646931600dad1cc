"""The simulator's JSON control API, for tests and scripts: one function for each call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging.simulator.pushes import Delivery, PushedText

if TYPE_CHECKING:
    from messaging.simulator.provider import Provider

MAX_COUNT = 1000


class BadCall(ValueError):
    """A control call that lacks something or holds another type; says which."""


def list_requests(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """GET /control/requests: every request to mtsend, oldest first; ?outcome= narrows."""
    total, records = provider.ledger.requests()
    outcome = given.get("outcome")
    return {
        "total": total,
        "requests": [r.as_dict() for r in records if outcome in {None, r.outcome}],
    }


def list_pushes(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """GET /control/pushes: every push with its attempts and what became of it."""
    return {"pushes": [push.as_dict() for push in provider.pushes]}


def show_settings(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """GET /control/settings: every switch."""
    return provider.settings.as_dict()


def change_settings(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """POST /control/settings: change the switches named in the body."""
    provider.settings.change(given)
    return provider.settings.as_dict()


def push_inbound(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """POST /control/inbound: a person writes.

    `from`, `to` and `content`, and optionally `message_id`, `type`, `format`, `after_seconds`,
    and `count` for so many texts at once.
    """
    count = given.get("count", 1)
    if type(count) is not int or not 1 <= count <= MAX_COUNT:
        raise BadCall(f"count is a whole number from 1 to {MAX_COUNT}")
    delivery = _delivery(given)
    pushes = [
        provider.write(
            phone=_text(given, "from"),
            did=_text(given, "to"),
            content=_text(given, "content", may_be_empty=True),
            message_id=_text(given, "message_id", ""),
            type_word=_text(given, "type", "0"),
            delivery=delivery,
        )
        for _ in range(count)
    ]
    ids = [push.fields["messageId"] for push in pushes]
    return {"message_id": ids[0], "message_ids": ids}


def push_receipt(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """POST /control/receipt: a receipt arrives.

    `message_id`, and optionally `status`, `type`, `format`, `after_seconds`; `from` (the DID), `to`
    and `content` are those of the accepted message with this id unless they are given.
    """
    message_id = _text(given, "message_id")
    record = provider.ledger.message(message_id)
    receipt = PushedText(
        message_id=message_id,
        sender=_text(given, "from", record.sender if record else None),
        to=_text(given, "to", record.phone if record else None),
        content=_text(given, "content", record.content if record else None, may_be_empty=True),
        status=_text(given, "status", "DELIVRD"),
        type_word=_text(given, "type", "1"),
    )
    push = provider.push_receipt(receipt, delivery=_delivery(given))
    return push.as_dict()


def reset(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """POST /control/reset: forget everything and set every switch back."""
    provider.reset()
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


def _delivery(given: dict[str, Any]) -> Delivery:
    return Delivery(after=_seconds(given), push_format=_format(given))


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
