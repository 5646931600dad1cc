"""Threads that write at the same time share a commit, and nothing else: no error, no loss."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, OperationalError, connection, transaction

from didsms_site.db.sqlite.base import DatabaseWrapper
from didsms_site.db.sqlite.deadline import write_deadline
from didsms_site.db.sqlite.shared_commit import _group_of, share_commit
from tests.processes import until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about the SQLite backend"),
]


@pytest.fixture
def commits(monkeypatch):
    """How often anybody committed."""
    count = []
    commit = DatabaseWrapper._commit

    def counted(self):
        count.append(threading.get_ident())
        commit(self)

    monkeypatch.setattr(DatabaseWrapper, "_commit", counted)
    return count


@contextmanager
def all_waiting(pieces: list[Callable[[], object]], *, deadline_seconds: float = 20):
    """Let each piece be written by a thread of its own, all of them before the first can begin."""

    def run(piece):
        try:
            with write_deadline(deadline_seconds):
                return share_commit(piece)
        finally:
            connection.close()

    results: list[Future] = []
    with ThreadPoolExecutor(len(pieces)) as threads, transaction.atomic():
        group = _group_of(str(connection.settings_dict["NAME"]))
        for count, piece in enumerate(pieces, start=1):
            results.append(threads.submit(run, piece))
            until(lambda count=count: len(group._waiting) == count)
        yield results


def make(name: str) -> Callable[[], int]:
    return lambda: Group.objects.create(name=name).pk


def names() -> list[str]:
    return list(Group.objects.order_by("name").values_list("name", flat=True))


def test_writers_that_wait_together_are_committed_together(commits):
    with all_waiting([make(name) for name in "abcde"]) as results:
        commits.clear()

    ids = [result.result() for result in results]
    assert [Group.objects.get(pk=pk).name for pk in ids] == list("abcde")
    assert len(commits) == 2  # that of the test, which they waited for, and theirs


def test_an_error_undoes_only_the_piece_it_belongs_to():
    def write_and_fail():
        Group.objects.create(name="half")
        raise ValueError("no")

    Group.objects.create(name="taken")
    with all_waiting([make("a"), make("taken"), write_and_fail, make("b")]) as results:
        pass

    errors = [type(result.exception()) for result in results]
    assert errors == [type(None), IntegrityError, ValueError, type(None)]
    assert names() == ["a", "b", "taken"]


def test_when_the_transaction_is_lost_nobody_is_told_that_it_was_kept():
    def lose_everything():
        connection.connection.execute("ROLLBACK")  # what SQLite does itself when the disk is full
        raise OperationalError("database or disk is full")

    with all_waiting([make("a"), lose_everything, make("b")]) as results:
        pass

    assert {type(result.exception()) for result in results} == {OperationalError}
    assert names() == []


def test_when_the_commit_fails_nobody_is_told_that_it_was_kept():
    def break_a_reference():
        connection.connection.execute(
            "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (77, 77)"
        )

    with all_waiting([make("a"), break_a_reference, make("b")]) as results:
        pass

    assert {type(result.exception()) for result in results} == {OperationalError}
    assert names() == []


def test_a_writer_that_waited_too_long_goes_and_the_others_are_written():
    with all_waiting([make("a"), make("b"), make("c")], deadline_seconds=0.2) as results:
        for result in results:
            assert isinstance(result.exception(timeout=5), OperationalError)

    assert names() == []
    assert share_commit(make("later"))


def test_a_leader_who_waited_too_long_leaves_the_lead_to_the_next():
    def write_in_time(piece, seconds):
        try:
            with write_deadline(seconds):
                return share_commit(piece)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        with transaction.atomic():
            group = _group_of(str(connection.settings_dict["NAME"]))
            first = threads.submit(write_in_time, make("a"), 1)
            until(lambda: len(group._waiting) == 1, what="the first waits for the lock")
            second = threads.submit(write_in_time, make("b"), 20)
            assert isinstance(first.exception(timeout=5), OperationalError)
        assert second.result(timeout=5)

    assert names() == ["b"]


def test_within_a_transaction_a_piece_belongs_to_it():
    with transaction.atomic():
        share_commit(make("a"))
        transaction.set_rollback(True)

    assert names() == []
