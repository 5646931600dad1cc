"""The spool: a folder of this node that takes authentic pushes while the database cannot.

A push is a file of its own: written under a temporary name, fsync, rename, fsync of the folder.
Draining records it through the same code as the webhook, under the file's name, so a crash between
commit and unlink changes nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import logging
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError

from messaging.nxcloud.errors import SpoiledSpoolFile
from messaging.nxcloud.push import PushEnvelope
from messaging.services.background.chore import database_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger(__name__)

SUFFIX = ".push"
#: A push is written in a moment; a temporary file as old as this has no writer any more.
ABANDONED_SECONDS = 3600
#: Where files go that could not be recorded.
SPOILED = "spoiled"
#: The database is not there, or not migrated yet: the push waits for it.
DATABASE_AWAY: Final = (OperationalError, InterfaceError, ProgrammingError)
#: So many files may fail in one turn though the database answers; each may cost a time-out.
MOST_FAILURES: Final = 3
#: How often one who wants to hold the spool still asks for it.
STILL_POLL_SECONDS: Final = 0.05
_counter = itertools.count()
#: Names of files that failed though the database answered: they wait behind the others.
_failed: set[str] = set()


@dataclass
class DrainCount:
    """What one turn of draining did.

    Attributes:
        recorded: files whose push is now in the database.
        set_aside: files that were spoiled or could not be recorded, moved to ``spoiled``.
        left: files that wait because the database is away, or did not take them.
    """

    recorded: int = 0
    set_aside: int = 0
    left: int = 0


def spool_folder() -> Path:
    """Return the folder, made when it is missing."""
    folder = Path(settings.VAR_DIR) / "spool"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def spool_push(envelope: PushEnvelope) -> Path:
    """Write a push durably to this node's disk.

    Raises:
        OSError: the disk does not take it.
    """
    folder = spool_folder()
    name = (
        f"{time.time_ns():020d}-{os.getpid()}-{next(_counter):06d}-{secrets.token_hex(4)}{SUFFIX}"
    )
    temporary = folder / f"{name}.tmp"
    final = folder / name
    _write(envelope.to_spool_bytes(), temporary=temporary, final=final)
    return final


def replace_file(path: Path, data: bytes) -> None:
    """Write other bytes in a file's place, durably; nobody reads half of them.

    Raises:
        OSError: the disk does not take them; the file is as it was.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    _write(data, temporary=temporary, final=path)


def _write(data: bytes, *, temporary: Path, final: Path) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(final)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _fsync_folder(final.parent)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def waiting_files() -> list[Path]:
    """Return the spooled pushes, oldest first."""
    return sorted(path for path in spool_folder().glob(f"*{SUFFIX}") if path.is_file())


def files_set_aside() -> list[Path]:
    """Return the files that could not be recorded; each may be a push answered with `success`."""
    return sorted((spool_folder() / SPOILED).glob(f"*{SUFFIX}"))


@contextlib.contextmanager
def _only_drainer(folder: Path) -> Iterator[bool]:
    """Let one process of this node drain at a time."""
    with (folder / ".drain.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


@contextlib.contextmanager
def hold_still(*, timeout_seconds: float) -> Iterator[None]:
    """Let nobody drain meanwhile: what is in the folder is not in the database, and stays.

    New pushes go on coming in.

    Raises:
        TimeoutError: somebody drained all the time.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        with _only_drainer(spool_folder()) as is_ours:
            if is_ours:
                yield
                return
        if time.monotonic() > deadline:
            raise TimeoutError("the spool is being drained")
        time.sleep(STILL_POLL_SECONDS)


def drain_spool(*, record: Callable[..., object], limit: int | None = None) -> DrainCount:
    """Record every spooled push, oldest first; stop when the database is away.

    A file that fails while the database answers stays, and lets the others pass.

    Args:
        record: called with ``envelope`` and ``spool_name``; recording the same name twice must
            change nothing.
        limit: how many files at most in this turn.

    Returns:
        What was done.
    """
    folder = spool_folder()
    _remove_what_a_crash_left(folder)
    count = DrainCount()
    files = sorted(waiting_files(), key=lambda path: (path.name in _failed, path.name))[:limit]
    if not files:
        return count
    with _only_drainer(folder) as is_ours:
        if not is_ours:
            count.left = len(files)
            return count
        for position, path in enumerate(files):
            try:
                _drain_file(path, record=record, count=count)
            except DATABASE_AWAY as error:
                if not database_answers() or count.left == MOST_FAILURES - 1:
                    count.left += len(files) - position
                    break
                _let_wait(path, error, count=count)
            else:
                _failed.discard(path.name)
    return count


def _let_wait(path: Path, error: Exception, *, count: DrainCount) -> None:
    """Put a file behind the others; the log hears of it once."""
    count.left += 1
    if path.name not in _failed:
        _failed.add(path.name)
        logger.error("spool file %s waits behind the others", path.name, exc_info=error)


def _remove_what_a_crash_left(folder: Path) -> None:
    """Remove temporary files of pushes that were never answered: their process is gone."""
    for path in folder.glob(f"*{SUFFIX}.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


def _drain_file(path: Path, *, record: Callable[..., object], count: DrainCount) -> None:
    """Record one push and remove its file, or set the file aside.

    Raises:
        OperationalError, InterfaceError, ProgrammingError: the database is away; the file stays.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return  # Another process drained it between the listing and the lock.
    except OSError as error:
        logger.error("spool file %s cannot be read: %s", path.name, error.strerror)
        _set_aside(path, count=count)
        return
    try:
        record(envelope=PushEnvelope.from_spool_bytes(data), spool_name=path.name)
    except DATABASE_AWAY:
        raise
    except SpoiledSpoolFile as error:
        logger.error("spool file %s is spoiled (%s) and was set aside", path.name, error.reason)
        _set_aside(path, count=count)
    except Exception:
        logger.exception("spool file %s could not be recorded and was set aside", path.name)
        _set_aside(path, count=count)
    else:
        path.unlink(missing_ok=True)
        count.recorded += 1


def _set_aside(path: Path, *, count: DrainCount) -> None:
    """Move a file out of the way; what cannot be moved is passed over the next time too."""
    count.set_aside += 1
    folder = path.parent / SPOILED
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        path.rename(folder / path.name)
    except OSError as error:
        logger.error("spool file %s cannot be set aside: %s", path.name, error.strerror)
