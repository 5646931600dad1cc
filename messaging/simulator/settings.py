"""Settings of the simulated provider that can be changed while it runs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


class BadSetting(ValueError):
    """A name that is not a setting, or a value of another type."""


@dataclass
class Settings:
    """The simulated provider's switches.

    Attributes:
        outage: Every request is answered 503.
        balance_empty: Every message is refused with 1102.
        account_closed: Every message is refused with 1100.
        clock_skew_seconds: How far the provider's clock is ahead; over 60 every request is 1004.
        answer_delay_seconds: How long every answer takes.
        receipts: Whether receipts are pushed at all.
        receipt_delay_seconds: From acceptance to the receipt.
        push_format: "json" (signed) or "form" (unsigned).
        push_retry_seconds: Pause before a push that was not answered `success` is repeated.
        push_max_attempts: How often a push is tried.
    """

    outage: bool = False
    balance_empty: bool = False
    account_closed: bool = False
    clock_skew_seconds: float = 0.0
    answer_delay_seconds: float = 0.0
    receipts: bool = True
    receipt_delay_seconds: float = 1.5
    push_format: str = "json"
    push_retry_seconds: float = 3.0
    push_max_attempts: int = 40

    def as_dict(self) -> dict[str, Any]:
        """Return every switch by its name."""
        return asdict(self)

    def change(self, changes: dict[str, Any]) -> None:
        """Change some switches, or none when one of the changes is wrong.

        Raises:
            BadSetting: with the name.
        """
        kinds = {name: type(value) for name, value in asdict(type(self)()).items()}
        for name, value in changes.items():
            if name not in kinds:
                raise BadSetting(f"{name} is not a setting")
            if not _fits(value, kinds[name]):
                raise BadSetting(f"{name} has another type")
        if changes.get("push_format", "json") not in {"json", "form"}:
            raise BadSetting("push_format is json or form")
        for name, value in changes.items():
            setattr(self, name, kinds[name](value))


def _fits(value: object, kind: type) -> bool:
    if kind is float:
        return type(value) in {int, float} and math.isfinite(value)  # type: ignore[arg-type]
    return type(value) is kind
