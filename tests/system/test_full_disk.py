"""A full disk: the service goes on, says so, and recovers by itself."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Web, process_environment, run_manage
from tests.small_disk import fill, small_disk

from .test_receiving import DID, push, stored_ids

pytestmark = pytest.mark.database


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """What VAR_DIR is on; the database is elsewhere."""
    with small_disk(tmp_path / "disk", megabytes=16) as folder:
        yield folder


@pytest.fixture
def web(disk: Path, database, tmp_path: Path) -> Iterator[Web]:
    env = process_environment(var_dir=disk, database_url=database.url, WEB_CONCURRENCY="2")
    code = f"from messaging.models import DidNumber; DidNumber.objects.create(number='{DID}')"
    run_manage("shell", "-v0", "-c", code, env=env)
    with Web(env=env, log=tmp_path / "log") as web:
        yield web.wait()


def status_of(web: Web, path: str, *, data: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(web.url + path, data=data, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def ready(web: Web) -> tuple[int, str]:
    """Return the status of /readyz, and what it says of the spool."""
    try:
        with urllib.request.urlopen(f"{web.url}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)["spool"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["spool"]


def test_nobody_ends_a_process_by_a_request_while_the_disk_is_full(web, disk, database):
    fill(disk)

    for turn in range(40):  # both processes, every kind of count
        assert status_of(web, f"/webhooks/nxcloud/wrong-{turn}/") == 404
        assert status_of(web, "/webhooks/nxcloud/", data=b"unsigned") == 403
        assert status_of(web, "/healthz") == 200
    assert push(web.port, "full-disk-1") == (200, b"success")

    assert stored_ids(database) == {"full-disk-1": 1}
    assert "was sent SIG" not in web.output
    assert web.is_running


def test_a_node_with_a_full_disk_is_not_ready_until_there_is_room_again(web, disk):
    assert ready(web) == (200, "ok")

    filler = fill(disk)
    assert ready(web) == (503, "full")

    filler.unlink()
    assert ready(web) == (200, "ok")


def test_a_push_that_nothing_can_keep_is_answered_so_that_it_comes_again(web, disk, database):
    if not database.is_postgresql:
        pytest.skip("a file cannot be taken away like a server")
    filler = fill(disk)
    database.proxy.become("refuse")

    assert push(web.port, "full-disk-2") == (503, b"error")

    filler.unlink()
    assert push(web.port, "full-disk-2") == (200, b"success")
