"""The queue: which messages wait for a worker or for their time, and in which order they go.

`services/sending/fast_path/` says the same once more in SQL, and is held against this in tests.
Which number's turn it is, `services/sending/claims.py` decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from django.db import models

from messaging.db.literals import literals
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

    from .message import Message

    Messages = models.QuerySet[Message]
else:
    Messages = models.QuerySet

#: In which order the queued messages of a conversation, and of a number, are sent.
QUEUE_ORDER: Final = ("queued_at", "id")


class QueueQuerySet(Messages):
    """Queries over what is still to be sent."""

    def queued(self) -> Self:
        """Keep what waits for a worker."""
        return self.filter(status=Status.QUEUED)

    def scheduled(self) -> Self:
        """Keep what waits for its time."""
        # The first two conditions are those of message_waiting and message_planned.
        return self.filter(
            status__in=literals([Status.SCHEDULED, Status.HELD]),
            send_at__isnull=False,
            status=Status.SCHEDULED,
        )

    def due(self, *, at: datetime) -> Self:
        """Keep the queued messages whose next attempt may begin."""
        return self.queued().filter(not_before__lte=at)

    def not_asked_to_wait(self, *, at: datetime) -> Self:
        """Leave out what the provider itself asked us to try later (Retry-After)."""
        return self.exclude(asked_to_wait_until__gt=at)

    def in_queue_order(self) -> Self:
        """Sort as the queue is sent: what was queued first comes first."""
        return self.order_by(*QUEUE_ORDER)

    def heads(self) -> Self:
        """Keep the first waiting message of each conversation: the others wait behind it."""
        earlier = (
            self.model._default_manager.filter(conversation_id=models.OuterRef("conversation_id"))
            .filter(status__in=literals([Status.QUEUED, Status.SENDING]))
            .filter(
                models.Q(queued_at__lt=models.OuterRef("queued_at"))
                | models.Q(queued_at=models.OuterRef("queued_at"), pk__lt=models.OuterRef("pk"))
                | models.Q(status=Status.SENDING)
            )
            .exclude(pk=models.OuterRef("pk"))
        )
        return self.filter(~models.Exists(earlier))
