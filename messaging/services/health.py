"""Is everything in order? One answer for /readyz, the admin's first page and /metrics."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Push, QueuePause, WorkerSighting

from .deadlines import database_deadline
from .pausing import current_pause
from .spool import spool_folder, waiting_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

#: A prober gets its answer within five seconds; the database may take this much of them.
DATABASE_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 4.0
WORKER_SEEN_WITHIN: Final = timedelta(seconds=30)
#: The provider refuses a time stamp that is a minute off; warn at half of it.
CLOCK_LIMIT_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Check:
    """What one look found.

    Attributes:
        name: stable word.
        is_ok: whether it is in order.
        state: stable word for programs: ``ok``, ``running``, ``paused``, ``away`` …
        words: a sentence for an administrator.
        mending: who can mend it and how; empty when it is in order.
        facts: figures worth knowing, by name.
        decides: whether a web node without it must not get requests.
    """

    name: str
    is_ok: bool
    state: str
    words: str
    mending: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    decides: bool = False


def check_all(*, at: datetime) -> list[Check]:
    """Look at everything; never takes much longer than ANSWER_SECONDS, whatever hangs.

    Args:
        at: now, aware UTC.
    """
    database = _database_checks.run(lambda: checks_of_database(at=at))
    return [*database[:2], check_spool(), *database[2:]]


def is_ready(checks: list[Check]) -> bool:
    """Tell whether this web node can take requests."""
    return all(check.is_ok for check in checks if check.decides)


def checks_of_database(*, at: datetime) -> list[Check]:
    """Look at what stands in the database, in the calling thread."""
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
            ]
    except (DatabaseError, InterfaceError):
        return _database_away()


def _database_ok() -> Check:
    return Check("database", True, "ok", _("The database answers."), decides=True)


def _database_away() -> list[Check]:
    words = _("The database does not answer. Pushes are kept in the spool.")
    mending = _("Whoever runs the server: start the database, or mend DATABASE_URL.")
    unknown = Check("migrations", False, "unknown", _("Not known."), decides=True)
    away = Check("database", False, "away", words, mending, decides=True)
    return [away, unknown, *_unknown_checks()]


def _unknown_checks() -> list[Check]:
    names = ("worker", "sending", "quarantine", "clock")
    return [Check(name, False, "unknown", _("Not known.")) for name in names]


@cache
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def pending_migrations() -> list[tuple[str, str]]:
    """Return the migrations of this code that the database has not seen."""
    return sorted(_migrations_on_disk() - set(MigrationRecorder(connection).applied_migrations()))


def _migrations(pending: list[tuple[str, str]]) -> Check:
    return Check(
        "migrations",
        is_ok=not pending,
        state="pending" if pending else "ok",
        words=_("The database is older than the program.")
        if pending
        else _("The database fits the program."),
        mending=_("Whoever runs the server: manage.py migrate.") if pending else "",
        facts={"pending": len(pending)},
        decides=True,
    )


def check_spool() -> Check:
    """Look whether this node could keep pushes on its own disk, and what waits there."""
    try:
        folder = spool_folder()
        probe = folder / f".probe-{os.getpid()}-{threading.get_ident()}"
        probe.write_bytes(b"")
        probe.unlink()
        waiting = waiting_files()
        oldest = None
        with contextlib.suppress(FileNotFoundError):  # Drained between the two looks.
            oldest = round(time.time() - waiting[0].stat().st_mtime, 1) if waiting else None
    except OSError as error:
        return Check(
            "spool",
            False,
            "not_writable",
            _("The spool folder cannot be written to: %(why)s.") % {"why": error.strerror},
            _("Whoever runs the server: give the web process a VAR_DIR that it may write to."),
            decides=True,
        )
    words = (
        _("Pushes waiting in this node's spool: %(count)d.") % {"count": len(waiting)}
        if waiting
        else _("The spool is writable and empty.")
    )
    facts: dict[str, object] = {"waiting": len(waiting), "oldest_seconds": oldest}
    return Check("spool", True, "ok", words, facts=facts, decides=True)


def check_worker(*, at: datetime) -> Check:
    """Look when a worker was last at work."""
    seen_at = WorkerSighting.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    age = None if seen_at is None else max(0.0, round((at - seen_at).total_seconds(), 1))
    is_ok = seen_at is not None and at - seen_at <= WORKER_SEEN_WITHIN
    if is_ok:
        words = _("A worker is at work.")
    elif age is None:
        words = _("No worker runs: nothing is being sent.")
    else:
        words = _("No worker has been seen for %(age)d s: nothing is being sent.") % {"age": age}
    return Check(
        "worker",
        is_ok,
        "ok" if is_ok else "away",
        words,
        "" if is_ok else _("Whoever runs the server: start manage.py run_outbox."),
        {"seen_seconds_ago": age},
    )


def check_sending() -> Check:
    """Look whether the queue is paused, why, and who can mend it."""
    pause = current_pause()
    if pause is None:
        return Check(
            "sending", True, "running", _("Messages are being sent."), facts={"reason": ""}
        )
    return Check(
        "sending",
        False,
        "paused",
        _("Sending is paused: %(reason)s") % {"reason": pause.reason},
        _("Who can mend it: %(who)s") % {"who": QueuePause.Mender(pause.mender).label},
        {"reason": pause.reason, "code": pause.code, "began_at": pause.began_at.isoformat()},
    )


def check_quarantine() -> Check:
    """Count the pushes that could not be used."""
    count = Push.objects.quarantined().count()
    return Check(
        "quarantine",
        count == 0,
        "waiting" if count else "empty",
        ngettext("%(count)d push could not be used.", "%(count)d pushes could not be used.", count)
        % {"count": count}
        if count
        else _("Every push could be used."),
        _("An administrator: read the reason, mend the cause, replay them.") if count else "",
        {"count": count},
    )


def check_clock() -> Check:
    """Compare our clock with the provider's, as the workers saw it last."""
    seen = WorkerSighting.objects.filter(clock_offset_seconds__isnull=False)
    offset = (
        seen.order_by("-clock_checked_at").values_list("clock_offset_seconds", flat=True).first()
    )
    if offset is None:
        words = _("The provider's clock has not been seen yet.")
        return Check("clock", True, "unknown", words, facts={"offset_seconds": None})
    is_ok = abs(offset) < CLOCK_LIMIT_SECONDS
    return Check(
        "clock",
        is_ok,
        "ok" if is_ok else "off",
        _("Our clock and the provider's differ by %(seconds).1f s.") % {"seconds": abs(offset)},
        "" if is_ok else _("Whoever runs the server: set its clock (NTP)."),
        {"offset_seconds": round(offset, 1)},
    )


class _OneAtATime:
    """Runs the look at the database in a thread, so that a database that hangs holds nobody.

    While one look hangs, the next callers wait for that one and start no second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: tuple[int, threading.Event, list[list[Check]]] | None = None

    def run(self, look: Callable[[], list[Check]]) -> list[Check]:
        """Return what the look finds, or that the database is away."""
        with self._lock:
            running = self._running
            if running is None or running[0] != os.getpid() or running[1].is_set():
                running = self._running = (os.getpid(), threading.Event(), [])
                threading.Thread(
                    target=self._look, args=(look, *running[1:]), name="health", daemon=True
                ).start()
        _pid, done, found = running
        done.wait(ANSWER_SECONDS)
        return found[0] if found else _database_away()

    def _look(
        self, look: Callable[[], list[Check]], done: threading.Event, found: list[list[Check]]
    ) -> None:
        try:
            found.append(look())
        finally:
            with contextlib.suppress(Exception):
                connection.close()
            done.set()


_database_checks = _OneAtATime()


def report(*, checks: list[Check]) -> dict[str, object]:
    """Return the checks as one flat object: each name with its state, then its figures."""
    body: dict[str, object] = {"ready": is_ready(checks)}
    for check in checks:
        body[check.name] = check.state
        body |= {f"{check.name}_{name}": value for name, value in check.facts.items()}
    return body


def check_now() -> list[Check]:
    """Look at everything as of now."""
    return check_all(at=timezone.now())
