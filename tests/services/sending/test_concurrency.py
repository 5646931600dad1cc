"""What the database's constraints promise when many ask at the same moment."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from messaging.models import CircuitBreakerTrip, Conversation, Message, OptOut, Push
from messaging.reasons import Reason
from messaging.services.errors import ThreadMovedOn, WrongState
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.resend import resend_message
from messaging.services.receiving.receive import Kept, receive_push
from messaging.services.receiving.record import record_push
from messaging.services.sending import circuit_breaker
from messaging.services.sending.claims import claim_due_messages
from tests.factories import (
    NOW,
    inbound_envelope,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def at_once(work, arguments):
    """Call ``work`` with each argument in a thread of its own, all starting together."""
    barrier = threading.Barrier(len(arguments))

    def run(argument):
        barrier.wait()
        try:
            return work(argument)
        except (ThreadMovedOn, WrongState) as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as threads:
        return list(threads.map(run, arguments))


def test_twenty_equal_pushes_at_once_give_one_message_and_twenty_successes():
    make_did()
    envelope = inbound_envelope(message_id="mo-1")

    kept = at_once(lambda _turn: receive_push(envelope=envelope), range(20))

    assert kept == [Kept.DATABASE] * 20
    assert Message.objects.count() == 1
    assert Counter(Push.objects.values_list("outcome", flat=True)) == {
        "applied": 1,
        "duplicate": 19,
    }


def test_twenty_first_texts_of_one_person_make_one_conversation():
    make_did()

    at_once(lambda turn: record_push(envelope=inbound_envelope(message_id=f"mo-{turn}")), range(20))

    assert (Message.objects.count(), Conversation.objects.count()) == (20, 1)
    conversation = Conversation.objects.get()
    assert conversation.last_message_id == Message.objects.latest("id").pk


def test_ten_stops_at_once_are_one_opt_out():
    make_did()

    at_once(
        lambda turn: record_push(envelope=inbound_envelope(message_id=f"m{turn}", content="STOP")),
        range(10),
    )

    assert (OptOut.objects.count(), Message.objects.count()) == (1, 10)


def test_twenty_equal_receipts_are_applied_once():
    message = make_outbound(status="sent", provider_message_id="mt-1")

    at_once(lambda _turn: record_push(envelope=receipt_envelope(message_id="mt-1")), range(20))

    assert Counter(Push.objects.values_list("outcome", flat=True)) == {
        "applied": 1,
        "duplicate": 19,
    }
    assert message.status_changes.filter(status="delivered").count() == 1


def test_ten_receipts_with_unknown_ids_heal_ten_unconfirmed_messages_one_each():
    conversation = make_conversation()
    for turn in range(10):
        make_outbound(conversation, status="unconfirmed", at=NOW - timedelta(minutes=10 - turn))

    at_once(lambda turn: record_push(envelope=receipt_envelope(message_id=f"mt-{turn}")), range(10))

    assert set(Message.objects.values_list("status", flat=True)) == {"delivered"}
    assert Message.objects.values("provider_message_id").distinct().count() == 10


def test_one_client_id_twenty_times_at_once_is_one_message():
    clerk = make_user()
    conversation = make_conversation()

    results = at_once(
        lambda _turn: queue_message(
            NewMessage(content="Hi", client_id="c-1"), conversation=conversation, user=clerk, at=NOW
        )[1],
        range(20),
    )

    assert (results.count(True), Message.objects.count()) == (1, 1)


def test_two_colleagues_who_answer_at_once_send_one_answer():
    seen = make_inbound()
    clerks = [make_user() for _turn in range(6)]

    results = at_once(
        lambda clerk: queue_message(
            NewMessage(content="Yes", last_seen_id=seen.pk),
            conversation=seen.conversation,
            user=clerk,
            at=NOW,
        )[1],
        clerks,
    )

    assert Counter(results) == {True: 1, "ThreadMovedOn": 5}
    assert Message.objects.outbound().count() == 1


def test_send_again_pressed_by_six_at_once_sends_once():
    message = make_outbound(status="failed")
    clerks = [make_user() for _turn in range(6)]

    results = at_once(lambda clerk: resend_message(message=message, user=clerk, at=NOW)[1], clerks)

    assert (results.count(True), message.resends.count()) == (1, 1)


def test_eight_workers_claim_every_message_once_and_in_order():
    numbers = [
        make_did(f"44770090012{turn}", label=str(turn), max_per_second=1000) for turn in range(4)
    ]
    for number in numbers:
        for turn in range(5):
            make_outbound(make_conversation(number, phone=f"3460000000{turn}"), f"{turn}")
    claimed = []

    def work(name):
        for turn in range(40):
            at = NOW + timedelta(seconds=turn)
            claimed.extend(c.message_id for c in claim_due_messages(worker=name, limit=8, at=at))

    at_once(work, [f"w{turn}" for turn in range(8)])

    assert sorted(claimed) == sorted(Message.objects.values_list("pk", flat=True))
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}


def test_eight_workers_that_meet_a_problem_at_once_make_one_pause():
    at_once(
        lambda turn: (
            circuit_breaker.open_breaker(reason=Reason(f"c{turn}"), message=None, at=NOW).pk
        ),
        range(8),
    )

    assert CircuitBreakerTrip.objects.count() == 1


def test_one_worker_gets_the_probe():
    trip = circuit_breaker.open_breaker(reason=Reason("c"), message=None, at=NOW)
    later = NOW + timedelta(minutes=2)

    results = at_once(lambda _turn: circuit_breaker.claim_probe(trip=trip, at=later), range(8))

    assert results.count(True) == 1
