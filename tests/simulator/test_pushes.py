"""The simulated pushes: built as the provider's page shows, repeated until answered `success`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
import requests

from messaging.nxcloud.signing import verify
from messaging.simulator import Simulator
from messaging.simulator.pushes import Delivery
from tests.simulator.conftest import CREDENTIALS, DID, PHONE, Send
from tests.simulator.webhook import Received, Webhook

SHANGHAI = ZoneInfo("Asia/Shanghai")
FORM = Delivery(push_format="form")


def post(simulator: Simulator, path: str, body: object) -> requests.Response:
    return requests.post(f"{simulator.url}{path}", json=body, timeout=10)


def fields_of(push: Received) -> dict[str, Any]:
    """Return the body's fields but the time, which must be that of a provider in China."""
    fields: dict[str, Any] = json.loads(push.body)
    time_text = fields.pop("receiveTime")
    told = datetime.strptime(time_text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    assert abs(datetime.now(SHANGHAI) - told) < timedelta(seconds=5)
    return fields


def statuses_pushed(webhook: Webhook) -> list[str]:
    return [json.loads(push.body)["smsStatus"] for push in webhook.received]


def test_a_normal_message_gets_a_signed_receipt(
    simulator: Simulator, webhook: Webhook, send: Send
) -> None:
    message_id = send("Hola").message_id
    assert simulator.wait_until_idle()

    [push] = webhook.received
    verified = verify(
        headers=push.headers,
        body=push.body,
        credentials=CREDENTIALS,
        now_ms=int(time.time() * 1000),
        max_age_seconds=5,
    )
    assert verified.action == "dr"
    assert push.headers["content-type"] == "application/json"
    assert fields_of(push) == {
        "messageId": message_id,
        "type": "1",
        "toPhone": PHONE,
        "fromPhone": DID,
        "content": "Hola",
        "size": "1",
        "price": "0.0360",
        "smsStatus": "DELIVRD",
    }


def test_a_text_from_a_phone_is_pushed_signed(simulator: Simulator, webhook: Webhook) -> None:
    body = {"from": PHONE, "to": DID, "content": "¿Abierto?", "message_id": "in1"}
    assert post(simulator, "/control/inbound", body).json()["message_id"] == "in1"
    assert simulator.wait_until_idle()

    [push] = webhook.received
    assert (push.headers["action"], push.headers["biztype"]) == ("mo", "4")
    assert fields_of(push) == {
        "messageId": "in1",
        "type": "0",
        "toPhone": DID,
        "fromPhone": PHONE,
        "content": "¿Abierto?",
        "size": "1",
        "price": "0.0360",
        "smsStatus": "DELIVRD",
    }


def test_the_form_is_unsigned_and_its_numbers_carry_a_plus(
    simulator: Simulator, webhook: Webhook
) -> None:
    simulator.write(phone=PHONE, did=DID, content="a & b = 你好+", delivery=FORM)
    assert simulator.wait_until_idle()

    [push] = webhook.received
    form = parse_qs(push.body.decode())
    assert push.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "sign" not in push.headers
    assert f"toPhone=%2B{DID}".encode() in push.body
    assert (form["fromPhone"], form["content"]) == ([f"+{PHONE}"], ["a & b = 你好+"])


def test_a_short_code_carries_no_plus(simulator: Simulator, webhook: Webhook) -> None:
    simulator.write(phone="10086", did=DID, content="balance", delivery=FORM)
    assert simulator.wait_until_idle()

    assert b"fromPhone=10086&" in webhook.received[0].body


@pytest.fixture
def failing_webhook() -> Iterator[Webhook]:
    """A webhook that refuses twice, then says error, then accepts."""
    with Webhook((503, b"error"), (500, b"<html>"), (200, b"error")) as running:
        yield running


def test_a_push_is_repeated_until_it_is_answered_success(failing_webhook: Webhook) -> None:
    with Simulator(webhook_url=failing_webhook.url, credentials=CREDENTIALS) as simulator:
        simulator.settings.push_retry_seconds = 0.02
        push = simulator.write(phone=PHONE, did=DID, content="hi")
        assert simulator.wait_until_idle()

    assert (push.attempts, push.state) == (4, "answered")
    assert len({received.body for received in failing_webhook.received}) == 1


def test_a_push_that_nobody_takes_is_given_up_in_the_end() -> None:
    with Simulator(webhook_url="http://127.0.0.1:9/", credentials=CREDENTIALS) as simulator:
        simulator.settings.change({"push_retry_seconds": 0.01, "push_max_attempts": 3})
        push = simulator.write(phone=PHONE, did=DID, content="hi")
        assert simulator.wait_until_idle()

    assert (push.attempts, push.state) == (3, "given up after no answer")


@pytest.mark.parametrize(
    ("content", "statuses"),
    [
        ("ordinary", ["DELIVRD"]),
        ("#undelivered", ["UNDELIVR"]),
        ("#receipt=EXPIRED", ["EXPIRED"]),
        ("#twice", ["DELIVRD", "DELIVRD"]),
        ("#no-receipt", []),
        ("#reordered", ["DELIVRD", "UNDELIVR"]),
        ("#late=0.1", ["DELIVRD"]),
        ("#accept-status=502", ["DELIVRD"]),
    ],
)
def test_the_receipts_are_those_that_the_text_asks_for(
    simulator: Simulator, webhook: Webhook, send: Send, content: str, statuses: list[str]
) -> None:
    try:
        send(content)
    except Exception:  # noqa: BLE001
        assert content.startswith("#accept-status")
    assert simulator.wait_until_idle()

    assert statuses_pushed(webhook) == statuses


def test_a_receipt_can_come_before_the_answer(webhook: Webhook, send: Send) -> None:
    send("#early")

    assert statuses_pushed(webhook) == ["DELIVRD"]


@pytest.mark.parametrize(
    ("content", "type_word", "to", "sender"),
    [("#wrong-type", "0", PHONE, DID), ("#turned", "1", DID, PHONE)],
)
def test_receipts_can_contradict_themselves_as_the_real_ones_do(
    simulator: Simulator,
    webhook: Webhook,
    send: Send,
    content: str,
    type_word: str,
    to: str,
    sender: str,
) -> None:
    send(content)
    assert simulator.wait_until_idle()

    fields = fields_of(webhook.received[0])
    assert (fields["type"], fields["toPhone"], fields["fromPhone"]) == (type_word, to, sender)


def test_a_person_can_write_a_burst(simulator: Simulator, webhook: Webhook, send: Send) -> None:
    send("#burst=12")
    assert simulator.wait_until_idle()

    inbound = [push for push in webhook.received if push.headers["action"] == "mo"]
    assert {json.loads(push.body)["content"] for push in inbound} == {
        f"Text {number}" for number in range(1, 13)
    }


def test_receipts_can_be_turned_off(simulator: Simulator, webhook: Webhook, send: Send) -> None:
    simulator.settings.receipts = False
    send()

    assert (simulator.wait_until_idle(), webhook.received) == (True, [])


# The control API


def test_a_receipt_can_be_pushed_for_a_known_message(
    simulator: Simulator, webhook: Webhook, send: Send
) -> None:
    message_id = send("#no-receipt").message_id

    answer = post(
        simulator, "/control/receipt", {"message_id": message_id, "status": "UNDELIVR"}
    ).json()
    assert simulator.wait_until_idle()

    assert (answer["action"], answer["fields"]["toPhone"]) == ("dr", PHONE)
    assert statuses_pushed(webhook) == ["UNDELIVR"]


def test_many_texts_can_be_pushed_in_one_call(simulator: Simulator, webhook: Webhook) -> None:
    body = {"from": PHONE, "to": DID, "content": "hi", "count": 5}
    ids = post(simulator, "/control/inbound", body).json()["message_ids"]
    assert simulator.wait_until_idle()

    pushed = [json.loads(push.body)["messageId"] for push in webhook.received]
    assert sorted(pushed) == sorted(ids)
    assert len(set(ids)) == 5


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/control/inbound", {}, "from is missing or not text"),
        ("/control/inbound", {"from": "", "to": DID, "content": "x"}, "from is empty"),
        ("/control/inbound", [], "the body is not a JSON object"),
        (
            "/control/inbound",
            {"from": "1", "to": DID, "content": "x", "count": 0},
            "count is a whole number from 1 to 1000",
        ),
        (
            "/control/inbound",
            {"from": "1", "to": DID, "content": "x", "format": "xml"},
            "format is json or form",
        ),
        ("/control/receipt", {"message_id": "unknown"}, "from is missing or not text"),
        ("/control/settings", {"outage": 1}, "outage has another type"),
        ("/control/settings", {"outrage": True}, "outrage is not a setting"),
        ("/control/settings", {"clock_skew_seconds": True}, "clock_skew_seconds has another type"),
        ("/control/settings", {"push_format": "xml"}, "push_format is json or form"),
    ],
)
def test_a_wrong_control_call_says_what_is_wrong(
    simulator: Simulator, path: str, body: object, error: str
) -> None:
    response = post(simulator, path, body)

    assert (response.status_code, response.json()) == (400, {"error": error})


def test_a_body_that_is_no_json_is_a_wrong_call(simulator: Simulator) -> None:
    response = requests.post(f"{simulator.url}/control/reset", data=b"{", timeout=10)

    assert response.status_code == 400


def test_switches_are_changed_together_or_not_at_all(simulator: Simulator) -> None:
    before = simulator.settings.as_dict()

    post(simulator, "/control/settings", {"outage": True, "balance_empty": "yes"})
    assert simulator.settings.as_dict() == before

    changed = post(simulator, "/control/settings", {"outage": True, "receipt_delay_seconds": 2})
    assert changed.json() == before | {"outage": True, "receipt_delay_seconds": 2}


def test_a_reset_forgets_everything(simulator: Simulator, send: Send) -> None:
    before = simulator.settings.as_dict()
    send("#late=30")
    simulator.settings.balance_empty = True

    assert post(simulator, "/control/reset", {}).status_code == 200

    assert (simulator.requests, simulator.pushes) == ([], [])
    assert simulator.settings.as_dict() == before | {"push_retry_seconds": 3.0}
    assert simulator.wait_until_idle(0)


def test_pushes_are_listed_with_what_became_of_them(simulator: Simulator) -> None:
    simulator.write(phone=PHONE, did=DID, content="hi")
    assert simulator.wait_until_idle()

    [push] = requests.get(f"{simulator.url}/control/pushes", timeout=10).json()["pushes"]
    assert (push["action"], push["attempts"], push["state"]) == ("mo", 1, "answered")
