"""The file itself: a zip with a checksum for everything in it, written and read as a stream.

It gets its name when it is complete and on the disk; whatever fails, nothing is left under it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import secrets
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any, Final

from .problems import ArchiveProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

MANIFEST: Final = "manifest.json"
#: Larger ones are not ours.
LARGEST_MANIFEST_BYTES: Final = 1_000_000_000
PARTIAL: Final = ".partial-"
CHUNK_BYTES: Final = 1024 * 1024
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
#: Others need other modules, with other errors.
_COMPRESSED: Final = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
#: What reading a damaged zip may raise.
_DAMAGE: Final = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
    OverflowError,
)


class ArchiveWriter:
    """Writes files into an archive, one after the other."""

    def __init__(self, file: IO[bytes], *, made_at: datetime) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._date = made_at.timetuple()[:6]
        self._files: dict[str, list[Any]] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one file, piece by piece."""
        digest, size = hashlib.sha256(), 0
        with self._open(name) as entry:
            for piece in pieces:
                entry.write(piece)
                digest.update(piece)
                size += len(piece)
        self._files[name] = [size, digest.hexdigest()]

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest, with the size and the checksum of every file before it."""
        text = json.dumps({**manifest, "files": self._files}, indent=1, sort_keys=True)
        with self._open(MANIFEST) as entry:
            entry.write(f"{text}\n".encode())
        self._zip.close()

    def abandon(self) -> None:
        """Let go of it; what was written is worth nothing."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()

    def _open(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name, self._date)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        return self._zip.open(info, "w", force_zip64=True)


@contextlib.contextmanager
def new_archive(path: Path, *, made_at: datetime) -> Iterator[ArchiveWriter]:
    """Give an archive to fill; the path is its name once all of it is on the disk.

    Raises:
        ArchiveProblem: the path is taken, the disk is full, or the place cannot be written.
    """
    partial = path.with_name(f".{path.name}{PARTIAL}{secrets.token_hex(4)}")
    try:
        check_free(path)
        _remove_abandoned(path)
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w+b") as file:  # noqa: PTH123  # of a descriptor
            # Whose lock is free has no maker any more.
            fcntl.flock(file, fcntl.LOCK_EX)
            writer = ArchiveWriter(file, made_at=made_at)
            try:
                yield writer
            except BaseException:
                writer.abandon()
                raise
            file.flush()
            os.fsync(file.fileno())
        check_free(path)
        partial.rename(path)
        _folder_to_disk(path.parent)
    except OSError as error:
        raise problem_with(error, path=path) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def check_free(path: Path) -> None:
    """Refuse a path that is taken: nothing is ever overwritten.

    Raises:
        ArchiveProblem: it is.
    """
    if path.exists() or path.is_symlink():
        raise ArchiveProblem(f"{path} already exists. Nothing was overwritten.")


def problem_with(error: OSError, *, path: Path) -> ArchiveProblem:
    """Return what an error of the file system means."""
    if error.errno in _NO_ROOM:
        return ArchiveProblem(f"There isn’t enough room in {path.parent}.")
    return ArchiveProblem(f"{path} can’t be used: {error.strerror or error}.")


def _remove_abandoned(path: Path) -> None:
    """Remove what a killed process left under a temporary name."""
    for partial in path.parent.glob(f".{glob.escape(path.name)}{PARTIAL}*"):
        with contextlib.suppress(OSError), partial.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            partial.unlink()


def _folder_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class ArchiveReader:
    """Reads an archive; nothing of it is ever written to the disk.

    Attributes:
        manifest: what the archive says of itself.
    """

    def __init__(self, file: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
        self._zip = file
        self.manifest = manifest

    def json(self, name: str) -> Any:
        """Return one file of JSON."""
        with _damage_of(name), self._zip.open(name) as entry:
            return json.load(entry)

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file."""
        with _damage_of(name), self._zip.open(name) as entry:
            yield from entry

    def verify(self) -> None:
        """Compare every byte with what was written.

        Raises:
            ArchiveProblem: something is damaged, missing, or was added.
        """
        files = self.manifest["files"]
        names = self._zip.namelist()
        if extra := next((name for name in names if name not in files and name != MANIFEST), None):
            raise ArchiveProblem(f"{extra} in the archive does not belong to it.")
        if len(names) != len(set(names)):
            raise ArchiveProblem("A file is in the archive twice.")
        present = set(names)
        for name, (size, digest) in files.items():
            if name not in present:
                raise ArchiveProblem(f"{name} is missing from the archive.")
            if self._digest(name) != (size, digest):
                raise ArchiveProblem(f"{name} in the archive is damaged.")

    def _digest(self, name: str) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with _damage_of(name), self._zip.open(name) as entry:
            if self._zip.getinfo(name).compress_type not in _COMPRESSED:
                raise ValueError(name)
            while chunk := entry.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
        return size, digest.hexdigest()


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[ArchiveReader]:
    """Open an archive.

    Raises:
        ArchiveProblem: it is none, it was cut off, or its manifest is damaged.
    """
    try:
        file = zipfile.ZipFile(path)
    except OSError as error:
        raise problem_with(error, path=path) from error
    except _DAMAGE:
        raise ArchiveProblem(
            f"{path} isn’t an archive of didsms, or it was cut off: its end is missing."
        ) from None
    with file:
        yield ArchiveReader(file, _manifest(file, path=path))


def _manifest(file: zipfile.ZipFile, *, path: Path) -> dict[str, Any]:
    try:
        info = file.getinfo(MANIFEST)
    except KeyError:
        raise ArchiveProblem(f"{path} isn’t an archive of didsms: it has no manifest.") from None
    if info.file_size > LARGEST_MANIFEST_BYTES or info.compress_type not in _COMPRESSED:
        raise ArchiveProblem(f"{MANIFEST} in the archive is damaged.")
    with _damage_of(MANIFEST):
        found = json.loads(file.read(info))
    if not isinstance(found, dict) or found.get("product") != "didsms":
        raise ArchiveProblem(f"{path} isn’t an archive of didsms.")
    return found


@contextlib.contextmanager
def _damage_of(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise ArchiveProblem(f"{name} in the archive is damaged.") from error
