"""The outcome of a push: its type, and what was done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from messaging.models import Push

if TYPE_CHECKING:
    from collections.abc import Iterable

    from messaging.models import DidNumber, Message


@dataclass(frozen=True)
class Effect:
    """What became of the inbound message or delivery receipt that a push carries.

    Attributes:
        outcome: a Push.Outcome value.
        message: the message it belongs to, if known.
        reason: stable word; "" when the classification's own reason says it.
        flags: stable words worth noting.
    """

    outcome: str
    message: Message | None = None
    reason: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class PushOutcome:
    """What a push was taken for and what became of it; the columns of Push."""

    outcome: str
    kind: str = Push.Kind.UNKNOWN
    reason: str = ""
    flags: tuple[str, ...] = ()
    message: Message | None = None
    did_number: DidNumber | None = None
    phone_key: str = ""
    message_id: str = ""
    exception: str = ""

    def columns(self, *, earlier_flags: Iterable[str]) -> dict[str, object]:
        """Return what a push's row holds of it, by column.

        Args:
            earlier_flags: what was flagged before the push was judged; it stays.
        """
        return {
            "kind": self.kind,
            "outcome": self.outcome,
            "reason": self.reason[:200],
            "exception": self.exception[:100] or None,
            "flags": sorted({*earlier_flags, *self.flags}),
            "provider_message_id": self.message_id,
            "phone_key": self.phone_key,
            "did_number": self.did_number,
            "message": self.message,
        }
