"""When nothing can pass the queue pauses, tries one message now and then, and resumes."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from messaging.models import CircuitBreakerTrip, Message
from messaging.nxcloud import errors
from messaging.reasons import WORDINGS, Reason
from messaging.services.sending import circuit_breaker
from messaging.services.sending.attempt import Outcome, record_outcome
from tests.factories import NOW, make_conversation, make_did, make_outbound, make_user
from tests.services.sending.scripted_client import Client, accepted, claim, send_turn

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
    pytest.mark.usefixtures("both_ways"),
]


def test_a_first_1004_is_tried_once_more_at_once_and_the_second_pauses_with_a_clock_alarm():
    message = make_outbound()
    client = Client(errors.error_for("1004"))

    send_turn(client)
    assert circuit_breaker.current_trip() is None
    send_turn(client, at=NOW + timedelta(seconds=1))

    message.refresh_from_db()
    pause = circuit_breaker.current_trip()
    assert (message.status, len(client.sent)) == ("queued", 2)
    assert (pause.code, pause.reason.owner) == ("clock", "administrator")


@pytest.mark.parametrize("code", ["1001", "1003", "1005", "1100", "1102"])
def test_a_problem_of_the_account_pauses_the_queue_and_keeps_the_message(code):
    message = make_outbound()

    send_turn(Client(errors.error_for(code)))

    message.refresh_from_db()
    pause = circuit_breaker.current_trip()
    assert (message.status, pause.code, pause.reason.owner) == (
        "queued",
        code,
        WORDINGS[code].owner,
    )


def test_a_probe_that_passed_does_not_end_a_pause_that_began_after_it():
    make_outbound()
    client = Client(errors.error_for("1102"))
    send_turn(client)
    (probe,) = claim(at=NOW + timedelta(minutes=1))
    circuit_breaker.close_breaker(at=NOW + timedelta(minutes=2))
    younger = circuit_breaker.open_breaker(
        reason=Reason("1100"),
        message=None,
        at=NOW + timedelta(minutes=3),
    )

    record_outcome(
        claim=probe, outcome=Outcome(accepted()), worker="w1", at=NOW + timedelta(minutes=4)
    )

    assert circuit_breaker.current_trip() == younger


def test_what_an_attempt_met_before_sending_was_resumed_pauses_nothing():
    for phone in ("34600000001", "34600000002"):
        make_outbound(make_conversation(make_did(f"86150{phone}"), phone=phone))
    first, slow = claim()
    refused = Outcome(error=errors.error_for("1102"))
    record_outcome(claim=first, outcome=refused, worker="w1", at=NOW + timedelta(seconds=1))
    circuit_breaker.close_breaker(at=NOW + timedelta(seconds=2))

    record_outcome(claim=slow, outcome=refused, worker="w1", at=NOW + timedelta(seconds=3))

    assert (circuit_breaker.current_trip(), Message.objects.get(pk=slow.message_id).status) == (
        None,
        "queued",
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
    probes = []

    for minute in range(60):
        at = NOW + timedelta(minutes=minute, seconds=1)
        if send_turn(client, at=at):
            probes.append(minute)

    assert probes == [1, 6, 21, 36, 51]


def test_a_probe_that_succeeds_resumes_the_queue():
    make_outbound(make_conversation(phone="34600000001"))
    make_outbound(make_conversation(phone="34600000002"))
    client = Client(errors.error_for("1102"), accepted("a"), accepted("b"))
    send_turn(client)

    send_turn(client, at=NOW + timedelta(minutes=1, seconds=1))
    assert circuit_breaker.current_trip() is None
    send_turn(client, at=NOW + timedelta(minutes=2))

    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}


def test_a_probe_that_is_refused_for_its_own_sake_says_nothing_of_the_account():
    for phone in ("34600000001", "34600000002", "34600000003"):
        make_outbound(make_conversation(phone=phone))
    client = Client(errors.error_for("1102"), errors.error_for("9006"), accepted())
    send_turn(client)
    minute = timedelta(minutes=1, seconds=1)

    send_turn(client, at=NOW + minute)
    assert circuit_breaker.current_trip().code == "1102"
    send_turn(client, at=NOW + 2 * minute)

    assert circuit_breaker.current_trip() is None
    assert sorted(Message.objects.values_list("status", flat=True)) == ["failed", "queued", "sent"]


@pytest.mark.parametrize("code", ["unreachable", "clock"])
def test_a_probe_that_is_refused_for_its_own_sake_shows_that_the_provider_is_reached(code):
    make_outbound()
    circuit_breaker.open_breaker(reason=Reason(code), message=None, at=NOW)

    send_turn(Client(errors.error_for("9006")), at=NOW + timedelta(minutes=1, seconds=1))

    assert circuit_breaker.current_trip() is None


def test_what_the_provider_asked_us_to_send_later_is_no_probe_and_is_not_hurried_by_a_resume():
    later = make_outbound(make_conversation(phone="34600000001"))
    send_turn(Client(errors.ProviderBusy("busy", retry_after_seconds=3600)))
    make_outbound(make_conversation(phone="34600000002"))
    client = Client(errors.error_for("1102"), accepted())
    send_turn(client, at=NOW + timedelta(minutes=1))

    send_turn(client, at=NOW + timedelta(minutes=3))
    send_turn(client, at=NOW + timedelta(minutes=4))

    later.refresh_from_db()
    assert circuit_breaker.current_trip() is None
    assert [phone for _sender, phone, _text in client.sent] == ["34600000002"] * 2
    assert (later.status, later.not_before) == ("queued", NOW + timedelta(hours=1))


def test_a_pause_is_begun_in_the_transaction_that_writes_its_cause(monkeypatch):
    message = make_outbound()

    def away(**_arguments):
        raise OperationalError("gone")

    monkeypatch.setattr("messaging.services.sending.attempt.evaluate_attempt", away)
    with pytest.raises(OperationalError):
        send_turn(Client(errors.error_for("1102")))

    message.refresh_from_db()
    assert message.status == "sending"


def test_an_answer_that_the_provider_is_busy_is_no_try_that_did_not_reach_it():
    message = make_outbound()
    busy, unreachable = errors.ProviderBusy("busy"), errors.RequestNotSent("refused")
    client = Client(*[busy] * 5, unreachable)

    for turn in range(6):
        send_turn(client, at=NOW + timedelta(hours=turn))

    message.refresh_from_db()
    assert circuit_breaker.current_trip() is None
    assert (len(client.sent), message.unsent_tries) == (6, 1)


def test_the_probe_rotates_over_the_numbers():
    one, other = make_did(), make_did("447700900123", label="London")
    make_outbound(make_conversation(one, phone="34600000001"))
    make_outbound(make_conversation(other, phone="34600000002"))
    client = Client(errors.error_for("1005"))
    circuit_breaker.open_breaker(reason=Reason("1005"), message=None, at=NOW)

    for minute in (2, 10):
        send_turn(client, at=NOW + timedelta(minutes=minute))

    assert {sender for sender, _phone, _text in client.sent} == {one.number, other.number}


def test_a_person_resumes_the_queue_at_once():
    message = make_outbound()
    send_turn(Client(errors.error_for("1102")))

    circuit_breaker.close_breaker(at=NOW + timedelta(seconds=5), by=make_user(is_staff=True))
    sent = send_turn(Client(accepted()), at=NOW + timedelta(seconds=6))

    message.refresh_from_db()
    assert (sent, message.status) == (1, "sent")


def test_only_one_trip_is_open():
    for code in ("1102", "1003"):
        circuit_breaker.open_breaker(reason=Reason(code), message=None, at=NOW)

    assert list(CircuitBreakerTrip.objects.values_list("code", flat=True)) == ["1003"]


def test_one_workers_probe_is_not_another_workers_probe():
    make_outbound()
    trip = circuit_breaker.open_breaker(reason=Reason("1102"), message=None, at=NOW)
    later = NOW + timedelta(minutes=2)

    assert [circuit_breaker.claim_probe(trip=trip, at=later) for _ in range(2)] == [True, False]


def test_no_probe_is_used_up_while_nothing_is_queued():
    circuit_breaker.open_breaker(reason=Reason("1102"), message=None, at=NOW)

    claim(at=NOW + timedelta(minutes=30))
    message = make_outbound()

    assert circuit_breaker.current_trip().probes == 0
    assert [c.message_id for c in claim(at=NOW + timedelta(minutes=31))] == [message.pk]


def test_a_busy_provider_never_pauses_the_queue():
    make_outbound()
    client = Client(errors.ProviderBusy("busy", retry_after_seconds=1, http_status=503))

    for second in range(0, 40, 2):
        send_turn(client, at=NOW + timedelta(seconds=second))

    assert circuit_breaker.current_trip() is None
