"""The state of the whole queue: running or paused, how many messages wait, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Min

from messaging.models import CircuitBreakerTrip, Message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True)
class QueueState:
    """What can be said of the queue.

    Attributes:
        pauses: the open trip of the circuit breaker, if there is one.
        depth: messages that are queued.
        oldest: since when the oldest of them waits.
        scheduled: messages that wait for their time.
    """

    pauses: Sequence[CircuitBreakerTrip]
    depth: int
    oldest: datetime | None
    scheduled: int

    @property
    def state(self) -> str:
        """``running`` or ``paused``."""
        return "paused" if self.pauses else "running"

    @property
    def reason(self) -> str:
        """Why it is paused, in English; empty while it runs."""
        return self.pauses[0].reason.in_english() if self.pauses else ""


def queue_state() -> QueueState:
    """Return the state of the queue."""
    queued = Message.objects.queued().aggregate(depth=Count("pk"), oldest=Min("queued_at"))
    return QueueState(
        pauses=list(CircuitBreakerTrip.objects.open()),
        depth=queued["depth"],
        oldest=queued["oldest"],
        scheduled=Message.objects.scheduled().count(),
    )
