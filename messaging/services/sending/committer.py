"""The one thread of a worker that touches the database for sending.

In each cycle, in one transaction, it writes the outcomes that have come and claims a message for
each sender that is free; after the commit, and not before, it hands the claims to the senders,
which do nothing but the request. It never waits for more work to come together: whatever has come
while one transaction was written is in the next.

When the result of a commit is unknown nothing is sent. Once the database answers again, the claims
that it did take are found by the worker's name, and sent as long as they are young enough.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from messaging.models import Message
from messaging.services.background.row_guard import is_about_the_row
from messaging.statuses import Status
from messaging.stopwatch import Stopwatch

from .claims import LEASE_MARGIN, claim_due_messages
from .fast_path.entry import Cycle, look, seconds_to_next_slot, write_and_claim
from .pending_outcomes import PendingOutcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from .attempt import Outcome
    from .claims import Claim
    from .fast_path.rows import Accepted

logger = logging.getLogger(__name__)

#: A hint may be lost, a time may come: look at the queue this often in any case.
IDLE_SECONDS: Final = 0.2
REST_AFTER_FAILURE_SECONDS: Final = 1.0


class Committer:
    """Writes one worker's outcomes and makes its claims.

    Args:
        worker: the worker's name, unique among all.
        concurrency: requests in flight at most.
        hand_over: gives a committed claim to a free sender, which calls `finished` when it is done.
    """

    def __init__(
        self, *, worker: str, concurrency: int, hand_over: Callable[[Claim], object]
    ) -> None:
        self._worker = worker
        self._concurrency = concurrency
        self._hand_over = hand_over
        self._events: queue.SimpleQueue[tuple[Claim, Outcome] | None] = queue.SimpleQueue()
        self._pending = PendingOutcomes(worker=worker)
        self._in_flight: set[int] = set()
        self._doubtful: list[Claim] = []
        self._is_unfinished = False
        self._is_stopping = False

    def finished(self, claim: Claim, outcome: Outcome) -> None:
        """Take what an attempt brought; from any thread."""
        self._events.put((claim, outcome))

    def wake(self) -> None:
        """Look at the queue now: something was committed; from any thread."""
        self._events.put(None)

    def stop(self) -> None:
        """Claim nothing more, and end when the requests under way are finished and written.

        From any thread, and from a signal handler.
        """
        self._is_stopping = True
        self._events.put(None)

    def run(self) -> None:
        """Work until `stop`; whatever fails is logged and tried again."""
        idle_seconds = 0.0
        while not self._is_stopping or self._in_flight:
            self._gather(idle_seconds)
            idle_seconds = self._try_cycle()
        ends_at = time.monotonic() + LEASE_MARGIN.total_seconds()
        while self._has_unfinished() and time.monotonic() < ends_at:
            self._gather(idle_seconds)
            idle_seconds = self._try_cycle()
        _close_connection()

    def cycle(self) -> int:
        """Write what has come and claim for every free sender; return how many were claimed.

        Raises:
            DatabaseError, InterfaceError: the database is away; no outcome is lost, and what may
                have been claimed is looked up in the next cycle.
        """
        self._gather(0)
        self._send_doubtful()
        self._pending.write_unusual()
        accepted, free = self._pending.ordinary(), self._free()
        # Before the clock is looked at: a claim is at least as old as its watch says.
        watch = Stopwatch()
        at = timezone.now()
        is_paused = is_due = False
        if free and not accepted:
            is_paused, is_due = look(at=at)
        done = Cycle()
        if accepted or is_due:
            done = self._commit(accepted, limit=free, at=at, watch=watch)
            self._send(done.claims)
            # What the statement left alone is out of the ordinary.
            self._pending.are_unusual(self._pending.ids())
            self._pending.write_unusual()
        self._is_unfinished = False
        if not is_paused and not done.has_unusual:
            return len(done.claims)
        claimed = self._claim_the_long_way()
        self._is_unfinished = claimed > 0  # it takes one message of a number, and there may be more
        return len(done.claims) + claimed

    def _commit(
        self, accepted: Sequence[Accepted], *, limit: int, at: datetime, watch: Stopwatch
    ) -> Cycle:
        """Write outcomes and make claims in one transaction; return it when it is committed."""
        done = Cycle()
        try:
            with transaction.atomic():
                done = write_and_claim(
                    accepted, worker=self._worker, limit=limit, at=at, watch=watch
                )
        except Exception as error:
            # All was written but the commit, whose result is unknown.
            self._doubtful = done.claims
            if not is_about_the_row(error):
                raise
            logger.exception("a shared commit failed; its rows are written one by one")
            return Cycle(has_unusual=not accepted)
        self._pending.are_written(done.written)
        return done

    def _send_doubtful(self) -> None:
        """Send what a commit whose result was unknown claimed after all."""
        if not self._doubtful:
            return
        committed = set(
            Message.objects.filter(
                pk__in=[claim.message_id for claim in self._doubtful],
                status=Status.SENDING,
                claimed_by=self._worker,
            ).values_list("pk", "attempts")
        )
        doubtful, self._doubtful = self._doubtful, []
        self._send(claim for claim in doubtful if (claim.message_id, claim.attempts) in committed)

    def _claim_the_long_way(self) -> int:
        watch = Stopwatch()
        claims = claim_due_messages(
            worker=self._worker, limit=self._free(), at=timezone.now(), watch=watch
        )
        self._send(claims)
        return len(claims)

    def _send(self, claims: Iterable[Claim]) -> None:
        """Hand over claims that are committed."""
        for claim in claims:
            self._in_flight.add(claim.message_id)
            self._hand_over(claim)

    def _has_unfinished(self) -> bool:
        return bool(self._pending or self._doubtful or self._in_flight)

    def _free(self) -> int:
        return 0 if self._is_stopping else self._concurrency - len(self._in_flight)

    def _gather(self, timeout_seconds: float) -> None:
        """Wait for something to do and take all there is."""
        with contextlib.suppress(queue.Empty):
            event = self._events.get(block=timeout_seconds > 0, timeout=timeout_seconds or None)
            while True:
                if event is not None:
                    claim, outcome = event
                    self._in_flight.discard(claim.message_id)
                    self._pending.add(claim, outcome)
                event = self._events.get_nowait()

    def _try_cycle(self) -> float:
        """Make a cycle; return how long to wait for the next one if nothing happens meanwhile."""
        try:
            self.cycle()
            return self._idle_seconds()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the database is away: %s", type(error).__name__)
            self._pending.are_kept(error)
        except Exception:
            logger.exception("a cycle of sending failed; it goes on")
        _close_connection()
        time.sleep(REST_AFTER_FAILURE_SECONDS)
        return 0.0

    def _idle_seconds(self) -> float:
        """Return how long to wait for a hint: until a DID number that holds back may go on."""
        if not self._free():
            return IDLE_SECONDS
        if self._is_unfinished:
            return 0.0
        slot = seconds_to_next_slot(at=timezone.now())
        return IDLE_SECONDS if slot is None else min(max(slot, 0.0), IDLE_SECONDS)


def _close_connection() -> None:
    with contextlib.suppress(Exception):
        connection.close()
