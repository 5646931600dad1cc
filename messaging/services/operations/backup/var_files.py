"""What a backup holds of VAR_DIR: the spool, and the generated secrets."""

from __future__ import annotations

import io
import os
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from messaging.services.pushes.spool import SPOILED, files_set_aside, spool_folder, waiting_files

from .problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

ARCHIVE: Final = "var.tar"
#: Files of VAR_DIR that are made once and cannot be made again.
KEPT: Final = ("generated.env", "demo-made")
REPLACED: Final = ".before-restore"


def save_spool(archive: Path) -> int:
    """Write this node's spool into an archive; return how many pushes.

    The caller holds the spool still.
    """
    files = [*waiting_files(), *files_set_aside()]
    with tarfile.open(archive, "w") as tar:
        for path in files:
            part = "spool" if path.parent.name != SPOILED else f"spool/{SPOILED}"
            _add(tar, path, name=f"{part}/{path.name}")
    return len(files)


def save_secrets(archive: Path) -> list[str]:
    """Add what else is kept of VAR_DIR to an archive; return the names."""
    found = [name for name in KEPT if (Path(settings.VAR_DIR) / name).is_file()]
    with tarfile.open(archive, "a") as tar:
        for name in found:
            _add(tar, Path(settings.VAR_DIR) / name, name=name)
    return found


def _add(tar: tarfile.TarFile, path: Path, *, name: str) -> None:
    data = path.read_bytes()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(data), 0o600, int(time.time())
    tar.addfile(entry, io.BytesIO(data))


def count_spool(archive: Path) -> int:
    """Return how many pushes an archive holds.

    Raises:
        BackupProblem: it cannot be read.
    """
    return sum(name.startswith("spool/") for name, _data in _entries(archive))


def put_back(archive: Path) -> tuple[int, list[str]]:
    """Put the files of an archive into VAR_DIR.

    Pushes that wait there already stay; a secret that differs is kept beside the restored one.

    Returns:
        How many pushes, and the names of the secrets that replaced others.

    Raises:
        OSError: the disk does not take them.
    """
    pushes, replaced = 0, []
    for name, data in _entries(archive):
        if name.startswith("spool/"):
            _write(spool_folder().parent / name, data)
            pushes += 1
        else:
            path = Path(settings.VAR_DIR) / name
            if path.exists() and path.read_bytes() != data:
                _write(path.with_name(f"{name}{REPLACED}"), path.read_bytes())
                replaced.append(name)
            _write(path, data)
    return pushes, replaced


def _entries(archive: Path) -> Iterable[tuple[str, bytes]]:
    """Yield names and contents; of names only those that we write ourselves."""
    try:
        with tarfile.open(archive) as tar:
            for entry in tar:
                file = tar.extractfile(entry)
                if file is not None and _is_ours(entry.name):
                    yield entry.name, file.read()
    except (tarfile.TarError, EOFError):
        raise BackupProblem("damaged", file=archive.name) from None


def _is_ours(name: str) -> bool:
    folder, _slash, file = name.rpartition("/")
    return name in KEPT or (
        folder in {"spool", f"spool/{SPOILED}"} and file.endswith(".push") and file[0] != "."
    )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
