"""Health checks that need the database, in a thread of their own while a request waits."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext as _

from messaging.process_thread import ProcessThread
from messaging.services.database_deadline import database_deadline

from .backup.check import check_backup
from .health_checks import Check, check_clock, check_quarantine, check_sending, check_worker
from .round_trip_check import check_round_trip
from .upgrades import pending_migrations

if TYPE_CHECKING:
    from datetime import datetime

#: A prober gets its answer within five seconds; the database may take this much of them.
DATABASE_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 4.0


def checks_of_database(*, at: datetime) -> list[Check]:
    """Look at what is in the database, in the calling thread."""
    try:
        with database_deadline(seconds=DATABASE_SECONDS):
            pending = pending_migrations()
            if pending:
                return [_database_ok(), _migrations(pending), *_unknown_checks()]
            return [
                _database_ok(),
                _migrations(pending),
                check_worker(at=at),
                check_sending(),
                check_quarantine(),
                check_clock(),
                check_backup(at=at),
                *check_round_trip(at=at),
            ]
    except (DatabaseError, InterfaceError):
        return _database_away()


def _database_ok() -> Check:
    return Check("database", True, "ok", _("Database is responding."), decides=True)


def _database_away() -> list[Check]:
    message = _("Database isn’t responding. Pushes are saved in the spool.")
    fix = _("Server admin: start the database, or fix DATABASE_URL.")
    unknown = Check("migrations", False, "unknown", _("Unknown."), decides=True)
    away = Check("database", False, "away", message, fix, decides=True)
    return [away, unknown, *_unknown_checks()]


def _unknown_checks() -> list[Check]:
    names = ("worker", "sending", "quarantine", "clock", "backup")
    return [Check(name, False, "unknown", _("Unknown.")) for name in names]


def _migrations(pending: list[tuple[str, str]]) -> Check:
    return Check(
        "migrations",
        is_ok=not pending,
        state="pending" if pending else "ok",
        message=_("Migrations are pending.") if pending else _("Database is up to date."),
        fix=_("Server admin: run manage.py migrate.") if pending else "",
        facts={"pending": len(pending)},
        decides=True,
    )


@dataclass
class _Look:
    """One look at the database, under way or over."""

    at: datetime
    is_over: threading.Event = field(default_factory=threading.Event)
    found: list[Check] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._thread = ProcessThread(self._run, name="health")

    @property
    def can_be_shared(self) -> bool:
        """Whether a caller can wait for it: it still runs, in this process."""
        return self._thread.is_started and not self.is_over.is_set()

    def begin(self) -> None:
        """Look in a thread."""
        self._thread.start_if_needed()

    def _run(self) -> None:
        try:
            self.found = checks_of_database(at=self.at)
        finally:
            with contextlib.suppress(Exception):
                connection.close()
            self.is_over.set()


class _OneAtATime:
    """Looks at the database in a thread, so that a database that hangs holds nobody.

    While one look hangs, the next callers wait for that one and start no second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._look: _Look | None = None

    def checks(self, *, at: datetime) -> list[Check]:
        """Return what the look finds, or that the database is away."""
        with self._lock:
            look = self._look
            if look is None or not look.can_be_shared:
                look = self._look = _Look(at)
                look.begin()
        look.is_over.wait(ANSWER_SECONDS)
        return look.found or _database_away()


#: Never takes much longer than ANSWER_SECONDS, whatever hangs.
checks_in_time = _OneAtATime().checks
