"""The folder of backups: each is made under a temporary name and renamed when complete."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from typing import TYPE_CHECKING, Final

from .manifest import SUMS
from .problems import BackupProblem, problem_with_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

#: Beginning of the name that a backup gets in a folder of backups; the rest is its time.
PREFIX: Final = "didsms-"
PARTIAL: Final = ".partial-"
#: Held by the process that makes a backup; whose lock is free has no maker any more.
LOCK: Final = ".lock"


def place_of(path: Path, *, at: datetime, is_folder: bool = False) -> Path:
    """Return where a backup goes: the path itself, or a dated name in a folder that is there.

    Args:
        path: the backup, or a folder of backups.
        at: now, aware UTC.
        is_folder: it is a folder of backups, whether it is there or not.

    Raises:
        BackupProblem: the path is taken.
    """
    if is_folder or (path.is_dir() and not is_backup(path)):
        path = path / f"{PREFIX}{at:%Y%m%dT%H%M%SZ}"
    if path.exists() or path.is_symlink():
        raise BackupProblem("exists", path=path)
    return path


def is_backup(path: Path) -> bool:
    """Tell whether a path is a backup that was finished, damaged or not."""
    return (path / SUMS).is_file()


def backups_in(folder: Path) -> list[Path]:
    """Return the finished backups of a folder, the newest first."""
    return sorted(filter(is_backup, folder.glob(f"{PREFIX}*Z")), reverse=True)


def chosen(path: Path) -> Path:
    """Return the backup that a path names: itself, or the newest of a folder of backups."""
    return path if is_backup(path) else next(iter(backups_in(path)), path)


@contextlib.contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Give a folder to fill; what is in it gets its name when all of it is on the disk.

    Whatever fails, nothing is left under that name; what a killed process left under a temporary
    one is removed by the next.

    Raises:
        BackupProblem: the disk is full, or the place cannot be written.
    """
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_abandoned(place.parent)
        partial = place.with_name(f"{place.name}{PARTIAL}{secrets.token_hex(4)}")
        partial.mkdir(mode=0o700)
    except OSError as error:
        raise problem_with_file(error, path=place) from error
    try:
        with (partial / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield partial
            (partial / LOCK).unlink()
            _publish(partial, place)
    except OSError as error:
        raise problem_with_file(error, path=place) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _publish(partial: Path, place: Path) -> None:
    for path in partial.iterdir():
        _to_disk(path)
    _to_disk(partial)
    if place.exists():
        raise BackupProblem("exists", path=place)
    partial.rename(place)
    _to_disk(place.parent)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_abandoned(folder: Path) -> None:
    for path in folder.glob(f"*{PARTIAL}*"):
        with contextlib.suppress(OSError), (path / LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)


def keep_newest(folder: Path, *, count: int) -> list[Path]:
    """Remove all but the newest backups of a folder; never what was put there under another name.

    Returns:
        What was removed.
    """
    old = backups_in(folder)[count:]
    for path in old:
        # Without its checksums it is no backup any more, however far the removal comes.
        (path / SUMS).unlink(missing_ok=True)
        shutil.rmtree(path)
    return old


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())
