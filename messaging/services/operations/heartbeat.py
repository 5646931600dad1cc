"""Ping a dead-man service after each healthy minute, so that a dead installation is missed.

A web process pings, and only while a worker is running: the ping stops when either is gone.
"""

from __future__ import annotations

import contextlib
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import requests
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from messaging.process_thread import ProcessThread
from messaging.services.mail.once import claim_mail

from .health import check_all, is_ready

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=1)
#: How often a process looks whether it is its turn.
LOOK_SECONDS: Final = 15.0
TIMEOUT_SECONDS: Final = 10.0


def beat(*, at: datetime) -> bool:
    """Ping if everything that must run does, and nobody has in the last minute.

    Args:
        at: now, aware UTC.

    Returns:
        Whether the service took the ping.
    """
    url: str = settings.HEARTBEAT_URL
    if not url or not _is_healthy(at=at):
        return False
    turn = claim_mail(key="heartbeat", at=at)
    if turn is None:
        return False
    try:
        requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False).raise_for_status()
    except requests.RequestException as error:
        # The address may hold a secret: its error would name it.
        logger.warning("the heartbeat was not taken: %s", type(error).__name__)
        turn.give_back(at=at)
        return False
    turn.done(at=at, again_after=EVERY)
    return True


def _is_healthy(*, at: datetime) -> bool:
    checks = check_all(at=at)
    return is_ready(checks) and all(check.is_ok for check in checks if check.name == "worker")


def start_heartbeat() -> None:
    """Start the thread of this web process, where there is somebody to ping."""
    if settings.HEARTBEAT_URL:
        _thread.start_if_needed()


def _beat_always() -> None:
    while True:
        try:
            beat(at=timezone.now())
        except (DatabaseError, InterfaceError) as error:
            logger.warning("no heartbeat: the database is away (%s)", type(error).__name__)
        except Exception:
            logger.exception("no heartbeat")
        with contextlib.suppress(Exception):
            connection.close()
        time.sleep(LOOK_SECONDS)


_thread = ProcessThread(_beat_always, name="heartbeat")
