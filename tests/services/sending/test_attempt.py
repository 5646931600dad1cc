"""A claimed message is sent once, and the truth about the outcome is written down."""

from datetime import timedelta

import pytest

from messaging.nxcloud import errors
from messaging.services.sending import circuit_breaker
from messaging.services.sending.attempt import Outcome, attempt, record_outcome
from messaging.services.sending.claims import recover_lost_claims
from tests.factories import NOW, make_conversation, make_outbound
from tests.services.sending.scripted_client import Client, accepted, claim, send_turn

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
    pytest.mark.usefixtures("both_ways"),
]


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


@pytest.mark.parametrize(
    ("code", "theirs", "said"),
    [
        ("99999", "Failure", "NXCloud returned code 99999, which it doesn’t document. “Failure”"),
        ("12001", "the text is too long", "The text is too long: at most 1000 characters."),
        ("-1", "Busy.", "NXCloud could not send it and gave no reason. “Busy.”"),
    ],
    ids=["unknown code", "the same words", "other words"],
)
def test_the_providers_words_are_not_said_twice(code, theirs, said):
    message = make_outbound()

    send_turn(Client(errors.error_for(code, theirs)))

    assert message.status_changes.latest("id").detail == said


class Watch:
    """A stopwatch that shows what it is told to."""

    def __init__(self, seconds):
        self.shown = seconds

    def seconds(self):
        return self.shown


TOO_LATE = errors.TooLateToSend()


@pytest.mark.parametrize(
    ("seconds", "is_in_time"),
    [(0, True), (7.9, True), (8, False), (13, False), (16, False)],
)
def test_a_claim_is_in_time_until_some_seconds_before_its_lease_ends(settings, seconds, is_in_time):
    settings.NXCLOUD_TOTAL_TIMEOUT = 3  # so the lease is 13 seconds
    make_outbound()
    (one,) = claim(watch=(watch := Watch(0)))

    watch.shown = seconds

    assert one.is_in_time() is is_in_time


def test_nothing_is_claimed_by_a_worker_that_was_stopped_after_looking_at_the_clock():
    message = make_outbound()

    assert claim(watch=Watch(3600)) == []

    message.refresh_from_db()
    assert (message.status, message.attempts) == ("queued", 0)


def test_a_message_that_was_too_late_but_still_claimed_is_tried_at_once_and_counts_as_no_try():
    message = make_outbound()
    client = Client(TOO_LATE, accepted())

    send_turn(client)
    message.refresh_from_db()
    assert (message.status, message.not_before, message.unsent_tries) == ("queued", NOW, 0)

    send_turn(client, at=NOW + timedelta(seconds=1))
    message.refresh_from_db()
    assert (message.status, circuit_breaker.current_trip()) == ("sent", None)


def test_a_message_that_was_too_late_and_is_called_unconfirmed_has_failed_and_is_not_sent():
    message = make_outbound()
    (one,) = claim()
    recover_lost_claims(at=NOW + timedelta(minutes=1))

    record_outcome(
        claim=one,
        outcome=attempt(claim=one, client=Client(TOO_LATE)),
        worker="w1",
        at=NOW + timedelta(minutes=2),
    )

    message.refresh_from_db()
    assert (message.status, message.error_code) == ("failed", "worker_stopped")
    assert claim(at=NOW + timedelta(minutes=3)) == []


def test_the_client_is_told_how_long_the_claim_lasts():
    make_outbound()
    client = Client(accepted())
    (one,) = claim()

    attempt(claim=one, client=client)

    assert client.asked_whether_in_time == [one.is_in_time]


def test_a_history_does_not_go_back_when_the_answer_was_read_before_somebody_else_wrote():
    message = make_outbound()
    (one,) = claim()
    recovered_at = NOW + timedelta(minutes=1)
    recover_lost_claims(at=recovered_at)

    record_outcome(
        claim=one,
        outcome=Outcome(accepted()),
        worker="w1",
        at=recovered_at - timedelta(milliseconds=15),
    )

    assert list(message.status_changes.values_list("status", "at")) == [
        ("queued", NOW),
        ("sending", NOW),
        ("unconfirmed", recovered_at),
        ("sent", recovered_at),
    ]


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
        assert circuit_breaker.current_trip() is None
        assert send_turn(client, at=at) == 1
        message.refresh_from_db()
        waits.append((message.not_before - at).total_seconds())
        at = message.not_before

    assert waits == [5, 10, 20, 40, 80, 160]
    assert message.status == "queued"
    assert circuit_breaker.current_trip().code == "unreachable"


def test_an_unknown_outcome_is_unconfirmed_and_never_repeated():
    message = make_outbound()
    client = Client(errors.OutcomeUnknown("TimeoutError"))

    send_turn(client)
    for minutes in range(1, 600, 60):
        send_turn(client, at=NOW + timedelta(minutes=minutes))

    message.refresh_from_db()
    assert (message.status, message.error, len(client.sent)) == (
        "unconfirmed",
        "The connection was lost before NXCloud responded.",
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
    assert message.error == "The sending number doesn’t belong to this account."
    assert circuit_breaker.current_trip() is None


def test_late_knowledge_of_the_worker_replaces_the_doubt():
    message = make_outbound()
    (mine,) = claim()
    recover_lost_claims(at=NOW + timedelta(minutes=1))

    record_outcome(
        claim=mine, outcome=Outcome(accepted()), worker="w1", at=NOW + timedelta(minutes=2)
    )

    message.refresh_from_db()
    assert (message.status, message.provider_message_id) == ("sent", "mt-1")


def test_late_knowledge_that_nothing_left_is_a_failure_not_a_second_try():
    message = make_outbound()
    (mine,) = claim()
    recover_lost_claims(at=NOW + timedelta(minutes=1))

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


def test_a_claim_can_be_sent_only_from_its_object():
    make_outbound()
    (one,) = claim()

    outcome = attempt(claim=one, client=Client(accepted("x")))

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
