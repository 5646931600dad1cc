"""The states of a message and the one table of moves between them.

Checks, tests and the diagram come from it.
"""

from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """Every state a message can be in; the words are the API's."""

    SCHEDULED = "scheduled"
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    BLOCKED = "blocked"
    CANCELED = "canceled"
    RECEIVED = "received"


S = Status

#: What a status may become. A pair that is not here never happens.
TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    # Waiting for a time or for the undo window to pass. Unconfirmed, here and below, only by a
    # restore from a backup: what waited when it was made may have been sent since.
    S.SCHEDULED: frozenset({S.QUEUED, S.CANCELED, S.BLOCKED, S.UNCONFIRMED}),
    S.HELD: frozenset({S.QUEUED, S.CANCELED, S.BLOCKED, S.UNCONFIRMED}),
    # Waiting for a worker.
    S.QUEUED: frozenset({S.SENDING, S.CANCELED, S.BLOCKED, S.UNCONFIRMED}),
    # A request may be on its way. Back to queued only when no byte of it left.
    S.SENDING: frozenset({S.SENT, S.QUEUED, S.FAILED, S.UNCONFIRMED}),
    # The provider has it; receipts move it forward only.
    S.SENT: frozenset({S.DELIVERED, S.UNDELIVERED}),
    S.UNDELIVERED: frozenset({S.DELIVERED}),
    # Nobody knows yet: a receipt tells, or the worker's own late knowledge. Never back to queued.
    S.UNCONFIRMED: frozenset({S.SENT, S.DELIVERED, S.UNDELIVERED, S.FAILED}),
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.BLOCKED: frozenset(),
    S.CANCELED: frozenset(),
    S.RECEIVED: frozenset(),
}

#: What a new outbound message may begin as.
INITIAL: Final = frozenset({S.SCHEDULED, S.HELD, S.QUEUED})
#: Not yet handed to a worker: a person can still cancel it.
WAITING: Final = frozenset({S.SCHEDULED, S.HELD, S.QUEUED})
#: Hold back the messages behind them in the same conversation.
HOLDING_BACK: Final = frozenset({S.QUEUED, S.SENDING})
#: A person should look at it.
ATTENTION: Final = frozenset({S.FAILED, S.UNCONFIRMED, S.UNDELIVERED})
#: The provider took it, or may have: it really went out to the contact.
REALLY_SENT: Final = frozenset({S.SENT, S.DELIVERED, S.UNDELIVERED, S.UNCONFIRMED})
#: Something passed between the contact and us.
EXCHANGED: Final = REALLY_SENT | {S.RECEIVED}
#: Most messages end in one of these; what is in another is found by an index of its own.
COMMON: Final = frozenset({S.RECEIVED, S.SENT, S.DELIVERED})
#: May be sent again, as a new linked message.
RESENDABLE: Final = frozenset({S.FAILED, S.UNCONFIRMED, S.UNDELIVERED, S.BLOCKED, S.CANCELED})


def can_become(old: str, new: str) -> bool:
    """Tell whether a message in status ``old`` may move to status ``new``."""
    return Status(new) in TRANSITIONS[Status(old)]


def mermaid_diagram() -> str:
    """Return the table as a Mermaid state diagram, for ARCHITECTURE.md."""
    lines = ["stateDiagram-v2"]
    lines += [
        f"    [*] --> {status}" for status in Status if status in INITIAL or status == S.RECEIVED
    ]
    for old in Status:
        lines += [f"    {old} --> {new}" for new in Status if new in TRANSITIONS[old]]
    lines += [f"    {status} --> [*]" for status in Status if not TRANSITIONS[status]]
    return "\n".join(lines) + "\n"
