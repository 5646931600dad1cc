"""Receive a push: into the database, or into the spool when the database is away.

``success`` may be answered when ``receive_push`` returns: the push is then durable.
"""

from __future__ import annotations

import logging
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.utils.translation import gettext as _

from messaging.services.background.row_guard import is_about_the_row
from messaging.services.database_deadline import database_deadline
from messaging.services.errors import CannotKeepPush
from messaging.services.pushes.spool import DATABASE_AWAY, DrainCount, drain_spool, spool_push
from messaging.services.receiving.fast_path.entry import take_in_quickly

from .record import record_push

if TYPE_CHECKING:
    from messaging.nxcloud.push import PushEnvelope

logger = logging.getLogger(__name__)

#: All that the database may take of an answer's five seconds.
DEADLINE_SECONDS: Final = 3.0
#: After a database failure pushes go straight to the spool for this long, so that waiting threads
#: do not pile up.
BYPASS_SECONDS: Final = 5.0


class Kept(StrEnum):
    """Where a push was made durable."""

    DATABASE = "database"
    SPOOL = "spool"


class _Bypass:
    """Remembers in this process that the database just failed."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        """Whether pushes skip the database now."""
        return time.monotonic() < self._until

    def trip(self) -> None:
        """Skip the database for a while."""
        self._until = time.monotonic() + BYPASS_SECONDS

    def reset(self) -> None:
        """Use the database again."""
        self._until = 0.0


bypass = _Bypass()


def receive_push(*, envelope: PushEnvelope) -> Kept:
    """Make an authentic push durable, applied when the database is there.

    Args:
        envelope: the push as it arrived.

    Returns:
        Where it is kept.

    Raises:
        CannotKeepPush: neither database nor spool took it; the provider must send it again.
    """
    if not bypass.is_on and _database_takes(envelope):
        return Kept.DATABASE
    try:
        spool_push(envelope)
    except OSError as error:
        logger.critical("the spool does not take pushes: %s", error.strerror)
        raise CannotKeepPush(_("The push couldn’t be saved.")) from error
    return Kept.SPOOL


def _database_takes(envelope: PushEnvelope) -> bool:
    try:
        with database_deadline(seconds=DEADLINE_SECONDS):
            if not _is_taken_in_quickly(envelope):
                record_push(envelope=envelope)
    except DATABASE_AWAY as error:
        logger.warning(
            "the database did not take a push (%s); it goes to the spool", type(error).__name__
        )
        bypass.trip()
        _drop_connection()
    except Exception:
        logger.exception("a push could not be recorded; it goes to the spool")
        _drop_connection()
    else:
        return True
    return False


def _is_taken_in_quickly(envelope: PushEnvelope) -> bool:
    """Try the fast path; what it fails over is the long way's, which can keep any push."""
    try:
        return take_in_quickly(envelope=envelope)
    except Exception as error:
        if not is_about_the_row(error):
            raise
        logger.exception("the fast path failed over a push")
        return False


def _drop_connection() -> None:
    try:
        connection.close()
    except Exception:  # noqa: BLE001  (a broken connection may fail to close)
        connection.connection = None


def drain(*, limit: int | None = None) -> DrainCount:
    """Drain this node's spool through the same code as the webhook; see ``drain_spool``."""
    count = drain_spool(record=record_push, limit=limit)
    if count.recorded:
        bypass.reset()
    return count
