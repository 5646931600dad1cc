"""The health checks: one for each thing that can go wrong."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Push, WorkerSighting
from messaging.services.pushes.spool import files_set_aside, spool_folder, waiting_files
from messaging.services.sending.circuit_breaker import current_trip

from .disk import check_writing, is_without_room, room_in

if TYPE_CHECKING:
    from datetime import datetime

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
        message: a sentence for an administrator.
        fix: who can fix it and how; empty when it is in order.
        facts: figures worth knowing, by name.
        decides: whether a web node without it must not get requests.
    """

    name: str
    is_ok: bool
    state: str
    message: str
    fix: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    decides: bool = False


def check_spool() -> Check:
    """Look whether this node could keep pushes on its own disk, and what waits there."""
    try:
        folder = spool_folder()
        if room_in(folder).is_full:
            return _spool_full()
        check_writing(folder)
        waiting = waiting_files()
        oldest = None
        with contextlib.suppress(FileNotFoundError):  # Drained between the two looks.
            oldest = round(time.time() - waiting[0].stat().st_mtime, 1) if waiting else None
    except OSError as error:
        if is_without_room(error):
            return _spool_full()
        return Check(
            "spool",
            False,
            "not_writable",
            _("The spool folder isn’t writable: %(why)s.") % {"why": error.strerror},
            _("Server admin: give the web process a writable VAR_DIR."),
            decides=True,
        )
    message = (
        _("Pushes waiting in this node’s spool: %(count)d.") % {"count": len(waiting)}
        if waiting
        else _("The spool is writable and empty.")
    )
    facts: dict[str, object] = {"waiting": len(waiting), "oldest_seconds": oldest}
    return Check("spool", True, "ok", message, facts=facts, decides=True)


def _spool_full() -> Check:
    return Check(
        "spool",
        False,
        "full",
        _("The disk is full: pushes can’t be saved while the database is down."),
        _("Server admin: free space on the disk of VAR_DIR."),
        decides=True,
    )


def check_disk() -> Check:
    """Look whether the disk of VAR_DIR will be full before long."""
    try:
        room = room_in(Path(settings.VAR_DIR))
    except OSError:
        return Check("disk", False, "unknown", _("Unknown."))  # check_spool says why
    facts: dict[str, object] = {"free_bytes": room.free_bytes, "total_bytes": room.total_bytes}
    free = {"free": filesizeformat(room.free_bytes)}
    if room.is_low:
        message = _("The disk of VAR_DIR has only %(free)s left.") % free
        fix = _("Server admin: free space before it is full.")
        return Check("disk", False, "full" if room.is_full else "low", message, fix, facts)
    return Check("disk", True, "ok", _("The disk of VAR_DIR has %(free)s left.") % free, "", facts)


def check_set_aside() -> Check:
    """Look whether spool files were set aside because they could not be recorded."""
    try:
        count = len(files_set_aside())
    except OSError:
        count = 0  # check_spool says why
    message = (
        ngettext(
            "%(count)d file of this node’s spool couldn’t be recorded and was set aside.",
            "%(count)d files of this node’s spool couldn’t be recorded and were set aside.",
            count,
        )
        % {"count": count}
        if count
        else _("Every spooled push was recorded.")
    )
    fix = _(
        "Server admin: see the log for the reason. Fix it and move the files from"
        " spool/spoiled back into spool, or remove them."
    )
    return Check(
        "set_aside",
        count == 0,
        "waiting" if count else "empty",
        message,
        fix if count else "",
        {"count": count},
    )


def check_worker(*, at: datetime) -> Check:
    """Look when a worker was last at work."""
    seen_at = WorkerSighting.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    age = None if seen_at is None else max(0.0, round((at - seen_at).total_seconds(), 1))
    is_ok = seen_at is not None and at - seen_at <= WORKER_SEEN_WITHIN
    if is_ok:
        message = _("A worker is running.")
    elif age is None:
        message = _("No worker is running: nothing is being sent.")
    else:
        message = _("No worker seen for %(age)d s: nothing is being sent.") % {"age": age}
    return Check(
        "worker",
        is_ok,
        "ok" if is_ok else "away",
        message,
        "" if is_ok else _("Server admin: start manage.py run_outbox."),
        {"seen_seconds_ago": age},
    )


def check_sending() -> Check:
    """Look whether the queue is paused, why, and who can fix it."""
    trip = current_trip()
    if trip is None:
        return Check(
            "sending", True, "running", _("Messages are being sent."), facts={"reason": ""}
        )
    return Check(
        "sending",
        False,
        "paused",
        _("Sending is paused: %(reason)s") % {"reason": trip.reason.words()},
        _("Who can fix it: %(who)s") % {"who": trip.reason.owner_label},
        {
            "reason": trip.reason.in_english(),
            "code": trip.code,
            "began_at": trip.began_at.isoformat(),
        },
    )


def check_quarantine() -> Check:
    """Count the pushes that could not be used."""
    count = Push.objects.quarantined().count()
    return Check(
        "quarantine",
        count == 0,
        "waiting" if count else "empty",
        ngettext(
            "%(count)d push couldn’t be processed.",
            "%(count)d pushes couldn’t be processed.",
            count,
        )
        % {"count": count}
        if count
        else _("All pushes were processed."),
        _("Administrator: read the reason, fix the cause, then replay them.") if count else "",
        {"count": count},
    )


def check_clock() -> Check:
    """Compare our clock with the provider's, as the workers saw it last."""
    seen = WorkerSighting.objects.filter(clock_offset_seconds__isnull=False)
    offset = (
        seen.order_by("-clock_checked_at").values_list("clock_offset_seconds", flat=True).first()
    )
    if offset is None:
        message = _("NXCloud’s clock hasn’t been seen yet.")
        return Check("clock", True, "unknown", message, facts={"offset_seconds": None})
    is_ok = abs(offset) < CLOCK_LIMIT_SECONDS
    return Check(
        "clock",
        is_ok,
        "ok" if is_ok else "off",
        _("Our clock and NXCloud’s differ by %(seconds).1f s.") % {"seconds": abs(offset)},
        "" if is_ok else _("Server admin: set its clock (NTP)."),
        {"offset_seconds": round(offset, 1)},
    )
