"""A backup gets its name when it is whole; the oldest make room."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from messaging.services.operations.backup.folder import (
    LOCK,
    PARTIAL,
    backups_in,
    chosen,
    keep_newest,
    new_folder,
    place_of,
)
from messaging.services.operations.backup.manifest import SUMS
from messaging.services.operations.backup.problems import BackupProblem

AT = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


def make(folder: Path, *, at: datetime = AT) -> Path:
    place = place_of(folder, at=at, is_folder=True)
    with new_folder(place) as partial:
        (partial / SUMS).write_text("x", "ascii")
    return place


def test_it_has_no_name_before_it_is_whole(tmp_path):
    place = tmp_path / "b"
    with new_folder(place) as partial:
        (partial / SUMS).write_text("x", "ascii")
        assert not place.exists()

    assert [path.name for path in place.iterdir()] == [SUMS]
    assert not partial.exists()


def test_nothing_is_left_of_one_that_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "b"):
        raise ZeroDivisionError

    assert list(tmp_path.glob("b*")) == []


def test_what_a_killed_process_left_goes_and_what_another_makes_stays(tmp_path):
    dead, alive = (tmp_path / f"{name}{PARTIAL}0" for name in ("dead", "alive"))
    for folder in (dead, alive):
        folder.mkdir()
        (folder / LOCK).touch()
    with (alive / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(tmp_path)

    assert (dead.exists(), alive.exists()) == (False, True)


def test_a_path_that_is_taken_stays_as_it_is(tmp_path):
    (tmp_path / "file").write_text("mine", "utf-8")

    with pytest.raises(BackupProblem, check=lambda p: p.code == "exists"):
        place_of(tmp_path / "file", at=AT)


def test_a_folder_that_is_there_gets_a_dated_backup(tmp_path):
    assert place_of(tmp_path, at=AT) == tmp_path / "didsms-20261130T030000Z"
    assert place_of(tmp_path / "new", at=AT) == tmp_path / "new"
    assert place_of(tmp_path / "new", at=AT, is_folder=True).parent == tmp_path / "new"


def test_the_newest_stay_and_what_others_put_there_too(tmp_path):
    made = [make(tmp_path, at=AT + timedelta(days=day)) for day in range(4)]
    (tmp_path / "didsms-notes").mkdir()
    (tmp_path / "other").mkdir()
    unfinished = tmp_path / "didsms-20991231T000000Z"
    unfinished.mkdir()

    removed = keep_newest(tmp_path, count=2)

    assert removed == [made[1], made[0]]
    assert backups_in(tmp_path) == [made[3], made[2]]
    assert unfinished.exists()
    assert (tmp_path / "didsms-notes").exists()


def test_a_folder_of_backups_stands_for_its_newest(tmp_path):
    make(tmp_path)
    newest = make(tmp_path, at=AT + timedelta(days=1))

    assert chosen(tmp_path) == chosen(newest) == newest
    assert chosen(tmp_path / "nothing") == tmp_path / "nothing"
