"""The worker: waits for work, sends with several threads, and keeps house between sends.

One thread waits and claims; as many threads as OUTBOX_CONCURRENCY send. A claim is made only for a
free thread, right before its request. When the database is away as an answer comes, the outcome is
kept in memory and written later.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)
from django.utils import timezone

from messaging.models import WorkerSighting
from messaging.services.access.attempt_limits import forget_old_attempts
from messaging.services.background.chore import Chore
from messaging.services.conversations.lifecycle import wake_snoozed
from messaging.services.feed.listeners import open_listener
from messaging.services.inbox.departures import release_abandoned
from messaging.services.outbox.eligibility import block_expired_messages
from messaging.services.outbox.schedule import release_due_messages
from messaging.services.reading.watermarks import move_watermarks
from messaging.services.receipts.delivery_receipts import MATCH_WINDOW
from messaging.services.receipts.orphans import rematch_orphans
from messaging.services.receiving import receive
from messaging.services.search.indexing import index_waiting
from messaging.services.sending.attempt import attempt
from messaging.services.sending.circuit_breaker import mail_about_trip
from messaging.services.sending.claim import (
    LEASE_MARGIN,
    claim_due_messages,
    recover_lost_claims,
    seconds_to_next_slot,
)
from messaging.services.sending.pending_outcomes import LateOutcomes
from messaging.services.team.email_notifications import email_what_waits
from messaging.stopwatch import Stopwatch

from .quarantine_alert import watch_quarantine

if TYPE_CHECKING:
    from messaging.services.sending.attempt import SmsClient
    from messaging.services.sending.claim import Claim

logger = logging.getLogger(__name__)

#: A hint may be lost, a time may come: look at the queue this often in any case.
IDLE_SECONDS: Final = 0.2
HOUSEKEEPING_SECONDS: Final = 2.0
REMATCH_SECONDS: Final = 5.0
SLOW_HOUSEKEEPING_SECONDS: Final = 60.0
#: Spooled pushes in one turn: sending must not wait for a long spool.
DRAIN_AT_ONCE: Final = 200
INDEX_SECONDS: Final = 1.0
#: Recent orphans are looked at often, all that may still find their message now and then.
REMATCH_WINDOW: Final = timedelta(minutes=15)
REMATCH_ALL_SECONDS: Final = 60.0
REST_AFTER_DATABASE_FAILURE_SECONDS: Final = 1.0
#: Releasing and claiming are tried this often in any case.
MOST_REST_OF_SENDING_SECONDS: Final = 5.0


class OutboxWorker:
    """One worker process.

    Args:
        client: sends over the wire; shared among the threads.
        concurrency: requests in flight at most.
        name: unique among the workers; made up when not given.
    """

    def __init__(
        self, *, client: SmsClient, concurrency: int | None = None, name: str = ""
    ) -> None:
        self.name = name or f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._client = client
        self._concurrency = concurrency or settings.OUTBOX_CONCURRENCY
        self._free = threading.Semaphore(self._concurrency)
        self._stopping = threading.Event()
        self._started_at = timezone.now()
        self._late = LateOutcomes(worker=self.name)
        self._chores = self._quick_chores()
        self._slow_chores = self._slow_house()
        self._slow = threading.Lock()
        self._threads: ThreadPoolExecutor
        self._claimed = 0

    def stop(self) -> None:
        """Ask the worker to end: no further claim, the requests under way are finished."""
        self._stopping.set()

    def run(self) -> None:
        """Work until ``stop`` is called; whatever fails is logged and tried again."""
        # One thread more than sends: a slow mail server must hold up neither house nor sends.
        with ThreadPoolExecutor(self._concurrency + 1, thread_name_prefix="send") as threads:
            while not self._stopping.is_set():
                try:
                    self._work(threads)
                except (DatabaseError, InterfaceError) as error:
                    logger.warning("the database is away: %s", type(error).__name__)
                    self._rest()
                except Exception:
                    logger.exception("a turn of the worker failed; it goes on")
                    self._rest()
        self._finish()

    def _work(self, threads: ThreadPoolExecutor) -> None:
        """Take turns with a listener that wakes us when something was committed."""
        with contextlib.closing(open_listener()) as listener:
            while not self._stopping.is_set():
                if not self._turn(threads):
                    listener.wait(timeout_seconds=self._idle_seconds())

    def _idle_seconds(self) -> float:
        """Return how long to wait for a hint: until a DID number that holds back may go on."""
        slot = seconds_to_next_slot(at=timezone.now())
        return IDLE_SECONDS if slot is None else min(slot, IDLE_SECONDS)

    def _rest(self) -> None:
        with contextlib.suppress(Exception):
            connection.close()
        self._stopping.wait(REST_AFTER_DATABASE_FAILURE_SECONDS)

    def _turn(self, threads: ThreadPoolExecutor) -> int:
        """Claim for every free thread and keep house; return how many messages were claimed."""
        self._late.write()
        self._threads, self._claimed = threads, 0
        for chore in self._chores:
            chore.run_if_due()
        # One at a time: a second one would take a thread that sends.
        if any(chore.is_due() for chore in self._slow_chores) and self._slow.acquire(False):
            threads.submit(self._keep_house_slowly)
        return self._claimed

    def _claim_for_free_threads(self) -> None:
        free = 0
        while free < self._concurrency and self._free.acquire(blocking=False):
            free += 1
        claims: list[Claim] = []
        watch = Stopwatch()
        try:
            claims = claim_due_messages(
                worker=self.name, limit=free, at=timezone.now(), watch=watch
            )
        finally:
            for _unused in range(free - len(claims)):
                self._free.release()
        for claim in claims:
            self._threads.submit(self._send, claim)
        self._claimed = len(claims)

    def _send(self, claim: Claim) -> None:
        """Send one claimed message in a thread of the pool."""
        try:
            outcome = attempt(claim=claim, client=self._client)
            self._late.record(claim, outcome)
        except Exception:
            logger.exception("the outcome of message %s could not be recorded", claim.message.pk)
        finally:
            self._let_go_of_connection()
            self._free.release()

    def _let_go_of_connection(self) -> None:
        close_old_connections()
        if connection.vendor == "postgresql":
            connection.close()  # back into the pool, for another thread

    def _quick_chores(self) -> list[Chore]:
        """Return what the waiting thread does, in this order; none keeps the others from theirs."""
        sending = partial(Chore, every_seconds=0, most_rest_seconds=MOST_REST_OF_SENDING_SECONDS)
        house = partial(Chore, every_seconds=HOUSEKEEPING_SECONDS)
        return [
            sending("releasing what is due", lambda: release_due_messages(at=timezone.now())),
            sending("claiming", self._claim_for_free_threads),
            house("recovering lost claims", lambda: recover_lost_claims(at=timezone.now())),
            house("blocking what is too old", lambda: block_expired_messages(at=timezone.now())),
            house("waking what was snoozed", lambda: wake_snoozed(at=timezone.now())),
            house("signing in", self._sign_in),
            house("draining the spool", lambda: receive.drain(limit=DRAIN_AT_ONCE)),
            Chore(
                "matching recent orphans",
                lambda: self._rematch(REMATCH_WINDOW),
                every_seconds=REMATCH_SECONDS,
            ),
            Chore(
                "matching all orphans",
                lambda: self._rematch(MATCH_WINDOW),
                every_seconds=REMATCH_ALL_SECONDS,
            ),
            Chore("indexing", lambda: index_waiting(), every_seconds=INDEX_SECONDS),
        ]

    def _slow_house(self) -> list[Chore]:
        """Return what takes its time: watermarks, and the mails that are due."""
        slowly = partial(Chore, every_seconds=SLOW_HOUSEKEEPING_SECONDS)
        return [
            slowly("moving read watermarks", lambda: move_watermarks(at=timezone.now())),
            slowly("mailing that sending is paused", lambda: mail_about_trip(at=timezone.now())),
            slowly("watching the quarantine", lambda: watch_quarantine(at=timezone.now())),
            slowly("mailing what waits", lambda: email_what_waits(at=timezone.now())),
            slowly("forgetting old attempts", lambda: forget_old_attempts(at=timezone.now())),
            slowly("releasing the abandoned", lambda: release_abandoned(at=timezone.now())),
        ]

    def _keep_house_slowly(self) -> None:
        """Do the slow chores that are due, in a thread of the pool."""
        try:
            for chore in self._slow_chores:
                chore.run_if_due()
        except (OperationalError, InterfaceError) as error:
            logger.warning("the database is away: %s", type(error).__name__)
        finally:
            self._let_go_of_connection()
            self._slow.release()

    def _rematch(self, window: timedelta) -> None:
        now = timezone.now()
        rematch_orphans(since=now - window, at=now)

    def _sign_in(self) -> None:
        now = timezone.now()
        offset = getattr(self._client, "last_clock_offset_seconds", None)
        seen = {"seen_at": now, "started_at": self._started_at}
        if offset is not None:
            seen |= {"clock_offset_seconds": offset, "clock_checked_at": now}
        WorkerSighting.objects.update_or_create(name=self.name, defaults=seen)

    def _finish(self) -> None:
        """Write what is still in memory, for as long as a lease lasts; then sign out."""
        ends_at = time.monotonic() + LEASE_MARGIN.total_seconds()
        while self._late and time.monotonic() < ends_at:
            self._late.write()
            if self._late:
                time.sleep(0.5)
        with contextlib.suppress(Exception):
            WorkerSighting.objects.filter(name=self.name).delete()
        with contextlib.suppress(Exception):
            connection.close()
