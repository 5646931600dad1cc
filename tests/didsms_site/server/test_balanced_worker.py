"""Connections are spread evenly over the processes, also after one of them has been killed."""

import os
import signal
from collections import Counter
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from didsms_site.server.balanced_worker import FREE, LoadTable
from tests.processes import Web, process_environment, until


def test_a_process_knows_what_its_siblings_have():
    load_table = LoadTable()
    first, second, third = (load_table.take_slot() for _turn in range(3))

    load_table.write(first, 5)
    load_table.write(second, 2)
    load_table.write(third, 7)

    assert [load_table.fewest_of_others(slot) for slot in (first, second, third)] == [2, 5, 2]


def test_a_process_that_has_ended_counts_no_more_and_leaves_its_slot():
    load_table = LoadTable()
    first, second = load_table.take_slot(), load_table.take_slot()
    load_table.write(second, 0)
    assert load_table.fewest_of_others(first) == 0

    load_table.write(second, FREE)

    assert load_table.fewest_of_others(first) is None
    assert load_table.take_slot() == second
    assert load_table.fewest_of_others(first) is None  # the new one has yet to start


@pytest.fixture
def web(tmp_path):
    env = process_environment(var_dir=tmp_path, WEB_CONCURRENCY="2")
    with Web(env=env, log=tmp_path / "web.log") as web:
        yield web.wait()


def workers(web) -> list[int]:
    found = Path(f"/proc/{web.process.pid}/task/{web.process.pid}/children").read_text("ascii")
    return [int(pid) for pid in found.split()]


def established(web) -> Counter[int]:
    """How many connections each worker has."""
    port = f"{web.port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(port) and row[3] == "01"}
    found: Counter[int] = Counter()
    for pid in workers(web):
        links = []
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                links.append(str(entry.readlink()))
            except FileNotFoundError:  # closed in the meantime
                continue
        found[pid] = sum(link in sockets for link in links)
    return found


def connect(web, kept: ExitStack) -> bool:
    """Open a connection that has had its first answer, and stays open."""
    connection = HTTPConnection("127.0.0.1", web.port, timeout=10)
    kept.callback(connection.close)
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    return answer.status == 200 and answer.read() != b""


@pytest.mark.nightly
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="counts sockets in Linux's /proc")
def test_connections_are_spread_evenly_and_again_after_a_kill(web):
    with ExitStack() as kept:
        until(lambda: len(workers(web)) == 2)
        connect(web, kept)
        until(lambda: all_take_part(web), what="both take connections")
        until_spread_evenly(web, kept)

        killed = workers(web)[0]
        os.kill(killed, signal.SIGKILL)
        connect(web, kept)  # nobody waits for a dead one
        until(lambda: len(set(workers(web)) - {killed}) == 2, what="a new worker")
        until(lambda: all_take_part(web), what="it takes part")
        until_spread_evenly(web, kept)


def all_take_part(web) -> bool:
    """Return whether a new connection goes to the worker that has none.

    A worker is a process for a while before it can take anything.
    """
    with ExitStack() as brief:
        return connect(web, brief) and min(established(web).values()) > 0


def until_spread_evenly(web, kept: ExitStack) -> None:
    """Connect until both have about as many.

    Each connection goes to the process with fewer; a busy machine can outlast that patience, so
    there may be more of them than the difference asks for.
    """
    until(
        lambda: (
            connect(web, kept) and min(established(web).values()) >= established(web).total() * 0.45
        ),
        what="both have as many",
    )
    assert established(web).total() < 200
