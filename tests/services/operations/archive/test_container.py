"""An archive appears whole or not at all, and what was changed in it is noticed."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from messaging.services.operations.archive import container
from messaging.services.operations.archive.container import PARTIAL, new_archive, open_archive
from messaging.services.operations.archive.problems import ArchiveProblem
from tests.factories import NOW

FILES = {"data/a.jsonl": [b'{"id":1}\n', b'{"id":2}\n'], "view/b.html": ["<p>é😀</p>".encode()]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing else in it."""
    path = tmp_path / "archives"
    path.mkdir()
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.zip"
    with new_archive(path, made_at=NOW) as archive:
        for name, pieces in FILES.items():
            archive.add(name, pieces)
        archive.finish({"product": "didsms"})
    return path


def whole(path: Path) -> dict[str, bytes]:
    """Return what an archive holds that passes for whole."""
    with open_archive(path) as archive:
        archive.verify()
        names = archive.manifest["files"]
        return {name: b"".join(archive.lines(name)) for name in names}


def test_what_was_written_is_read(small):
    assert whole(small) == {name: b"".join(pieces) for name, pieces in FILES.items()}
    assert small.stat().st_mode & 0o777 == 0o600


def test_an_archive_that_was_cut_off_is_refused_wherever_it_was(small):
    raw = small.read_bytes()

    for length in range(0, len(raw), 7):
        small.write_bytes(raw[:length])
        with pytest.raises(ArchiveProblem):
            whole(small)


def test_a_changed_byte_is_refused_or_changes_nothing(small):
    raw, held = small.read_bytes(), whole(small)
    refused = 0

    for place in range(0, len(raw), 3):
        small.write_bytes(raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :])
        try:
            assert whole(small) == held
        except ArchiveProblem:
            refused += 1

    # The others are times and rights, which nobody reads.
    assert refused > len(raw) / 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files.pop("data/a.jsonl"), "data/a.jsonl is missing"),
        (lambda files: files.update({"data/c.jsonl": b"{}"}), "does not belong to it"),
        (lambda files: files.update({"data/a.jsonl": b'{"id":3}\n'}), "is damaged"),
        (lambda files: files.pop("manifest.json"), "no manifest"),
        (lambda files: files.update({"manifest.json": b"[]"}), "isn’t an archive of didsms"),
        (lambda files: files.update({"manifest.json": b"\xff{"}), "is damaged"),
    ],
)
def test_other_files_than_the_manifest_says_are_refused(small, change, words):
    with zipfile.ZipFile(small) as old:
        files = {name: old.read(name) for name in old.namelist()}
    change(files)
    with zipfile.ZipFile(small, "w") as new:
        for name, raw in files.items():
            new.writestr(name, raw)

    with pytest.raises(ArchiveProblem, match=words):
        whole(small)


@pytest.mark.parametrize("raw", [b"", b"no zip", b"PK\5\6" + bytes(18)], ids=["empty", "text", "0"])
def test_something_else_is_refused(tmp_path, raw):
    (tmp_path / "x").write_bytes(raw)

    with pytest.raises(ArchiveProblem, match="isn’t an archive"):
        whole(tmp_path / "x")


def test_what_is_not_there_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(ArchiveProblem, match="can’t be used"):
            whole(path)


def test_nothing_is_overwritten(small):
    before = small.read_bytes()

    with pytest.raises(ArchiveProblem, match="already exists"), new_archive(small, made_at=NOW):
        pass

    assert small.read_bytes() == before


def test_a_full_disk_leaves_nothing(folder, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(container.os, "fsync", full)

    with (
        pytest.raises(ArchiveProblem, match="enough room"),
        new_archive(folder / "a.zip", made_at=NOW) as archive,
    ):
        archive.finish({})

    assert list(folder.iterdir()) == []


KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from messaging.services.operations.archive.container import new_archive
with new_archive(Path(sys.argv[1]), made_at=datetime.now()) as archive:
    archive.add("a", [b"half"])
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_who_is_killed_leaves_no_half_file_and_the_next_clears_up(folder):
    path = folder / "a.zip"
    maker = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert maker.stdout is not None
    assert maker.stdout.readline() == b"begun\n"
    maker.send_signal(signal.SIGKILL)
    maker.communicate()
    (left,) = folder.iterdir()
    assert (PARTIAL in left.name, path.exists()) == (True, False)

    with new_archive(path, made_at=NOW) as archive:
        archive.finish({"product": "didsms"})

    assert [entry.name for entry in folder.iterdir()] == ["a.zip"]
    assert json.loads(zipfile.ZipFile(path).read("manifest.json"))["files"] == {}


def test_one_that_is_being_made_is_not_cleared_up(folder):
    with new_archive(folder / "a.zip", made_at=NOW) as archive:
        with new_archive(folder / "a.zip.zip", made_at=NOW) as other:
            other.finish({})
        container._remove_abandoned(folder / "a.zip")
        archive.finish({})

    assert {path.name for path in folder.iterdir()} == {"a.zip", "a.zip.zip"}
