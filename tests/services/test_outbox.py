"""The outbox sends what may be sent, once, in order.

And writes down the truth about the outcome.
"""

from datetime import timedelta

import pytest

from messaging.models import DidNumber, Message, OptOut, QueuePause
from messaging.nxcloud import errors
from messaging.nxcloud.client import Accepted
from messaging.services import outbox, pausing
from messaging.services.opt_outs import record_opt_out
from messaging.services.outbox import Claim, Outcome, attempt, claim_due_messages, record_outcome
from tests.factories import NOW, make_conversation, make_did, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Client:
    """Answers every send with what it was given, and remembers what it was asked to send."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def send_sms(self, *, sender, phone, content):
        self.sent.append((sender, phone, content))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def accepted(message_id="mt-1"):
    return Accepted(message_id=message_id, http_status=200)


def claim(*, limit=8, at=NOW, worker="w1"):
    return claim_due_messages(worker=worker, limit=limit, at=at)


def send_turn(client, *, at=NOW, worker="w1"):
    """One turn of a worker: claim, send, record."""
    claims = claim(at=at, worker=worker)
    for one in claims:
        record_outcome(claim=one, outcome=attempt(claim=one, client=client), worker=worker, at=at)
    return len(claims)


def test_a_claim_is_committed_with_its_start_before_anything_is_sent():
    message = make_outbound()

    claims = claim()

    message.refresh_from_db()
    assert [c.message.pk for c in claims] == [message.pk]
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


def test_an_accepted_message_is_sent_with_the_providers_id():
    message = make_outbound(content="See you")

    client = Client(accepted())
    send_turn(client)

    message.refresh_from_db()
    assert client.sent == [(message.did_number.number, "34612345678", "See you")]
    assert (message.status, message.provider_message_id, message.sent_at) == ("sent", "mt-1", NOW)
    assert list(message.status_changes.values_list("status", flat=True)) == [
        "queued",
        "sending",
        "sent",
    ]


def test_accepted_without_an_id_is_still_sent():
    message = make_outbound()

    send_turn(Client(accepted(None)))

    message.refresh_from_db()
    assert (message.status, message.provider_message_id) == ("sent", None)


def test_an_id_that_another_message_has_does_not_break_the_truth_that_it_was_accepted():
    make_outbound(
        status="sent",
        provider_message_id="mt-1",
        conversation=make_conversation(phone="34600000001"),
    )
    message = make_outbound()

    send_turn(Client(accepted("mt-1")))

    message.refresh_from_db()
    assert (message.status, message.provider_message_id) == ("sent", None)


UNSENT = [
    (errors.RequestNotSent("The provider's address was not found."), 5),
    (errors.ProviderBusy("busy", retry_after_seconds=42, http_status=429), 42),
    (errors.ProviderBusy("busy", http_status=503), 5),
    (errors.ProviderBusy("busy", retry_after_seconds=3600, http_status=503), 3600),
    (errors.ProviderBusy("busy", retry_after_seconds=0, http_status=429), 1),
]


@pytest.mark.parametrize(("error", "seconds"), UNSENT)
def test_what_certainly_did_not_leave_goes_back_to_the_queue(error, seconds):
    message = make_outbound()

    send_turn(Client(error))

    message.refresh_from_db()
    assert (message.status, message.not_before) == ("queued", NOW + timedelta(seconds=seconds))


def test_the_waits_double_and_the_sixth_try_pauses_the_queue_with_the_message_kept():
    message = make_outbound()
    client = Client(errors.RequestNotSent("Connection refused."))
    at, waits = NOW, []

    for _try in range(6):
        assert pausing.current_pause() is None
        assert send_turn(client, at=at) == 1
        message.refresh_from_db()
        waits.append((message.not_before - at).total_seconds())
        at = message.not_before

    assert waits == [5, 10, 20, 40, 80, 160]
    assert message.status == "queued"
    assert pausing.current_pause().code == "unreachable"


def test_an_unknown_outcome_is_unconfirmed_and_never_repeated():
    message = make_outbound()
    client = Client(errors.OutcomeUnknown("No answer came in time."))

    send_turn(client)
    for minutes in range(1, 600, 60):
        send_turn(client, at=NOW + timedelta(minutes=minutes))

    message.refresh_from_db()
    assert (message.status, message.error, len(client.sent)) == (
        "unconfirmed",
        "No answer came in time.",
        1,
    )


def test_an_exception_that_nobody_foresaw_counts_as_unknown():
    message = make_outbound()

    send_turn(Client(ZeroDivisionError()))

    message.refresh_from_db()
    assert message.status == "unconfirmed"


def test_a_refused_message_has_failed_with_the_code_and_plain_words():
    message = make_outbound()

    send_turn(Client(errors.error_for("12002", "nope", 200)))

    message.refresh_from_db()
    assert (message.status, message.provider_code) == ("failed", "12002")
    assert message.error == errors.CODES["12002"].user_message
    assert pausing.current_pause() is None


def test_a_first_1004_is_tried_once_more_at_once_and_the_second_pauses_with_a_clock_alarm():
    message = make_outbound()
    client = Client(errors.error_for("1004"))

    send_turn(client)
    assert pausing.current_pause() is None
    send_turn(client, at=NOW + timedelta(seconds=1))

    message.refresh_from_db()
    pause = pausing.current_pause()
    assert (message.status, len(client.sent)) == ("queued", 2)
    assert (pause.code, pause.mender) == ("clock", "administrator")


@pytest.mark.parametrize("code", ["1001", "1003", "1005", "1100", "1102"])
def test_a_problem_of_the_account_pauses_the_queue_and_keeps_the_message(code):
    message = make_outbound()

    send_turn(Client(errors.error_for(code)))

    message.refresh_from_db()
    pause = pausing.current_pause()
    assert (message.status, pause.code, pause.mender) == (
        "queued",
        code,
        errors.CODES[code].mender,
    )


@pytest.mark.django_db(transaction=True)
def test_the_administrators_are_told_when_the_queue_pauses(mailoutbox):
    make_user(is_staff=True, email="boss@example.com")
    make_outbound()

    send_turn(Client(errors.error_for("1102")))

    assert [(mail.to, "balance" in mail.subject) for mail in mailoutbox] == [
        (["boss@example.com"], True)
    ]


def test_a_paused_queue_tries_one_message_after_1_5_and_then_every_15_minutes():
    first = make_conversation(phone="34600000001")
    make_outbound(first)
    make_outbound(make_conversation(phone="34600000002"))
    client = Client(errors.error_for("1102"))
    send_turn(client)
    trials = []

    for minute in range(60):
        at = NOW + timedelta(minutes=minute, seconds=1)
        if send_turn(client, at=at):
            trials.append(minute)

    assert trials == [1, 6, 21, 36, 51]


def test_a_trial_that_succeeds_resumes_the_queue():
    make_outbound(make_conversation(phone="34600000001"))
    make_outbound(make_conversation(phone="34600000002"))
    client = Client(errors.error_for("1102"), accepted("a"), accepted("b"))
    send_turn(client)

    send_turn(client, at=NOW + timedelta(minutes=1, seconds=1))
    assert pausing.current_pause() is None
    send_turn(client, at=NOW + timedelta(minutes=2))

    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}


def test_a_trial_that_is_refused_for_its_own_sake_shows_that_the_way_is_free():
    make_outbound()
    client = Client(errors.error_for("1102"), errors.error_for("9006"))
    send_turn(client)

    send_turn(client, at=NOW + timedelta(minutes=1, seconds=1))

    assert pausing.current_pause() is None


def test_the_trial_rotates_over_the_numbers():
    one, other = make_did(), make_did("447700900123", label="London")
    make_outbound(make_conversation(one, phone="34600000001"))
    make_outbound(make_conversation(other, phone="34600000002"))
    client = Client(errors.error_for("1005"))
    pausing.pause_queue(code="1005", reason="r", mender="administrator", message=None, at=NOW)

    for minute in (2, 10):
        send_turn(client, at=NOW + timedelta(minutes=minute))

    assert {sender for sender, _phone, _text in client.sent} == {one.number, other.number}


def test_a_person_resumes_the_queue_at_once():
    message = make_outbound()
    send_turn(Client(errors.error_for("1102")))

    pausing.resume_queue(at=NOW + timedelta(seconds=5), by=make_user(is_staff=True))
    sent = send_turn(Client(accepted()), at=NOW + timedelta(seconds=6))

    message.refresh_from_db()
    assert (sent, message.status) == (1, "sent")


def test_only_one_pause_is_in_force():
    for code in ("1102", "1003"):
        pausing.pause_queue(code=code, reason=code, mender="administrator", message=None, at=NOW)

    assert list(QueuePause.objects.values_list("code", flat=True)) == ["1003"]


def test_one_workers_trial_is_not_another_workers_trial():
    make_outbound()
    pause = pausing.pause_queue(
        code="1102", reason="r", mender="administrator", message=None, at=NOW
    )
    later = NOW + timedelta(minutes=2)

    assert [pausing.claim_trial(pause=pause, at=later) for _ in range(2)] == [True, False]


# Leases


def test_a_claim_whose_worker_is_gone_becomes_unconfirmed_never_queued():
    message = make_outbound()
    claim()

    too_early = outbox.recover_lost_claims(at=NOW + timedelta(seconds=39))
    in_time = outbox.recover_lost_claims(at=NOW + timedelta(seconds=41))

    message.refresh_from_db()
    assert (too_early, in_time, message.status) == (0, 1, "unconfirmed")


def test_late_knowledge_of_the_worker_replaces_the_doubt():
    message = make_outbound()
    (mine,) = claim()
    outbox.recover_lost_claims(at=NOW + timedelta(minutes=1))

    record_outcome(
        claim=mine, outcome=Outcome(accepted()), worker="w1", at=NOW + timedelta(minutes=2)
    )

    message.refresh_from_db()
    assert (message.status, message.provider_message_id) == ("sent", "mt-1")


def test_late_knowledge_that_nothing_left_is_a_failure_not_a_second_try():
    message = make_outbound()
    (mine,) = claim()
    outbox.recover_lost_claims(at=NOW + timedelta(minutes=1))

    record_outcome(
        claim=mine,
        outcome=Outcome(error=errors.RequestNotSent("refused")),
        worker="w1",
        at=NOW + timedelta(minutes=2),
    )

    message.refresh_from_db()
    assert message.status == "failed"


def test_a_stranger_cannot_record_an_outcome():
    message = make_outbound()
    (mine,) = claim()

    recorded = record_outcome(claim=mine, outcome=Outcome(accepted()), worker="w2", at=NOW)

    message.refresh_from_db()
    assert (recorded, message.status) == (False, "sending")


# Order and rate


def test_within_a_conversation_a_message_waits_for_the_one_before_it():
    conversation = make_conversation()
    first = make_outbound(conversation, "one")
    second = make_outbound(conversation, "two", at=NOW + timedelta(milliseconds=1))

    at = NOW + timedelta(seconds=1)
    claimed = claim(at=at)
    held_back = claim(at=at + timedelta(seconds=1))
    record_outcome(claim=claimed[0], outcome=Outcome(accepted()), worker="w1", at=at)
    then = claim(at=at + timedelta(seconds=2))

    assert [c.message.pk for c in claimed] == [first.pk]
    assert held_back == []
    assert [c.message.pk for c in then] == [second.pk]


def test_a_message_that_waits_for_another_try_holds_back_only_its_own_conversation():
    conversation = make_conversation()
    make_outbound(conversation, "one", not_before=NOW + timedelta(minutes=5))
    make_outbound(conversation, "two")
    other = make_outbound(make_conversation(phone="34600000009"), "three")

    assert [c.message.pk for c in claim()] == [other.pk]


@pytest.mark.parametrize(
    "status", ["unconfirmed", "failed", "sent", "blocked", "canceled", "scheduled"]
)
def test_other_states_let_the_followers_go(status):
    conversation = make_conversation()
    make_outbound(conversation, "one", status=status, not_before=NOW + timedelta(hours=1))
    second = make_outbound(conversation, "two")

    assert [c.message.pk for c in claim()] == [second.pk]


def test_each_number_keeps_its_own_rate():
    slow = make_did(max_per_second=2)
    for position in range(5):
        make_outbound(make_conversation(slow, phone=f"3460000000{position}"))

    sent_at = []
    for tenth in range(20):
        at = NOW + timedelta(seconds=tenth / 10)
        sent_at += [tenth / 10] * len(claim(at=at))

    assert sent_at == [0.0, 0.5, 1.0, 1.5]


def test_numbers_do_not_wait_for_each_other():
    for number in ("447700900123", "447700900124"):
        make_outbound(make_conversation(make_did(number, label=number)))

    assert len(claim()) == 2


# Checked again at the moment of sending


def test_an_opt_out_blocks_what_already_waits():
    message = make_outbound()

    record_opt_out(conversation=message.conversation, at=NOW)

    message.refresh_from_db()
    assert (message.status, message.error) == (
        "blocked",
        "The contact opted out before it was sent.",
    )


def test_an_opt_out_blocks_what_is_scheduled_too():
    from messaging.services.composing import queue_message

    conversation = make_conversation()
    message, _new = queue_message(
        conversation=conversation, content="x", user=None, at=NOW, send_at=NOW + timedelta(hours=1)
    )

    record_opt_out(conversation=conversation, at=NOW + timedelta(minutes=1))

    message.refresh_from_db()
    assert message.status == "blocked"


def test_an_opt_out_that_came_another_way_is_seen_at_the_moment_of_sending():
    message = make_outbound()
    OptOut.objects.create(contact=message.conversation.contact, created_at=NOW)

    assert claim() == []

    message.refresh_from_db()
    assert message.status == "blocked"


def test_an_inactive_number_blocks():
    message = make_outbound()
    DidNumber.objects.update(is_active=False)

    assert claim() == []

    message.refresh_from_db()
    assert (message.status, message.error) == (
        "blocked",
        "The number was switched off before it was sent.",
    )


def test_what_could_not_be_sent_in_time_is_blocked_rather_than_sent_late(settings):
    settings.OUTBOX_MAX_AGE = 3600
    message = make_outbound()
    pausing.pause_queue(code="1102", reason="r", mender="administrator", message=None, at=NOW)

    blocked = outbox.block_expired_messages(at=NOW + timedelta(seconds=3601))

    message.refresh_from_db()
    assert (blocked, message.status) == (1, "blocked")


def test_no_claim_means_no_transaction(django_assert_num_queries):
    with django_assert_num_queries(2):
        claim()


def test_nothing_is_claimed_without_a_free_thread():
    make_outbound()

    assert claim(limit=0) == []


def test_a_claim_can_be_sent_only_from_its_object():
    message = make_outbound()

    outcome = attempt(claim=Claim(message, is_trial=False), client=Client(accepted("x")))

    assert outcome == Outcome(accepted=accepted("x"))


def test_the_outcome_of_an_earlier_attempt_does_not_touch_a_later_one():
    message = make_outbound()
    client = Client(errors.error_for("1004"))
    (first,) = claim()
    outcome = attempt(claim=first, client=client)
    record_outcome(claim=first, outcome=outcome, worker="w1", at=NOW)
    claim(at=NOW + timedelta(seconds=1))

    recorded = record_outcome(
        claim=first, outcome=outcome, worker="w1", at=NOW + timedelta(seconds=1)
    )

    message.refresh_from_db()
    assert (recorded, message.status, message.attempts) == (False, "sending", 2)


def test_a_number_whose_messages_all_wait_does_not_hold_up_another():
    held_up = make_conversation()
    make_outbound(held_up, "one", not_before=NOW + timedelta(minutes=15))
    make_outbound(held_up, "two")
    other = make_outbound(make_conversation(make_did("447700900123", label="London")))

    assert [c.message.pk for c in claim(limit=1)] == [other.pk]


def test_no_trial_is_used_up_while_nothing_is_queued():
    pausing.pause_queue(code="1102", reason="r", mender="administrator", message=None, at=NOW)

    claim(at=NOW + timedelta(minutes=30))
    message = make_outbound()

    assert pausing.current_pause().trials == 0
    assert [c.message.pk for c in claim(at=NOW + timedelta(minutes=31))] == [message.pk]


def test_a_busy_provider_never_pauses_the_queue():
    make_outbound()
    client = Client(errors.ProviderBusy("busy", retry_after_seconds=1, http_status=503))

    for second in range(0, 40, 2):
        send_turn(client, at=NOW + timedelta(seconds=second))

    assert pausing.current_pause() is None
