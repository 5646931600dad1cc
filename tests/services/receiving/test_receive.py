"""An authentic push is made durable, whatever the database and the disk do."""

import os

import pytest
from django.db import OperationalError, ProgrammingError

from messaging.models import Message, Push
from messaging.services.errors import CannotKeepPush
from messaging.services.pushes import spool
from messaging.services.receiving import receive
from messaging.services.receiving.receive import Kept, receive_push
from messaging.services.receiving.record import record_push
from tests.factories import inbound_envelope, make_did

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def bypass_is_off():
    receive.bypass.reset()
    yield
    receive.bypass.reset()


def test_a_push_goes_to_the_spool_while_the_database_is_away(monkeypatch):
    def away(**_arguments):
        raise OperationalError("gone")

    monkeypatch.setattr(receive, "record_push", away)

    assert receive_push(envelope=inbound_envelope()) == Kept.SPOOL
    assert len(spool.waiting_files()) == 1


def test_after_a_database_failure_the_next_pushes_go_straight_to_the_spool(monkeypatch):
    calls = []

    def away(**_arguments):
        calls.append(1)
        raise OperationalError("gone")

    monkeypatch.setattr(receive, "record_push", away)

    for _turn in range(3):
        receive_push(envelope=inbound_envelope())

    assert (len(calls), len(spool.waiting_files())) == (1, 3)


def test_draining_records_every_spooled_push_once_and_empties_the_folder():
    make_did()
    for name in ("mo-1", "mo-2"):
        spool.spool_push(inbound_envelope(message_id=name))

    count = receive.drain()

    assert (count.recorded, count.set_aside, count.left) == (2, 0, 0)
    assert spool.waiting_files() == []
    assert Message.objects.count() == 2


def test_a_file_that_was_recorded_before_the_crash_is_not_recorded_again():
    make_did()
    path = spool.spool_push(inbound_envelope(message_id="mo-1"))
    copy = path.read_bytes()
    receive.drain()
    path.write_bytes(copy)

    receive.drain()

    assert Push.objects.count() == 1
    assert spool.waiting_files() == []


def test_a_spoiled_file_is_set_aside_and_does_not_block_the_rest(var_dir):
    make_did()
    first = spool.spool_push(inbound_envelope(message_id="mo-1"))
    spool.spool_push(inbound_envelope(message_id="mo-2"))
    first.write_bytes(first.read_bytes()[:-3])

    count = receive.drain()

    assert (count.recorded, count.set_aside) == (1, 1)
    assert [path.name for path in (var_dir / "spool" / "spoiled").iterdir()] == [first.name]


def test_draining_stops_while_the_database_is_away_and_loses_nothing():
    spool.spool_push(inbound_envelope())
    spool.spool_push(inbound_envelope())

    def away(**_arguments):
        raise OperationalError("gone")

    count = spool.drain_spool(record=away)

    assert (count.recorded, count.left, len(spool.waiting_files())) == (0, 2, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, ProgrammingError])
def test_a_file_that_fails_though_the_database_answers_lets_the_others_pass(error, caplog):
    make_did()
    poison = spool.spool_push(inbound_envelope(message_id="mo-1"))
    spool.spool_push(inbound_envelope(message_id="mo-2"))

    def record(*, envelope, spool_name):
        if spool_name == poison.name:
            raise error("of its own")
        record_push(envelope=envelope, spool_name=spool_name)

    first = spool.drain_spool(record=record)
    spool.spool_push(inbound_envelope(message_id="mo-3"))
    second = spool.drain_spool(record=record, limit=1)

    assert (first.recorded, first.left) == (1, 1)
    assert (second.recorded, second.left) == (1, 0)  # it waits behind the others
    assert spool.waiting_files() == [poison]
    assert len([line for line in caplog.messages if poison.name in line]) == 1


@pytest.mark.django_db(transaction=True)
def test_no_more_than_a_few_files_may_fail_in_one_turn():
    for _file in range(5):
        spool.spool_push(inbound_envelope())
    tried = []

    def record(*, envelope, spool_name):
        tried.append(spool_name)
        raise OperationalError("database is locked")

    count = spool.drain_spool(record=record)

    assert (len(tried), count.left, len(spool.waiting_files())) == (3, 5, 5)


def test_neither_database_nor_spool_means_that_the_provider_must_repeat_it(monkeypatch):
    def away(**_arguments):
        raise OperationalError("gone")

    def full(_envelope):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(receive, "record_push", away)
    monkeypatch.setattr(receive, "spool_push", full)

    with pytest.raises(CannotKeepPush):
        receive_push(envelope=inbound_envelope())


def test_a_spool_entry_that_cannot_be_read_does_not_block_the_rest(var_dir):
    make_did()
    (spool.spool_folder() / "0.push").mkdir()
    spool.spool_push(inbound_envelope(message_id="mo-1"))

    count = receive.drain()

    assert (count.recorded, Message.objects.count()) == (1, 1)


def test_what_a_crash_left_in_the_spool_is_removed_after_a_while():
    old, young = (spool.spool_folder() / f"{name}.push.tmp" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half a push")
    os.utime(old, (0, 0))

    receive.drain()

    assert [path.exists() for path in (old, young)] == [False, True]
