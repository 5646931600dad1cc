"""Outcomes of attempts that wait in memory until the database is back."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from .attempt import record_outcome

if TYPE_CHECKING:
    from .attempt import Outcome
    from .claim import Claim

logger = logging.getLogger(__name__)


class LateOutcomes:
    """One worker's outcomes that wait for the database; safe to share among its threads.

    Args:
        worker: the name that the claims were made with.
    """

    def __init__(self, *, worker: str) -> None:
        self._worker = worker
        self._waiting: deque[tuple[Claim, Outcome]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def record(self, claim: Claim, outcome: Outcome) -> None:
        """Write an outcome down, or keep it while the database is away."""
        try:
            record_outcome(claim=claim, outcome=outcome, worker=self._worker, at=timezone.now())
        except (OperationalError, InterfaceError) as error:
            logger.warning(
                "outcome of message %s kept in memory: %s", claim.message.pk, type(error).__name__
            )
            with contextlib.suppress(Exception):
                connection.close()
            self._waiting.append((claim, outcome))

    def write(self) -> None:
        """Try each outcome that waits once more; only one thread may do so.

        One that cannot be written for another reason is given up: its message becomes unconfirmed
        when the lease is over, which is the truth that is left.
        """
        for _turn in range(len(self._waiting)):
            claim, outcome = self._waiting.popleft()
            try:
                self.record(claim, outcome)
            except Exception:
                logger.exception(
                    "the outcome of message %s could not be recorded", claim.message.pk
                )
