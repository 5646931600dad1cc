"""The fast path leaves exactly the rows of the long way, or none."""

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from messaging.models import Change, Conversation, DidNumber, Message, OptOut, StatusChange
from messaging.reasons import Reason
from messaging.services.contacts.opt_outs import end_opt_out, record_opt_out
from messaging.services.receiving.record import record_push
from messaging.services.sending import circuit_breaker, claims
from messaging.services.sending.attempt import Outcome, record_outcome
from messaging.services.sending.claims import claim_due_messages, recover_lost_claims
from messaging.services.sending.committer import Committer
from messaging.services.sending.fast_path import entry
from messaging.services.sending.fast_path.rows import Accepted
from messaging.stopwatch import Stopwatch
from tests.factories import (
    NOW,
    make_conversation,
    make_did,
    make_outbound,
    make_user,
    receipt_envelope,
)
from tests.services.sending.scripted_client import accepted, cycle

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = NOW + timedelta(seconds=3)


def everything():
    """All rows that sending writes, without the keys that the database draws."""
    return {
        "messages": list(Message.objects.order_by("pk").values()),
        "numbers": list(DidNumber.objects.order_by("pk").values()),
        "conversations": list(Conversation.objects.order_by("pk").values()),
        "histories": sorted(
            StatusChange.objects.values_list(
                "message_id", "status", "at", "code", "facts", "trace"
            ),
            key=repr,
        ),
        "changes": Counter(Change.objects.values_list("kind", "conversation_id", "did_number_id")),
    }


def undone(work):
    """Do something, return what the rows are then, and undo it."""
    point = transaction.savepoint()
    work()
    rows = everything()
    transaction.savepoint_rollback(point)
    return rows


def write_and_claim(outcomes=(), *, limit=0, at=LATER, worker="w1", watch=None):
    with transaction.atomic():
        return entry.write_and_claim(
            outcomes, worker=worker, limit=limit, at=at, watch=watch or Stopwatch()
        )


def the_long_way(*, at):
    while claim_due_messages(worker="w1", limit=100, at=at):
        pass


def by_the_committer(*, at):
    committer = Committer(worker="w1", concurrency=100, hand_over=lambda claim: None)
    while cycle(committer, at=at):
        pass


# Claims


def make_queue(chance):
    """A queue in which anything may be the case."""
    numbers = [
        make_did(
            f"86150000000{turn}",
            label=str(turn),
            max_per_second=chance.choice([1, 3, 50, 1000]),
            next_send_at=chance.choice(
                [None, *(NOW + timedelta(seconds=s) for s in (-9, 2.7, 2.96, 2.999, 3, 3.01))]
            ),
        )
        for turn in range(6)
    ]
    contacts = [f"3460000000{turn}" for turn in range(5)]
    for _turn in range(40):
        conversation = make_conversation(chance.choice(numbers), phone=chance.choice(contacts))
        make_outbound(
            conversation,
            at=NOW + timedelta(milliseconds=chance.randrange(2000)),
            **chance.choice(
                [
                    *[{}] * 5,
                    {"not_before": LATER + timedelta(milliseconds=chance.choice([-1, 0, 1]))},
                    {"status": "sending", "claimed_by": "w2"},
                    {"status": "unconfirmed"},
                    {"send_at": NOW - timedelta(days=chance.choice([0, 2]))},
                    {"created_at": NOW - timedelta(days=2)},
                    {"attempts": 3, "provider_code": "1004", "unsent_tries": 2},
                ]
            ),
        )
    DidNumber.objects.filter(pk=chance.choice(numbers).pk).update(is_active=False)
    ends = LATER + timedelta(seconds=chance.choice([-1, 0, 1]))
    DidNumber.objects.filter(pk=chance.choice(numbers).pk).update(stopped_until=ends)
    for conversation in Conversation.objects.order_by("pk"):
        kind = chance.randrange(12)
        if kind < 3:
            opt_out = OptOut.objects.get_or_create(
                contact_id=conversation.contact_id,
                did_number_id=conversation.did_number_id if kind else None,
                ended_at=None,
                defaults={"created_at": NOW},
            )[0]
            if kind == 2:
                end_opt_out(opt_out=opt_out, at=NOW, by=make_user(is_staff=True), reason="asked")
        elif kind == 3:
            for opt_out in OptOut.objects.in_force().filter(did_number=None):
                opt_out.allowed_numbers.add(conversation.did_number_id)


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 25))]
)
def test_whatever_is_in_the_queue_both_claim_and_block_the_same(seed):
    make_queue(random.Random(seed))

    slowly = undone(lambda: the_long_way(at=LATER))
    quickly = undone(lambda: by_the_committer(at=LATER))

    assert quickly == slowly
    assert any(row["claimed_by"] == "w1" for row in quickly["messages"])


def test_a_claim_holds_what_is_needed_to_send_the_message_and_nothing_else_of_its_row():
    message = make_outbound(content="Grüße 😀", provider_code="1004", attempts=1)
    watch = Stopwatch()

    (claim,) = write_and_claim(limit=8, watch=watch).claims

    assert claim == claims.Claim(
        message_id=message.pk,
        attempts=2,
        sender=message.did_number.number,
        phone="34612345678",
        content="Grüße 😀",
        began_at=LATER,
        provider_code="1004",
        is_probe=False,
        watch=watch,
    )


def test_a_number_may_send_as_many_at_once_as_slots_have_passed():
    number = make_did(max_per_second=100, next_send_at=LATER - timedelta(milliseconds=25))
    for turn in range(8):
        make_outbound(make_conversation(number, phone=f"3460000000{turn}"))

    cycles = [len(write_and_claim(limit=limit).claims) for limit in (2, 8, 8)]

    number.refresh_from_db()
    assert (cycles, number.next_send_at) == ([2, 1, 0], LATER + timedelta(milliseconds=5))


def test_numbers_take_turns_when_there_are_fewer_senders_than_messages():
    for digit in "123":
        number = make_did(f"86150000000{digit}", max_per_second=1000)
        DidNumber.objects.filter(pk=number.pk).update(next_send_at=LATER - timedelta(seconds=1))
        for turn in range(3):
            make_outbound(make_conversation(number, phone=f"3460000000{turn}"))

    found = write_and_claim(limit=4).claims

    assert sorted(Counter(claim.sender for claim in found).values()) == [1, 1, 2]


def test_no_more_is_claimed_than_senders_are_free():
    for digit in "123":
        make_outbound(make_conversation(make_did(f"86150000000{digit}")))

    assert len(write_and_claim(limit=2).claims) == 2
    assert Message.objects.filter(status="sending").count() == 2


def test_nothing_is_claimed_while_sending_is_paused():
    make_outbound()
    circuit_breaker.open_breaker(reason=Reason("1102"), message=None, at=NOW)

    assert write_and_claim(limit=8).claims == []
    assert entry.look(at=LATER) == (True, True)


def test_what_must_not_be_sent_is_left_alone_and_reported():
    message = make_outbound()
    OptOut.objects.create(contact=message.conversation.contact, created_at=NOW)
    before = everything()

    done = write_and_claim(limit=8)

    assert (done.claims, done.has_unusual, everything()) == ([], True, before)


def test_what_could_not_be_claimed_a_moment_ago_is_left_alone(monkeypatch):
    message = make_outbound()
    monkeypatch.setattr(claims._guard, "set_aside", lambda: [message.pk])

    assert write_and_claim(limit=8).claims == []
    assert entry.look(at=LATER) == (False, False)


def test_a_look_tells_when_the_next_number_may_send():
    make_did("86150000000", next_send_at=LATER + timedelta(seconds=1))
    make_outbound(make_conversation(make_did(next_send_at=LATER + timedelta(seconds=2))))

    assert entry.look(at=LATER) == (False, False)
    assert entry.seconds_to_next_slot(at=LATER) == 2
    assert entry.seconds_to_next_slot(at=LATER + timedelta(seconds=2)) is None
    assert entry.look(at=LATER + timedelta(seconds=2)) == (False, True)


# Outcomes


def claimed(**changes):
    message = make_outbound(**changes)
    (claim,) = claim_due_messages(worker="w1", limit=1, at=NOW)
    assert claim.message_id == message.pk
    return message, claim


@pytest.mark.parametrize("at", [LATER, NOW - timedelta(seconds=1)], ids=["later", "clock set back"])
def test_an_accepted_message_is_written_as_the_long_way_writes_it(at):
    message, claim = claimed(
        attempts=2, unsent_tries=2, error_code="unreachable", error_facts={"words": "refused"}
    )
    outcome = Outcome(accepted("mt-7"))

    slowly = undone(lambda: record_outcome(claim=claim, outcome=outcome, worker="w1", at=at))
    done = write_and_claim([Accepted(message.pk, 3, "mt-7")], at=at)

    assert (done.written, everything()) == ({message.pk}, slowly)


def receipt_comes(message):
    record_push(envelope=receipt_envelope(message_id="mt-7", at=LATER))


def receipt_of_another_comes(message):
    record_push(envelope=receipt_envelope(message_id="mt-8", content="other", at=LATER))


def lease_ends(message):
    recover_lost_claims(at=NOW + timedelta(hours=1))


def id_is_known(message):
    other = make_conversation(phone="34600000001")
    make_outbound(other, status="sent", provider_message_id="mt-7")


def is_delivered(message):
    Message.objects.filter(pk=message.pk).update(status="delivered", provider_message_id="mt-7")


def is_claimed_again(message):
    Message.objects.filter(pk=message.pk).update(attempts=2)


def is_claimed_by_another(message):
    Message.objects.filter(pk=message.pk).update(claimed_by="w2")


@pytest.mark.parametrize(
    "happens",
    [
        receipt_comes,
        receipt_of_another_comes,
        lease_ends,
        id_is_known,
        is_delivered,
        is_claimed_again,
        is_claimed_by_another,
    ],
    ids=lambda happens: happens.__name__,
)
def test_an_outcome_that_is_out_of_the_ordinary_is_left_alone(happens):
    message, _claim = claimed()
    happens(message)
    before = everything()

    done = write_and_claim([Accepted(message.pk, 1, "mt-7")])

    assert (done.written, everything()) == (set(), before)


def test_one_that_is_out_of_the_ordinary_does_not_keep_the_others():
    messages = [make_outbound(make_conversation(make_did(f"86150000000{digit}"))) for digit in "12"]
    claim_due_messages(worker="w1", limit=2, at=NOW)
    is_claimed_by_another(messages[0])

    done = write_and_claim([Accepted(one.pk, 1, f"mt-{one.pk}") for one in messages])

    assert done.written == {messages[1].pk}


def test_what_waited_behind_a_message_is_claimed_in_the_transaction_that_writes_its_outcome():
    conversation = make_conversation()
    first, _claim = claimed(conversation=conversation)
    second = make_outbound(conversation, "two", at=NOW + timedelta(milliseconds=1))

    done = write_and_claim([Accepted(first.pk, 1, "mt-7")], limit=8)

    assert [claim.message_id for claim in done.claims] == [second.pk]


@pytest.mark.django_db(transaction=True)
def test_nothing_waits_for_rows_that_another_holds():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock for the whole file")
    held, _claim = claimed()
    queued = make_outbound(make_conversation(make_did("86150000001")))
    is_held, may_end = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(
                Message.objects.select_for_update(of=("self",)).filter(pk__in=[held.pk, queued.pk])
            )
            is_held.set()
            may_end.wait()
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    try:
        done = write_and_claim([Accepted(held.pk, 1, "mt-7")], limit=8)
    finally:
        may_end.set()
        holder.join()

    assert (done.written, done.claims) == (set(), [])
    assert len(write_and_claim([Accepted(held.pk, 1, "mt-7")], limit=8).claims) == 1


def test_an_opt_out_that_was_recorded_a_moment_ago_is_seen():
    message = make_outbound()
    with transaction.atomic():
        record_opt_out(conversation=message.conversation, at=NOW, by=make_user())
        Message.objects.filter(pk=message.pk).update(status="queued")

    assert write_and_claim(limit=8).claims == []
