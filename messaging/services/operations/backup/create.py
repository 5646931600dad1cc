"""Make a backup while everything runs."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from didsms_site import __version__
from messaging.services.pushes.spool import hold_still

from .encryption import encrypt
from .engines import engine, tables
from .folder import new_folder, place_of, size_of
from .manifest import Manifest, key_check, write_manifest
from .problems import BackupProblem
from .var_files import ARCHIVE, count_spool, save_secrets, save_spool

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

STILL_SECONDS: Final = 60.0
#: Why a good backup cannot be tried out here; every other problem is the backup's own.
NOT_ITS_FAULT: Final = frozenset({"no_database_to_try", "program_missing", "no_room"})


@dataclass(frozen=True)
class Made:
    """A backup that is whole.

    Attributes:
        path: its folder.
        manifest: what it holds.
        size_bytes: all its files.
        is_proven: whether it was restored into a scratch database and held what it should.
        unproven: why that could not be done, where it was asked for.
    """

    path: Path
    manifest: Manifest
    size_bytes: int
    is_proven: bool
    unproven: BackupProblem | None = None


def create_backup(
    *,
    path: Path,
    at: datetime,
    recipient: str = "",
    with_proof: bool = False,
    is_folder: bool = False,
) -> Made:
    """Back up database, spool and generated secrets of this node, in one state.

    What was acknowledged before the manifest's `made_at` is in it: in the database, or in the
    spool, which nobody drains while the database's state is chosen.

    Args:
        path: the folder to make, or a folder of backups that gets a dated one.
        at: now, aware UTC.
        recipient: a public key of `age`; "" leaves it readable.
        with_proof: restore it into a scratch database before it gets its name.
        is_folder: the path is a folder of backups, made when it is missing.

    Raises:
        BackupProblem: it could not be made; nothing is left under its name.
    """
    place = place_of(path, at=at, is_folder=is_folder)
    with new_folder(place) as folder:
        manifest = _filled(folder)
        unproven = _proven(folder, manifest) if with_proof else None
        if recipient:
            for name in (manifest.database, ARCHIVE):
                encrypt(folder / name, recipient=recipient)
            manifest = Manifest(**{**vars(manifest), "is_encrypted": True})
        write_manifest(folder, manifest)
        size_bytes = size_of(folder)
    return Made(place, manifest, size_bytes, with_proof and unproven is None, unproven)


def _filled(folder: Path) -> Manifest:
    """Write database and files into a folder."""
    archive = folder / ARCHIVE
    spool_files = 0
    with contextlib.ExitStack() as still:
        try:
            still.enter_context(hold_still(timeout_seconds=STILL_SECONDS))
        except TimeoutError:
            raise BackupProblem("spool_busy") from None
        made_at = timezone.now()

        def in_snapshot() -> None:
            nonlocal spool_files
            spool_files = save_spool(archive)
            still.close()

        taken = engine().take(folder, tables=tables(), in_snapshot=in_snapshot)
    return Manifest(
        version=__version__,
        made_at=made_at.isoformat(),
        engine=engine().NAME,
        engine_version=taken.engine_version,
        schema=taken.schema,
        database=taken.file,
        migrations=taken.migrations,
        rows=taken.rows,
        spool_files=spool_files,
        secrets=save_secrets(archive),
        key_check=key_check(),
    )


def _proven(folder: Path, manifest: Manifest) -> BackupProblem | None:
    """Try a backup out; return why that cannot be done here."""
    try:
        prove_files(folder, manifest, work=folder)
    except BackupProblem as problem:
        if problem.code not in NOT_ITS_FAULT:
            raise
        return problem
    return None


def prove_files(files: Path, manifest: Manifest, *, work: Path) -> None:
    """Restore the files of a backup into a scratch database and compare.

    Args:
        files: a folder with the files, not encrypted.
        manifest: what they must hold.
        work: a folder for what is unpacked.

    Raises:
        BackupProblem: they hold something else, or it cannot be tried.
    """
    engine().prove(files / manifest.database, work=work, rows=manifest.rows)
    found = count_spool(files / ARCHIVE)
    if found != manifest.spool_files:
        raise BackupProblem("files_differ", has=found, wants=manifest.spool_files)
