"""Whatever is damaged or missing in a backup is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from messaging.services.operations.backup.manifest import (
    FORMAT,
    Manifest,
    key_check,
    read_verified,
    write_manifest,
)
from messaging.services.operations.backup.problems import BackupProblem

FILES = ("database.dump", "var.tar", "manifest.json", "SHA256SUMS")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A backup of two small files."""
    folder = tmp_path / "backup"
    folder.mkdir()
    (folder / "database.dump").write_bytes(b"rows")
    (folder / "var.tar").write_bytes(b"files")
    write_manifest(folder, manifest())
    return folder


def manifest(**changes) -> Manifest:
    facts = {
        "version": "0.1.0", "made_at": "2026-11-30T09:00:00+00:00", "engine": "postgresql",
        "engine_version": "15", "schema": "public", "database": "database.dump",
        "migrations": [["messaging", "0001"]], "rows": {"t": 1}, "spool_files": 0, "secrets": [],
        "key_check": "0",
    }  # fmt: skip
    return Manifest(**{**facts, **changes})


def test_what_was_written_is_read(folder):
    assert read_verified(folder) == manifest()


@pytest.mark.parametrize("name", FILES)
def test_any_changed_byte_is_found(folder, name):
    path = folder / name
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BackupProblem, check=lambda p: p.code in {"damaged", "missing"}):
            read_verified(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_shorter_longer_or_missing_file_is_found(folder, name):
    path = folder / name
    whole = path.read_bytes()
    for data in (whole[:-1], b"", whole + b"\n"):
        path.write_bytes(data)
        with pytest.raises(BackupProblem, check=lambda p: p.code in {"damaged", "missing"}):
            read_verified(folder)
    path.unlink()
    with pytest.raises(BackupProblem, check=lambda p: p.code == "missing"):
        read_verified(folder)


@pytest.mark.parametrize("kind", ["nothing", "file", "folder"])
def test_what_is_no_backup_is_named(tmp_path, kind):
    path = tmp_path / "x"
    if kind == "file":
        path.write_text("x", "utf-8")
    elif kind == "folder":
        path.mkdir()

    with pytest.raises(BackupProblem, check=lambda p: p.code == "no_backup"):
        read_verified(path)


def test_a_backup_of_a_later_format_is_not_guessed(folder):
    write_manifest(folder, manifest(format=FORMAT + 1))

    with pytest.raises(BackupProblem, check=lambda p: p.code == "unknown_format"):
        read_verified(folder)


def test_another_secret_key_is_noticed(settings):
    mine = key_check()
    settings.SECRET_KEY = f"{settings.SECRET_KEY}x"

    assert key_check() != mine
    assert settings.SECRET_KEY not in mine
