"""A thread that each process starts for itself."""

import gc
import os
import threading
import weakref
from collections.abc import Iterator

import pytest

from messaging.process_thread import ProcessThread

WAIT_SECONDS = 20


class Work:
    """What a thread does until it is told to end, with a record of its starts."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.may_end = threading.Event()
        self.thread = ProcessThread(
            self.run, name="test-work", before_start=lambda: self.events.append("before")
        )

    def run(self) -> None:
        self.events.append("run")
        self.may_end.wait(WAIT_SECONDS)

    def end(self) -> None:
        self.may_end.set()
        thread = self.thread.let_go()
        if thread is not None:
            thread.join(WAIT_SECONDS)


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.end()


def in_a_child(do) -> bool:
    """Fork, and return whether what is done there is true."""
    pid = os.fork()
    if pid == 0:
        answer = False
        try:
            answer = bool(do())
        finally:
            os._exit(0 if answer else 1)
    _pid, status = os.waitpid(pid, 0)
    return status == 0


def test_nothing_runs_before_it_is_needed(work: Work):
    assert work.events == []
    assert not work.thread.is_started


def test_it_is_started_once_however_often_it_is_asked_for(work: Work):
    callers = [threading.Thread(target=work.thread.start_if_needed) for _each in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(WAIT_SECONDS)

    assert work.thread.is_started
    work.end()
    assert work.events == ["before", "run"]


def test_it_is_a_daemon_that_bears_its_name(work: Work):
    work.thread.start_if_needed()

    thread = work.thread.let_go()

    assert thread is not None
    assert (thread.name, thread.daemon) == ("test-work", True)
    work.may_end.set()
    thread.join(WAIT_SECONDS)


def test_one_that_has_ended_is_not_started_again(work: Work):
    work.may_end.set()
    work.thread.start_if_needed()
    for thread in threading.enumerate():
        if thread.name == "test-work":
            thread.join(WAIT_SECONDS)

    work.thread.start_if_needed()

    assert work.events == ["before", "run"]


def test_one_that_was_let_go_is_the_caller_s_and_another_is_started(work: Work):
    work.thread.start_if_needed()

    first = work.thread.let_go()
    is_started = work.thread.is_started
    work.thread.start_if_needed()

    assert first is not None
    assert first.is_alive()
    assert not is_started
    assert work.thread.is_started
    work.may_end.set()
    first.join(WAIT_SECONDS)


def test_nothing_is_let_go_before_the_start_or_twice(work: Work):
    assert work.thread.let_go() is None
    work.thread.start_if_needed()
    work.end()
    assert work.thread.let_go() is None


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_child_process_starts_its_own(work: Work):
    work.thread.start_if_needed()

    def in_child() -> bool:
        is_without = not work.thread.is_started
        work.events.clear()
        work.thread.start_if_needed()
        return is_without and work.thread.is_started and work.events[0] == "before"

    assert in_a_child(in_child)
    assert work.thread.is_started  # the parent's goes on


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_child_does_not_wait_for_a_lock_that_the_parent_held():
    is_inside, may_go_on, parent = threading.Event(), threading.Event(), os.getpid()

    def before_start() -> None:
        if os.getpid() == parent:
            is_inside.set()
            may_go_on.wait(WAIT_SECONDS)

    thread = ProcessThread(lambda: None, name="test-slow", before_start=before_start)
    caller = threading.Thread(target=thread.start_if_needed)
    caller.start()
    assert is_inside.wait(WAIT_SECONDS)

    def in_child() -> bool:
        starter = threading.Thread(target=thread.start_if_needed, daemon=True)
        starter.start()
        starter.join(WAIT_SECONDS)
        return not starter.is_alive()

    try:
        assert in_a_child(in_child)
    finally:
        may_go_on.set()
        caller.join(WAIT_SECONDS)


def test_one_that_nobody_holds_is_not_kept():
    thread = ProcessThread(lambda: None, name="test-unused")
    reference = weakref.ref(thread)

    del thread
    gc.collect()

    assert reference() is None
