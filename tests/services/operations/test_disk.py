"""Room on the disk: what is full, what is low, and what is tried rather than believed."""

import errno
import os

import pytest

from messaging.checks import check_disk_room
from messaging.services.operations import disk, health_checks
from messaging.services.operations.disk import LEAST_FREE_BYTES, LOW_BYTES, PUSH_BYTES, Room
from messaging.services.operations.health_checks import check_disk, check_spool
from messaging.views.machines.webhook import WEBHOOK_BODY_LIMIT_BYTES

GB = 1024**3


@pytest.mark.parametrize(
    ("room", "is_low", "is_full"),
    [
        pytest.param(Room(100 * GB, 1000 * GB, 9), False, False, id="plenty"),
        pytest.param(Room(100 * GB, 1000 * GB, None), False, False, id="files are not counted"),
        pytest.param(Room(LOW_BYTES - 1, 1000 * GB, 9), True, False, id="low on a large disk"),
        pytest.param(Room(LOW_BYTES - 1, 2 * GB, 9), False, False, id="enough on a small disk"),
        pytest.param(Room(GB // 20, GB, 9), True, False, id="low on a small disk"),
        pytest.param(Room(LEAST_FREE_BYTES - 1, GB, 9), True, True, id="full"),
        pytest.param(Room(0, GB, 9), True, True, id="not a byte"),
        pytest.param(Room(100 * GB, 1000 * GB, 0), True, True, id="no file more"),
    ],
)
def test_room_is_judged_by_bytes_and_files(room, is_low, is_full):
    assert (room.is_low, room.is_full) == (is_low, is_full)


def test_the_longest_push_fits_into_what_is_tried():
    assert PUSH_BYTES > WEBHOOK_BODY_LIMIT_BYTES + 2048  # the envelope's line


@pytest.fixture
def free(monkeypatch):
    """Sets how much room the disk seems to have."""

    def seem(free_bytes: int) -> None:
        monkeypatch.setattr(health_checks, "room_in", lambda _folder: Room(free_bytes, GB, 99))

    return seem


@pytest.mark.parametrize(
    ("free_bytes", "disk_state", "spool_state"),
    [(GB // 2, "ok", "ok"), (GB // 20, "low", "ok"), (0, "full", "full")],
)
def test_a_disk_is_reported_before_it_is_full(free, free_bytes, disk_state, spool_state):
    free(free_bytes)

    assert (check_disk().state, check_spool().state) == (disk_state, spool_state)
    assert [warning.id for warning in check_disk_room(None)] == (
        [] if disk_state == "ok" else [f"didsms.disk_{disk_state}"]
    )


@pytest.mark.parametrize(
    ("number", "state"),
    [(errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EROFS, "not_writable")],
    ids=["full", "quota", "read-only"],
)
def test_a_disk_that_does_not_take_a_push_is_noticed_whatever_it_says(monkeypatch, number, state):
    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(disk.os, "fsync", refuse)

    found = check_spool()

    assert (found.state, found.is_ok, found.decides) == (state, False, True)


def test_as_much_as_a_push_needs_is_written_but_not_for_every_caller(monkeypatch, var_dir):
    synced = []
    monkeypatch.setattr(disk.os, "fsync", lambda fd: synced.append(os.fstat(fd).st_size))

    assert [check_spool().state for _turn in range(3)] == ["ok"] * 3
    assert synced == [PUSH_BYTES]
    assert [path.name for path in (var_dir / "spool").iterdir()] == []


def test_what_failed_is_tried_again_by_the_next_caller(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(disk.os, "fsync", lambda _fd: (_ for _ in ()).throw(OSError(28, "full")))
        assert check_spool().state == "full"

    assert check_spool().state == "ok"
