"""Outcomes of attempts, in memory until they are committed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.utils import timezone

from messaging.services.background.row_guard import is_about_the_row

from .attempt import record_outcome
from .fast_path.rows import Accepted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .attempt import Outcome
    from .claims import Claim

logger = logging.getLogger(__name__)


class PendingOutcomes:
    """One worker's outcomes that are not committed yet; of one thread.

    Args:
        worker: the name that the claims were made with.
    """

    def __init__(self, *, worker: str) -> None:
        self._worker = worker
        self._waiting: dict[int, tuple[Claim, Outcome]] = {}
        self._unusual: set[int] = set()
        self._told_of: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def ids(self) -> set[int]:
        """Return the messages that they are about."""
        return set(self._waiting)

    def add(self, claim: Claim, outcome: Outcome) -> None:
        """Keep what an attempt brought."""
        self._waiting[claim.message_id] = (claim, outcome)
        if claim.is_probe or outcome.accepted is None or outcome.accepted.message_id is None:
            self._unusual.add(claim.message_id)

    def ordinary(self) -> list[Accepted]:
        """Return those that one statement may write, each of the provider's ids once."""
        seen: dict[str, Accepted] = {}
        for message_id, (claim, outcome) in self._waiting.items():
            if message_id in self._unusual or outcome.accepted is None:
                continue
            provider_id = str(outcome.accepted.message_id)[:128]
            if provider_id in seen:
                self._unusual.add(message_id)
            else:
                trace = outcome.accepted.trace
                seen[provider_id] = Accepted(
                    message_id, claim.attempts, provider_id, trace.as_json() if trace else None
                )
        return [*seen.values()]

    def are_written(self, message_ids: Iterable[int]) -> None:
        """Forget outcomes that are committed."""
        for message_id in message_ids:
            self._forget(message_id)

    def are_unusual(self, message_ids: Iterable[int]) -> None:
        """Write these one by one from now on."""
        self._unusual.update(message_ids)

    def write_unusual(self) -> None:
        """Write the others the long way, each in a transaction of its own.

        One that cannot be written for another reason than the database's absence is given up: its
        message becomes unconfirmed when the lease is over, which is the truth that is left.

        Raises:
            OperationalError, InterfaceError: the database is away; what is not written is kept.
        """
        for message_id in [one for one in self._waiting if one in self._unusual]:
            claim, outcome = self._waiting[message_id]
            try:
                record_outcome(claim=claim, outcome=outcome, worker=self._worker, at=timezone.now())
            except Exception as error:
                if not is_about_the_row(error):
                    raise
                logger.exception("the outcome of message %s could not be recorded", message_id)
            self._forget(message_id)

    def are_kept(self, error: Exception) -> None:
        """Log, once for each outcome, that it waits for the database."""
        for message_id in self._waiting.keys() - self._told_of:
            logger.warning(
                "outcome of message %s kept in memory: %s", message_id, type(error).__name__
            )
        self._told_of |= self._waiting.keys()

    def _forget(self, message_id: int) -> None:
        self._waiting.pop(message_id, None)
        self._unusual.discard(message_id)
        self._told_of.discard(message_id)
