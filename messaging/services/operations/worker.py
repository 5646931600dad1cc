"""The worker: sends messages and does the housekeeping.

Its threads: a committer (`sending/committer.py`), which alone touches the database for sending; as
many senders as OUTBOX_CONCURRENCY, which do nothing but the requests; one that hears what others
commit and wakes the committer; the main thread, which does the housekeeping; and one for its slow
parts, since a slow mail server must hold up nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import secrets
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone

from messaging.models import WorkerSighting
from messaging.services.access.attempt_limits import forget_old_attempts
from messaging.services.audit.chain import chain_waiting
from messaging.services.background.chore import Chore
from messaging.services.conversations.lifecycle import wake_snoozed
from messaging.services.exports.retention import forget_exports
from messaging.services.exports.steps import keep_exporting
from messaging.services.feed.listeners import open_listener
from messaging.services.imports.retention import forget_imports
from messaging.services.imports.steps import keep_importing
from messaging.services.inbox.departures import release_abandoned
from messaging.services.outbox.eligibility import block_expired_messages
from messaging.services.outbox.schedule import release_due_messages
from messaging.services.privacy.erasure import finish_erasures
from messaging.services.reading.watermarks import move_watermarks
from messaging.services.receipts.delivery_receipts import MATCH_WINDOW
from messaging.services.receipts.orphans import rematch_orphans
from messaging.services.receiving import receive
from messaging.services.reports.budgets import watch_budgets
from messaging.services.reports.catch_up import keep_counting
from messaging.services.search.indexing import index_waiting
from messaging.services.sending.attempt import attempt
from messaging.services.sending.circuit_breaker import mail_about_trip
from messaging.services.sending.claims import recover_lost_claims
from messaging.services.sending.committer import Committer
from messaging.services.single_sign_on.recheck import recheck_identities
from messaging.services.team.email_notifications import email_what_waits

from .alarm_watch import watch_health
from .audit_head_mail import mail_audit_head
from .backup.nightly import NightlyBackup
from .quarantine_alert import watch_quarantine
from .retention_run import keep_retention
from .round_trip import send_check_text

if TYPE_CHECKING:
    from messaging.services.sending.attempt import SmsClient
    from messaging.services.sending.claims import Claim

logger = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS: Final = 2.0
REMATCH_SECONDS: Final = 5.0
SLOW_HOUSEKEEPING_SECONDS: Final = 60.0
#: Each message is counted about once, not at each of its statuses; a reader counts the rest.
COUNT_SECONDS: Final = 15.0
#: Somebody watches how far an import or an export is.
IMPORT_SECONDS: Final = 0.5
#: A turn takes two seconds at most.
RETENTION_SECONDS: Final = 15.0
#: Spooled pushes in one turn: what else is due must not wait for a long spool.
DRAIN_AT_ONCE: Final = 200
INDEX_SECONDS: Final = 1.0
#: Recent orphans are looked at often, all that may still find their message now and then.
REMATCH_WINDOW: Final = timedelta(minutes=15)
REMATCH_ALL_SECONDS: Final = 60.0
REST_AFTER_DATABASE_FAILURE_SECONDS: Final = 1.0
RELEASE_SECONDS: Final = 0.2
#: Releasing is tried this often in any case.
MOST_REST_OF_RELEASING_SECONDS: Final = 5.0
#: How long the first thread rests between two looks at what is due.
TURN_SECONDS: Final = 0.1
#: How long a listener waits before it looks whether the worker stops.
LISTEN_SECONDS: Final = 0.5


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
        self._senders = ThreadPoolExecutor(self._concurrency, thread_name_prefix="send")
        self._slow_thread = ThreadPoolExecutor(1, thread_name_prefix="house")
        self._committer = Committer(
            worker=self.name,
            concurrency=self._concurrency,
            hand_over=lambda claim: self._senders.submit(self._send, claim),
        )
        self._stopping = threading.Event()
        # What a signal handler may use while this very thread waits for it.
        self._stop_signals: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._started_at = timezone.now()
        self._chores = self._quick_chores()
        self._slow_chores = self._slow_house()
        self._slow = threading.Lock()
        self._backup = NightlyBackup()

    def stop(self) -> None:
        """Ask the worker to end: no further claim, the requests under way are finished."""
        self._stopping.set()
        self._stop_signals.put(None)
        self._committer.stop()

    def run(self) -> None:
        """Work until ``stop`` is called; whatever fails is logged and tried again."""
        threads = [
            threading.Thread(target=self._committer.run, name="committer"),
            threading.Thread(target=self._listen, name="listener"),
        ]
        for thread in threads:
            thread.start()
        try:
            while not self._stopping.is_set():
                self._rest(TURN_SECONDS if self._keep_house() else self._rest_after_failure())
        finally:
            self.stop()
            for thread in threads:
                thread.join()
            self._finish()

    def _send(self, claim: Claim) -> None:
        """Send one claimed message, in a thread that never touches the database."""
        self._committer.finished(claim, attempt(claim=claim, client=self._client))

    def _listen(self) -> None:
        """Wake the committer whenever something was committed elsewhere."""
        while not self._stopping.is_set():
            try:
                with contextlib.closing(open_listener()) as listener:
                    self._committer.wake()
                    while not self._stopping.is_set():
                        if listener.wait(timeout_seconds=LISTEN_SECONDS) is not None:
                            self._committer.wake()
            except Exception as error:  # noqa: BLE001  (without hints the committer looks by itself)
                logger.warning("the listener lost the database: %s", type(error).__name__)
                self._stopping.wait(REST_AFTER_DATABASE_FAILURE_SECONDS)

    def _rest(self, seconds: float) -> None:
        with contextlib.suppress(queue.Empty):
            self._stop_signals.get(timeout=seconds)

    def _rest_after_failure(self) -> float:
        with contextlib.suppress(Exception):
            connection.close()
        return REST_AFTER_DATABASE_FAILURE_SECONDS

    def _keep_house(self) -> bool:
        """Do what is due; False when the database is away."""
        try:
            for chore in self._chores:
                chore.run_if_due()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the database is away: %s", type(error).__name__)
            return False
        except Exception:
            logger.exception("a turn of the worker failed; it goes on")
            return False
        if any(chore.is_due() for chore in self._slow_chores) and self._slow.acquire(
            blocking=False
        ):
            self._slow_thread.submit(self._keep_house_slowly)
        return True

    def _quick_chores(self) -> list[Chore]:
        """Return what the first thread does, in this order; none keeps the others from theirs."""
        house = partial(Chore, every_seconds=HOUSEKEEPING_SECONDS)
        return [
            Chore(
                "releasing what is due",
                lambda: self._release(),
                every_seconds=RELEASE_SECONDS,
                most_rest_seconds=MOST_REST_OF_RELEASING_SECONDS,
            ),
            house("recovering lost claims", lambda: recover_lost_claims(at=timezone.now())),
            house("blocking what is too old", lambda: block_expired_messages(at=timezone.now())),
            house("waking what was snoozed", lambda: wake_snoozed(at=timezone.now())),
            house("signing in", self._sign_in),
            house("chaining the audit log", lambda: chain_waiting()),
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
        """Return what takes its time: roll-ups, watermarks, and the mails that are due."""
        slowly = partial(Chore, every_seconds=SLOW_HOUSEKEEPING_SECONDS)
        return [
            Chore(
                "counting for the reports",
                lambda: keep_counting(),
                every_seconds=COUNT_SECONDS,
            ),
            Chore("importing", lambda: keep_importing(), every_seconds=IMPORT_SECONDS),
            Chore("exporting", lambda: keep_exporting(), every_seconds=IMPORT_SECONDS),
            slowly("forgetting exports", lambda: forget_exports(at=timezone.now())),
            slowly("forgetting imports", lambda: forget_imports(at=timezone.now())),
            Chore(
                "deleting what is too old",
                lambda: keep_retention(at=timezone.now()),
                every_seconds=RETENTION_SECONDS,
            ),
            slowly("finishing erasures", lambda: finish_erasures(at=timezone.now())),
            slowly("moving read watermarks", lambda: move_watermarks(at=timezone.now())),
            slowly("mailing that sending is paused", lambda: mail_about_trip(at=timezone.now())),
            slowly("watching the quarantine", lambda: watch_quarantine(at=timezone.now())),
            slowly("sending a check text", lambda: send_check_text(at=timezone.now())),
            slowly("watching the health", lambda: watch_health(at=timezone.now())),
            slowly("mailing the audit head", lambda: mail_audit_head(at=timezone.now())),
            slowly("mailing what waits", lambda: email_what_waits(at=timezone.now())),
            slowly(
                "asking about people of single sign-on",
                lambda: recheck_identities(at=timezone.now()),
            ),
            slowly("watching budgets", lambda: watch_budgets(at=timezone.now())),
            slowly("forgetting old attempts", lambda: forget_old_attempts(at=timezone.now())),
            slowly("releasing the abandoned", lambda: release_abandoned(at=timezone.now())),
            slowly("backing up", lambda: self._backup.start_if_due(at=timezone.now())),
        ]

    def _keep_house_slowly(self) -> None:
        """Do the slow chores that are due, in a thread of the pool."""
        try:
            for chore in self._slow_chores:
                chore.run_if_due()
        except (OperationalError, InterfaceError) as error:
            logger.warning("the database is away: %s", type(error).__name__)
        finally:
            connection.close()
            self._slow.release()

    def _release(self) -> None:
        if release_due_messages(at=timezone.now()):
            self._committer.wake()

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
        """Sign out, when all is sent and written."""
        self._senders.shutdown()
        self._slow_thread.shutdown()
        self._backup.stop()
        with contextlib.suppress(Exception):
            WorkerSighting.objects.filter(name=self.name).delete()
        with contextlib.suppress(Exception):
            connection.close()
