"""The story of a message, from everything that knows a part of it."""

from datetime import timedelta

import pytest

from messaging.models import Message, Push
from messaging.nxcloud import errors
from messaging.nxcloud.client import Accepted
from messaging.nxcloud.payloads import mtsend_body
from messaging.nxcloud.trace import Trace
from messaging.services.outbox.attention import clear_attention
from messaging.services.outbox.resend import resend_message
from messaging.services.privacy.redaction import hide_text
from messaging.services.receiving.record import record_push
from messaging.services.receiving.replay import replay_push
from messaging.services.recorder.timeline import record_of
from messaging.services.sending.circuit_breaker import close_breaker
from messaging.services.sending.claims import claim_due_messages, recover_lost_claims
from tests.factories import (
    DID,
    NOW,
    PHONE,
    inbound_envelope,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)
from tests.services.sending.scripted_client import Client, send_turn

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)
BODY = mtsend_body(sender=DID, phone=PHONE, content="Hello")


def traced(*, http=200, answer='{"code":"0","data":{"messageId":"mt-1"}}'):
    trace = Trace(address="http://nx.test/didsms/mtsend", ts_ms=99, request_bytes=len(BODY))
    trace.marks = {"looked_up": 0.4, "connected": 1.0, "begun": 1.5, "answered": 8.0, "ended": 8.1}
    if http:
        trace.note_answer(status=http, body=answer.encode(), secrets=[])
    return trace


def accepted(trace=None):
    return Accepted(message_id="mt-1", http_status=200, trace=trace or traced())


def failed(error, trace):
    error.trace = trace
    return error


def story(message, *, for_administrator=True):
    message.refresh_from_db()
    return record_of(message=message, for_administrator=for_administrator).timeline


def kinds(message):
    return [
        f"{entry.kind} {entry.facts['status']}" if entry.kind == "status" else entry.kind
        for entry in story(message)
    ]


def the(kind, message, **how):
    (entry,) = [entry for entry in story(message, **how) if entry.kind == kind]
    return entry


def test_a_message_that_was_delivered_has_every_step_in_its_order(django_assert_max_num_queries):
    ana = make_user("ana")
    message = make_outbound(user=ana)
    send_turn(Client(accepted()), at=NOW + timedelta(seconds=1))
    record_push(envelope=receipt_envelope(message_id="mt-1", at=LATER))

    assert kinds(message) == [
        "created", "queued", "status queued", "claimed", "status sending", "attempt", "answer",
        "status sent", "push", "status delivered",
    ]  # fmt: skip
    assert story(message)[0].actor == ana
    read = Message.objects.select_related("conversation__contact", "did_number", "sent_by")
    message = read.get(pk=message.pk)
    with django_assert_max_num_queries(4):
        record_of(message=message, for_administrator=True)


def test_an_attempt_has_its_worker_its_times_and_the_request_without_key_and_signature():
    message = make_outbound()
    send_turn(Client(accepted()), worker="w7")

    attempt = the("attempt", message).facts
    assert (attempt["attempt"], attempt["worker"]) == (1, "w7")
    assert attempt["milliseconds"] == traced().marks
    request = attempt["request"]
    assert (request["method"], request["address"]) == ("POST", "http://nx.test/didsms/mtsend")
    assert (request["body"], request["body_missing"]) == (BODY.decode(), "")
    assert (request["headers"]["accessKey"], request["headers"]["sign"]) == ("***", "***")
    assert request["headers"]["ts"] == "99"
    assert the("answer", message).facts == {
        "attempt": 1,
        "http_status": 200,
        "body": '{"code":"0","data":{"messageId":"mt-1"}}',
        "code": "0",
        "provider_message_id": "mt-1",
    }


def test_each_attempt_of_several_is_told_with_what_came_of_it():
    message = make_outbound()
    unreachable = failed(errors.RequestNotSent("refused"), traced(http=None))
    refusal = failed(errors.error_for("12002", "no such sender"), traced(answer='{"code":12002}'))
    client = Client(unreachable, refusal)
    send_turn(client)
    send_turn(client, at=LATER)

    attempts = [entry.facts for entry in story(message) if entry.kind == "attempt"]
    assert [one["attempt"] for one in attempts] == [1, 2]
    # The first had no answer.
    answer = the("answer", message).facts
    assert (answer["attempt"], answer["code"], answer["body"]) == (2, "12002", '{"code":12002}')
    last = story(message)[-1].facts
    assert (last["status"], last["code"], last["owner"]) == ("failed", "12002", "administrator")
    assert "no such sender" in last["detail"]


def test_a_claim_without_an_outcome_shows_the_attempt_that_nobody_finished():
    message = make_outbound()
    claim_due_messages(worker="w1", limit=1, at=NOW)
    assert kinds(message)[-3:] == ["claimed", "status sending", "attempt"]

    recover_lost_claims(at=NOW + timedelta(hours=1))
    assert kinds(message)[-3:] == ["status sending", "attempt", "status unconfirmed"]
    assert story(message)[-1].facts["code"] == "worker_lost"


def test_a_message_of_an_earlier_version_is_told_as_far_as_it_is_known():
    message = make_outbound()
    send_turn(Client(Accepted(message_id="mt-1", http_status=200)))

    assert the("attempt", message).facts == {"attempt": 1, "milliseconds": {}, "worker": "w1"}
    assert the("answer", message).facts == {
        "attempt": 1,
        "code": "0",
        "provider_message_id": "mt-1",
    }


def test_the_bytes_and_the_address_of_a_push_are_for_administrators():
    message = make_inbound(content="Geheim")

    for_all = the("push", message, for_administrator=False).facts
    assert (for_all["rule"], for_all["outcome"]) == ("to_is_ours", "applied")
    assert not {"body", "hex", "remote_addr"} & set(for_all)
    facts = the("push", message).facts
    assert ("Geheim" in facts["body"], facts["remote_addr"]) == (True, "192.0.2.1")
    assert facts["hex"].startswith("0000  ")


def test_a_replay_names_who_asked_for_it_and_what_it_brought():
    boss = make_user("boss", is_staff=True)
    push = record_push(envelope=inbound_envelope())
    make_did()
    replay_push(push=push, at=LATER, by=boss)
    message = Push.objects.get(pk=push.pk).message

    replay = the("replay", message)
    assert (replay.at, replay.actor) == (LATER, boss)
    assert replay.facts == {"push": push.pk, "outcome": "applied", "rule": "to_is_ours"}


def test_a_replay_of_an_earlier_version_is_told_without_a_name():
    message = make_inbound()
    message.pushes.update(replayed_at=LATER)

    assert (the("replay", message).at, the("replay", message).actor) == (LATER, None)


def test_a_hidden_text_is_nowhere_in_the_story():
    boss = make_user("boss", is_staff=True)
    message = make_outbound(content="Card 4111 1111")
    echo = '{"code":"0","message":"took Card 4111 1111","data":{"messageId":"mt-1"}}'
    send_turn(Client(accepted(traced(answer=echo))))
    record_push(envelope=receipt_envelope(message_id="mt-1", content="Card 4111 1111", at=LATER))
    message.refresh_from_db()
    hide_text(message=message, content="Card …", by=boss, at=LATER)

    assert "4111" not in repr(story(message))
    assert not message.status_changes.filter(trace__icontains="4111").exists()
    assert the("redaction", message).actor == boss
    assert the("attempt", message).facts["request"]["body_missing"] == "text_hidden"
    assert the("answer", message).facts["body_missing"] == "text_hidden"


def test_what_people_did_about_a_failure_is_in_it():
    boss = make_user("boss", is_staff=True)
    message = make_outbound()
    send_turn(Client(failed(errors.error_for("1102"), traced(answer='{"code":1102}'))))
    close_breaker(at=LATER, by=boss)
    send_turn(Client(failed(errors.error_for("9006"), traced())), at=LATER + timedelta(minutes=1))
    message.refresh_from_db()
    clear_attention(message=message, by=boss, at=LATER + timedelta(minutes=2))
    new, _is_new = resend_message(message=message, user=boss, at=LATER + timedelta(minutes=3))

    told = [
        (e.kind, e.actor)
        for e in story(message)
        if e.kind in {"paused", "resumed", "resent", "resolved"}
    ]
    assert told == [("paused", None), ("resumed", boss), ("resolved", boss), ("resent", boss)]
    assert the("resent", message).facts == {"message": new.pk}
