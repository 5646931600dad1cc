import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from didsms_site.db.sqlite.write_lock import WriteLock, write_lock
from tests.processes import ROOT, until

HOLD = """
import sys, time
from didsms_site.db.sqlite.write_lock import WriteLock
lock = WriteLock(sys.argv[1])
assert lock.acquire(deadline=time.monotonic() + 5)
print("held", flush=True)
time.sleep(60)
"""

TAKE_TURNS = """
import sys, time
from didsms_site.db.sqlite.write_lock import WriteLock
lock, turns = WriteLock(sys.argv[1]), 0
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + 1
while time.monotonic() < end:
    assert lock.acquire(deadline=time.monotonic() + 5)
    time.sleep(0.002)
    lock.release()
    turns += 1
print(turns)
"""


def in_time(seconds: float = 5) -> float:
    return time.monotonic() + seconds


def python(code: str, database: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(database)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "some.sqlite3"


@pytest.fixture
def lock(database: Path) -> WriteLock:
    return WriteLock(str(database))


@pytest.fixture
def holder(database: Path):
    """Another process that holds the lock until it is killed."""
    with python(HOLD, database) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_threads_get_their_turn_in_the_order_in_which_they_asked(lock: WriteLock):
    served: list[int] = []

    def write(number: int) -> None:
        assert lock.acquire(deadline=in_time())
        served.append(number)
        lock.release()

    assert lock.acquire(deadline=in_time())
    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        until(lambda number=number: len(lock._waiting) == number)
    lock.release()
    for thread in threads:
        thread.join()

    assert served == list(range(20))


def test_waiting_ends_at_the_deadline(lock: WriteLock):
    assert lock.acquire(deadline=in_time())
    started_at = time.monotonic()

    got_it = lock.acquire(deadline=in_time(0.2))

    assert got_it is False
    assert time.monotonic() - started_at >= 0.2


def test_who_gave_up_leaves_no_gap_in_the_queue(lock: WriteLock):
    assert lock.acquire(deadline=in_time())
    assert not lock.acquire(deadline=in_time(0.02))

    lock.release()

    assert lock.acquire(deadline=in_time(0))


def test_another_process_is_waited_for_until_the_deadline(lock: WriteLock, holder):
    started_at = time.monotonic()

    got_it = lock.acquire(deadline=in_time(0.2))

    assert got_it is False
    assert time.monotonic() - started_at >= 0.2


def test_a_killed_process_holds_nothing(lock: WriteLock, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()

    assert lock.acquire(deadline=in_time(1))


def test_a_busy_process_does_not_keep_another_one_out(database: Path):
    both = [python(TAKE_TURNS, database), python(TAKE_TURNS, database)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    turns = [int(process.communicate()[0]) for process in both]

    assert min(turns) > 0.5 * max(turns)


def test_a_forked_child_neither_holds_nor_releases_what_the_parent_holds(database: Path):
    parents = write_lock(str(database))
    assert parents.acquire(deadline=in_time())

    child = os.fork()
    if child == 0:
        own = write_lock(str(database))
        os._exit(0 if own is not parents and not own.acquire(deadline=in_time(0.1)) else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert WriteLock(str(database)).acquire(deadline=in_time(0.1)) is False
    parents.release()
    assert WriteLock(str(database)).acquire(deadline=in_time(0.1)) is True


def test_a_folder_that_cannot_be_written_is_an_error_and_not_a_lock(tmp_path: Path):
    lock = WriteLock(str(tmp_path / "missing" / "some.sqlite3"))

    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            lock.acquire(deadline=in_time(0.1))
