"""Housekeeping of a web process: drain its node's spool, save its counts, watch for alarms."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from messaging.process_thread import ProcessThread
from messaging.services.access.key_lookup import write_last_uses
from messaging.services.access.last_seen import write_last_seen
from messaging.services.background.chore import Chore
from messaging.services.pushes.erased_spool_files import remove_files_of_erased
from messaging.services.pushes.hidden_spool_files import hide_in_new_files_set_aside
from messaging.services.pushes.spool import waiting_files
from messaging.services.receiving.receive import drain
from messaging.services.receiving.rejected_requests import write_rejected_requests

from .alarm_watch import watch_health
from .heartbeat import start_heartbeat

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 2.0
WATCH_SECONDS: Final = 60.0


def drain_what_waits() -> None:
    """Drain the spool; a database that is away is not asked for while it is empty."""
    if waiting_files():
        drain()


def storing_chores() -> list[Chore]:
    """Return what stores what this process holds; each has a guard of its own."""
    return [
        Chore("draining the spool", drain_what_waits, every_seconds=0),
        Chore(
            "hiding texts in files set aside",
            lambda: hide_in_new_files_set_aside(),
            every_seconds=0,
        ),
        Chore(
            "removing files of erased people", lambda: remove_files_of_erased(), every_seconds=60
        ),
        Chore("writing down rejected requests", lambda: write_rejected_requests(), every_seconds=0),
        Chore("writing down the last use of keys", lambda: write_last_uses(), every_seconds=0),
        Chore("writing down when sessions were seen", lambda: write_last_seen(), every_seconds=0),
    ]


def chores() -> list[Chore]:
    """Return all that one process does while it runs."""
    watching = Chore(
        "watching the health",
        lambda: watch_health(at=timezone.now()),
        every_seconds=WATCH_SECONDS,
    )
    return [*storing_chores(), watching]


def keep_house(turn: Sequence[Chore] | None = None) -> None:
    """Do one turn; a failure is logged and tried again with the next.

    Args:
        turn: what to do; by default, as at the end of a process, what stores something, whether it
            failed before or not. Nothing else asks for a database that may be away.
    """
    for chore in storing_chores() if turn is None else turn:
        try:
            chore.run_if_due()
        except (OperationalError, InterfaceError) as error:
            logger.warning("%s: the database is away (%s)", chore.name, type(error).__name__)
    with contextlib.suppress(Exception):
        connection.close()


def start_housekeeping() -> None:
    """Start the thread of this process; call it after any fork."""
    _thread.start_if_needed()
    start_heartbeat()


def _keep_house_always() -> None:
    turn = chores()
    while True:
        keep_house(turn)
        time.sleep(EVERY_SECONDS)


_thread = ProcessThread(_keep_house_always, name="housekeeping")
