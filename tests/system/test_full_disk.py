"""A full disk: the service goes on, says so, and recovers by itself."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Web, process_environment, until
from tests.small_disk import fill, small_disk

from .test_receiving import add_number, push, stored_ids

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What VAR_DIR is on; the database is elsewhere."""
    with small_disk(tmp_path_factory.mktemp("small") / "disk", megabytes=16) as folder:
        yield folder


@pytest.fixture
def filler(disk: Path) -> Iterator[Path]:
    """A file that leaves no room, until it is deleted."""
    path = fill(disk)
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def web(disk: Path, shared_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    add_number(shared_database)
    env = process_environment(var_dir=disk, database_url=shared_database.url, WEB_CONCURRENCY="2")
    with Web(env=env, log=tmp_path_factory.mktemp("log") / "log") as web:
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


def test_nobody_ends_a_process_by_a_request_while_the_disk_is_full(web, shared_database, filler):
    for turn in range(40):  # both processes, every kind of count
        assert status_of(web, f"/webhooks/nxcloud/wrong-{turn}/") == 404
        assert status_of(web, "/webhooks/nxcloud/", data=b"unsigned") == 403
        assert status_of(web, "/healthz") == 200
    # On a busy machine the database may take longer than a push waits; NXCloud repeats it then.
    until(lambda: push(web.port, "full-disk-1") == (200, b"success"))

    assert stored_ids(shared_database)["full-disk-1"] == 1
    assert "was sent SIG" not in web.output
    assert web.is_running


def test_a_node_with_a_full_disk_is_not_ready_until_there_is_room_again(web, filler):
    assert ready(web) == (503, "full")

    filler.unlink()
    assert ready(web) == (200, "ok")


def test_a_push_that_nothing_can_keep_is_answered_so_that_it_comes_again(
    web, shared_database, filler
):
    if not shared_database.is_postgresql:
        pytest.skip("a file cannot be taken away like a server")
    shared_database.proxy.become("refuse")

    assert push(web.port, "full-disk-2") == (503, b"error")

    filler.unlink()
    assert push(web.port, "full-disk-2") == (200, b"success")
    shared_database.proxy.become("open")
    until(lambda: stored_ids(shared_database)["full-disk-2"] == 1, what="the spool is drained")
