"""The file for NXCloud's support gives away neither numbers nor texts nor people."""

import json
from datetime import timedelta

import pytest

from messaging.nxcloud import errors
from messaging.services.receiving.record import record_push
from messaging.services.recorder.sharing import shared_record
from messaging.services.recorder.timeline import record_of
from tests.factories import DID, NOW, PHONE, make_outbound, make_user, receipt_envelope
from tests.services.recorder.test_timeline import accepted, failed, traced
from tests.services.sending.scripted_client import Client, send_turn

pytestmark = pytest.mark.django_db


def shared(message):
    message.refresh_from_db()
    return shared_record(record_of(message=message, for_administrator=True), at=NOW)


def test_a_delivered_message_is_shared_with_ids_times_and_codes_only():
    message = make_outbound(content="Geheime Worte", user=make_user("margarethe"))
    send_turn(Client(accepted()))
    at = NOW + timedelta(seconds=5)
    record_push(envelope=receipt_envelope(message_id="mt-1", content="Geheime Worte", at=at))

    text = shared(message)

    assert not [word for word in (DID, PHONE, "Geheime", "margarethe", "w1") if word in text]
    body = json.loads(text)
    assert body["message"]["provider_message_id"] == "mt-1"
    assert (body["message"]["phone"], body["message"]["number"]) == ("346…78", "861…88")
    assert body["message"]["content"] == "(hidden: 13 characters)"
    answer = next(one for one in body["timeline"] if one["kind"] == "answer")
    assert answer["facts"]["body"] == {"code": "0", "message": "", "messageId": "mt-1"}
    push = next(one for one in body["timeline"] if one["kind"] == "push")
    assert (push["at"], push["facts"]["remote_addr"]) == ("2026-11-22T09:00:05Z", "192.0.2.1")
    assert not {"body", "hex"} & set(push["facts"])


@pytest.mark.parametrize(
    "words", [f"bad phone {PHONE}", "bad text: Geheim", f"+{DID} is closed"], ids=str
)
def test_what_nxcloud_said_is_shared_without_what_it_quotes(words):
    message = make_outbound(content="Geheim")
    answer = json.dumps({"code": "77777", "message": words})
    send_turn(Client(failed(errors.error_for("77777", words), traced(answer=answer))))

    text = shared(message)

    assert not [word for word in (DID, PHONE, "Geheim") if word in text]
    assert "77777" in text


def test_an_answer_that_is_no_json_is_left_out():
    message = make_outbound()
    page = f"<html>{PHONE}</html>"
    send_turn(Client(failed(errors.OutcomeUnknown("HTTP 502"), traced(http=502, answer=page))))

    assert PHONE not in shared(message)
