"""A message is claimed once, in its order and at its number's rate, before it is sent."""

from datetime import timedelta

import pytest

from messaging.services.sending.attempt import Outcome, record_outcome
from messaging.services.sending.claims import recover_lost_claims
from messaging.services.sending.fast_path.entry import seconds_to_next_slot
from tests.factories import NOW, make_conversation, make_did, make_outbound
from tests.services.sending.scripted_client import accepted, claim

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.usefixtures("both_ways"),
]


def test_a_claim_is_committed_with_its_start_before_anything_is_sent():
    message = make_outbound()

    claims = claim()

    message.refresh_from_db()
    assert [c.message_id for c in claims] == [message.pk]
    assert (message.status, message.claimed_by, message.attempt_started_at, message.attempts) == (
        "sending",
        "w1",
        NOW,
        1,
    )


def test_a_claimed_message_is_not_claimed_again():
    make_outbound()
    claim()

    assert claim(worker="w2", at=NOW + timedelta(seconds=5)) == []


def test_a_claim_whose_worker_is_gone_becomes_unconfirmed_never_queued():
    message = make_outbound()
    claim()

    too_early = recover_lost_claims(at=NOW + timedelta(seconds=39))
    in_time = recover_lost_claims(at=NOW + timedelta(seconds=41))

    message.refresh_from_db()
    assert (too_early, in_time, message.status) == (0, 1, "unconfirmed")


def test_within_a_conversation_a_message_waits_for_the_one_before_it():
    conversation = make_conversation()
    first = make_outbound(conversation, "one")
    second = make_outbound(conversation, "two", at=NOW + timedelta(milliseconds=1))

    at = NOW + timedelta(seconds=1)
    claimed = claim(at=at)
    held_back = claim(at=at + timedelta(seconds=1))
    record_outcome(claim=claimed[0], outcome=Outcome(accepted()), worker="w1", at=at)
    then = claim(at=at + timedelta(seconds=2))

    assert [c.message_id for c in claimed] == [first.pk]
    assert held_back == []
    assert [c.message_id for c in then] == [second.pk]


def test_a_message_that_waits_for_another_try_holds_back_only_its_own_conversation():
    conversation = make_conversation()
    make_outbound(conversation, "one", not_before=NOW + timedelta(minutes=5))
    make_outbound(conversation, "two")
    other = make_outbound(make_conversation(phone="34600000009"), "three")

    assert [c.message_id for c in claim()] == [other.pk]


@pytest.mark.parametrize(
    "status", ["unconfirmed", "failed", "sent", "blocked", "canceled", "scheduled"]
)
def test_other_states_let_the_followers_go(status):
    conversation = make_conversation()
    make_outbound(conversation, "one", status=status, not_before=NOW + timedelta(hours=1))
    second = make_outbound(conversation, "two")

    assert [c.message_id for c in claim()] == [second.pk]


def test_each_number_keeps_its_own_rate():
    slow = make_did(max_per_second=2)
    for position in range(5):
        make_outbound(make_conversation(slow, phone=f"3460000000{position}"))

    sent_at = []
    for tenth in range(20):
        at = NOW + timedelta(seconds=tenth / 10)
        sent_at += [tenth / 10] * len(claim(at=at))

    assert sent_at == [0.0, 0.5, 1.0, 1.5]


def test_a_slot_that_is_taken_a_little_late_does_not_slow_the_number_down():
    slow = make_did(max_per_second=2)
    for position in range(3):
        make_outbound(make_conversation(slow, phone=f"3460000000{position}"))
    claim()

    late = NOW + timedelta(seconds=0.53)
    assert len(claim(at=late)) == 1

    assert seconds_to_next_slot(at=late) == pytest.approx(0.47)
    assert len(claim(at=NOW + timedelta(seconds=1))) == 1


def test_a_slot_that_is_taken_much_too_late_is_not_made_up_for():
    slow = make_did(max_per_second=2)
    for position in range(4):
        make_outbound(make_conversation(slow, phone=f"3460000000{position}"))
    claim()

    seconds = [10, 10.1, 10.2, 10.3, 10.4, 10.5]
    claimed = [len(claim(at=NOW + timedelta(seconds=second))) for second in seconds]

    assert claimed == [1, 0, 0, 0, 0, 1]


def test_nobody_waits_for_a_slot_when_nothing_is_due():
    make_did(next_send_at=NOW + timedelta(seconds=1))

    assert seconds_to_next_slot(at=NOW) is None


def test_numbers_do_not_wait_for_each_other():
    for number in ("447700900123", "447700900124"):
        make_outbound(make_conversation(make_did(number, label=number)))

    assert len(claim()) == 2


def test_no_claim_means_no_transaction(django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        claim()


def test_nothing_is_claimed_without_a_free_thread():
    make_outbound()

    assert claim(limit=0) == []


def test_a_number_whose_messages_all_wait_does_not_hold_up_another():
    held_up = make_conversation()
    make_outbound(held_up, "one", not_before=NOW + timedelta(minutes=15))
    make_outbound(held_up, "two")
    other = make_outbound(make_conversation(make_did("447700900123", label="London")))

    assert [c.message_id for c in claim(limit=1)] == [other.pk]
