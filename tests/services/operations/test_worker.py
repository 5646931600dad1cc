"""One turn of the worker: what it does beside sending, and that nothing of it can stop the rest."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from messaging.models import Message, StaffSettings, WorkerSighting
from messaging.nxcloud.client import Accepted
from messaging.services.operations import worker as worker_module
from messaging.services.operations.worker import OutboxWorker
from messaging.services.pushes import spool
from tests.factories import inbound_envelope, make_did, make_inbound, make_outbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


class Client:
    """Accepts everything."""

    last_clock_offset_seconds = 0.5

    def send_sms(self, *, sender, phone, content, is_in_time):
        return Accepted(message_id=f"mt-{content}", http_status=200)


@pytest.fixture
def worker():
    worker = OutboxWorker(client=Client(), concurrency=2, name="w1")
    yield worker
    worker._finish()


def turn(worker):
    """One look at what is due, the slow part included."""
    worker._keep_house()
    with worker._slow:  # held while the slow part works
        pass


def run_until(worker, is_true):
    """Let a worker work in a thread of its own until something has come about."""

    def run():
        try:
            worker.run()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(is_true)
    finally:
        worker.stop()
        thread.join()


def status_of(message):
    return Message.objects.values_list("status", "provider_message_id").get(pk=message.pk)


def test_it_sends_what_is_due_and_writes_what_became_of_it(worker):
    message = make_outbound(at=timezone.now())

    run_until(worker, lambda: status_of(message) == ("sent", "mt-Hello"))


def test_what_is_due_later_is_released_and_sent(worker):
    soon = timezone.now() + timedelta(seconds=1)
    message = make_outbound(
        at=timezone.now(), status="scheduled", send_at=soon, not_before=soon, queued_at=None
    )

    run_until(worker, lambda: status_of(message) == ("sent", "mt-Hello"))


def test_a_worker_that_is_stopped_finishes_what_is_under_way_and_claims_nothing_more(worker):
    first, second = (make_outbound(content=text, at=timezone.now()) for text in ("one", "two"))
    is_sending, may_answer = threading.Event(), threading.Event()

    def send_sms(**arguments):
        is_sending.set()
        may_answer.wait()
        return Client.send_sms(worker._client, **arguments)

    worker._client.send_sms = send_sms

    def stop():
        if is_sending.is_set():
            worker.stop()
            may_answer.set()
        return may_answer.is_set()

    run_until(worker, stop)

    assert (status_of(first), status_of(second)) == (("sent", "mt-one"), ("queued", None))
    assert not WorkerSighting.objects.exists()


def test_a_sender_never_touches_the_database(worker):
    message = make_outbound(at=timezone.now())
    used = []

    def send_sms(**arguments):
        used.append(connection.connection)
        return Client.send_sms(worker._client, **arguments)

    worker._client.send_sms = send_sms
    send = worker._send

    def watched(claim):
        send(claim)
        used.append(connection.connection)

    worker._send = watched

    run_until(worker, lambda: status_of(message)[0] == "sent")

    assert used == [None, None]


def test_a_turn_drains_the_spool_and_says_that_the_worker_is_there(worker):
    make_did()
    spool.spool_push(inbound_envelope(at=timezone.now()))

    turn(worker)

    assert Message.objects.inbound().count() == 1
    seen = WorkerSighting.objects.get()
    assert (seen.name, seen.clock_offset_seconds) == ("w1", 0.5)


def test_a_turn_mails_the_user_who_asked_about_what_waits(worker, mailoutbox):
    clerk = make_user(email="clerk@example.com")
    StaffSettings.objects.create(user=clerk, email_after_minutes=10)
    make_inbound(make_did(members=(clerk,)), at=timezone.now() - timedelta(minutes=11))

    turn(worker)
    turn(worker)

    assert [mail.to for mail in mailoutbox] == [["clerk@example.com"]]


QUICK = (
    "release_due_messages",
    "recover_lost_claims",
    "block_expired_messages",
    "wake_snoozed",
    "rematch_orphans",
    "index_waiting",
)
SLOW = (
    "move_watermarks",
    "mail_about_trip",
    "watch_quarantine",
    "email_what_waits",
    "forget_old_attempts",
)


@pytest.mark.nightly_on_postgresql
@pytest.mark.parametrize("error", [ZeroDivisionError, OperationalError])
@pytest.mark.parametrize("broken", [*QUICK, *SLOW])
def test_a_task_that_fails_keeps_no_other_from_its_turn(worker, monkeypatch, broken, error):
    done = []

    def record(name):
        def task(**_arguments):
            done.append(name)
            if name == broken:
                raise error
            return []

        return task

    for name in (*QUICK, *SLOW):
        monkeypatch.setattr(worker_module, name, record(name))

    turn(worker)

    assert set(done) == {*QUICK, *SLOW}


def test_a_task_that_fails_again_and_again_is_not_tried_at_every_turn(worker, monkeypatch):
    calls = []

    def broken(**_arguments):
        calls.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(worker_module, "release_due_messages", broken)

    turn(worker)
    turn(worker)

    assert len(calls) == 1


def test_a_mail_server_that_fails_does_not_stop_sending(worker, monkeypatch):
    def broken(**_arguments):
        raise OSError("no mail server")

    monkeypatch.setattr("messaging.services.operations.worker.email_what_waits", broken)
    message = make_outbound(at=timezone.now())

    run_until(worker, lambda: status_of(message)[0] == "sent")


def test_a_mail_server_that_hangs_does_not_stop_sending(worker, monkeypatch):
    goes_on = threading.Event()
    monkeypatch.setattr(
        "messaging.services.operations.worker.email_what_waits", lambda **_arguments: goes_on.wait()
    )
    message = make_outbound(at=timezone.now())

    def is_sent():
        if status_of(message)[0] == "sent":
            goes_on.set()
        return goes_on.is_set()

    run_until(worker, is_sent)


def test_quarantined_pushes_are_mailed_to_the_administrators_once_by_three_workers(mailoutbox):
    from messaging.services.receiving.record import record_push

    make_user(is_staff=True, email="boss@example.com")
    record_push(envelope=inbound_envelope(did="447700900999", at=timezone.now()))

    for name in ("w1", "w2", "w3"):
        worker = OutboxWorker(client=Client(), concurrency=2, name=name)
        turn(worker)
        worker._finish()

    assert [mail.to for mail in mailoutbox] == [["boss@example.com"]]
