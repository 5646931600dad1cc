"""Check that a backup is complete, and prove it by restoring it."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from .create import prove_files
from .encryption import decrypt
from .engines import engine
from .folder import chosen
from .manifest import ENCRYPTED, Manifest, read_verified
from .problems import BackupProblem, problem_with_file
from .var_files import ARCHIVE

if TYPE_CHECKING:
    from collections.abc import Iterator


def verify_backup(*, path: Path) -> tuple[Path, Manifest]:
    """Look at every byte of a backup.

    Args:
        path: the backup, or a folder of backups, of which the newest is meant.

    Returns:
        The backup, and what it holds.

    Raises:
        BackupProblem: something in it is damaged or missing.
    """
    folder = chosen(path)
    return folder, read_verified(folder)


def prove_backup(*, path: Path, identity: Path | None = None) -> Manifest:
    """Restore a backup into a scratch database, and compare what it holds.

    Args:
        path: the backup, or a folder of backups.
        identity: file with the secret key, where it is encrypted.

    Raises:
        BackupProblem: it is damaged, holds something else, or cannot be tried here.
    """
    folder, manifest = verify_backup(path=path)
    check_engine(manifest)
    with plain_files(folder, manifest, identity=identity) as (files, work):
        prove_files(files, manifest, work=work)
    return manifest


def check_engine(manifest: Manifest) -> None:
    """Refuse a backup of the other database.

    Raises:
        BackupProblem: it is one.
    """
    if manifest.engine != engine().NAME:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        target = names[engine().NAME]
        raise BackupProblem("other_engine", engine=names[manifest.engine], target=target)


@contextlib.contextmanager
def plain_files(
    folder: Path, manifest: Manifest, *, identity: Path | None
) -> Iterator[tuple[Path, Path]]:
    """Give the folder with a backup's files as they were before encryption, and one to work in.

    Raises:
        BackupProblem: they are encrypted and there is no key, or another's.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.VAR_DIR) as name:
            work = Path(name)
            if not manifest.is_encrypted:
                yield folder, work
                return
            if identity is None:
                raise BackupProblem("needs_identity")
            for file in (manifest.database, ARCHIVE):
                decrypt(folder / f"{file}{ENCRYPTED}", identity=identity, target=work / file)
            yield work, work
    except OSError as error:
        raise problem_with_file(error, path=Path(settings.VAR_DIR) / "restore") from error
