"""The manifest of a backup, and the checksums that prove that it is complete."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from .problems import BackupProblem, problem_with_file

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
#: Behind the name of a file that is encrypted.
ENCRYPTED: Final = ".age"
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._-]{1,100})")
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        version: of didsms.
        made_at: what was acknowledged before it is in the backup; ISO 8601 in UTC.
        engine: ``sqlite`` or ``postgresql``.
        engine_version: of SQLite, or of the server.
        schema: PostgreSQL's schema of the tables; "" on SQLite.
        database: name of the file that holds it, without the ending of encryption.
        migrations: app and name of each that the database had seen.
        rows: rows by table.
        spool_files: pushes in the spool, those that were set aside included.
        secrets: names of the other files of VAR_DIR.
        key_check: tells whether another SECRET_KEY is the same, and nothing else of it.
        is_encrypted: whether the files beside this one are.
        format: of the backup.
    """

    version: str
    made_at: str
    engine: str
    engine_version: str
    schema: str
    database: str
    migrations: list[list[str]]
    rows: dict[str, int]
    spool_files: int
    secrets: list[str]
    key_check: str
    is_encrypted: bool = False
    format: int = field(default=FORMAT)

    @property
    def made(self) -> datetime:
        """The moment whose state it holds, aware UTC."""
        return datetime.fromisoformat(self.made_at)


def key_check() -> str:
    """Return a digest that only the same SECRET_KEY gives."""
    key = str(settings.SECRET_KEY).encode()
    return hmac.new(key, b"didsms backup", hashlib.sha256).hexdigest()[:16]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, then the checksums of every file in a folder."""
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(f"{text}\n", "utf-8")
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    lines = [f"{digest_of(folder / name)}  {name}\n" for name in names if name != SUMS]
    (folder / SUMS).write_text("".join(lines), "ascii")


def read_verified(folder: Path) -> Manifest:
    """Return the manifest of a backup whose every byte is as it was written.

    Raises:
        BackupProblem: it is no backup, or something in it is damaged or missing.
    """
    for name, expected in _sums(folder).items():
        try:
            digest = digest_of(folder / name)
        except FileNotFoundError:
            raise BackupProblem("missing", file=name) from None
        except OSError as error:
            raise problem_with_file(error, path=folder / name) from error
        if digest != expected:
            raise BackupProblem("damaged", file=name)
    return _parsed((folder / MANIFEST).read_text("utf-8"))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sums(folder: Path) -> dict[str, str]:
    """Return the checksums by file name; every character of the file counts."""
    try:
        text = (folder / SUMS).read_text("ascii")
    except (FileNotFoundError, NotADirectoryError):
        if (folder / MANIFEST).exists():
            raise BackupProblem("missing", file=SUMS) from None
        raise BackupProblem("no_backup", path=folder) from None
    except UnicodeDecodeError:
        raise BackupProblem("damaged", file=SUMS) from None
    except OSError as error:
        raise problem_with_file(error, path=folder / SUMS) from error
    sums = {}
    for line in text.splitlines(keepends=True):
        found = _LINE.fullmatch(line.removesuffix("\n"))
        if found is None or not line.endswith("\n"):
            raise BackupProblem("damaged", file=SUMS)
        sums[found[2]] = found[1]
    if MANIFEST not in sums:
        raise BackupProblem("damaged", file=SUMS)
    return sums


def _parsed(text: str) -> Manifest:
    """Read a manifest whose checksum was right: what is wrong with it was written so."""
    found: dict[str, Any] = json.loads(text)
    if found.get("format") != FORMAT:
        raise BackupProblem("unknown_format", version=found.get("version", "?"))
    return Manifest(**found)
