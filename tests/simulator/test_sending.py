"""The simulated sending interface: each code for what earns it, each scenario as its table says."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import pytest
import requests

from messaging.nxcloud.errors import (
    AccountRejected,
    ClockRejected,
    MessageRefused,
    NXCloudError,
    OutcomeUnknown,
    ProviderBusy,
)
from messaging.nxcloud.payloads import mtsend_body
from messaging.nxcloud.signing import Credentials, signed_headers
from messaging.simulator import Simulator
from messaging.simulator.mtsend import CODE_MESSAGES
from messaging.simulator.scenarios import SCENARIOS, Choice, choose
from messaging.simulator.signature import provider_sign
from tests.golden import signature_vectors
from tests.simulator.conftest import CREDENTIALS, DID, PHONE, Send

VECTORS = signature_vectors()
BODY = mtsend_body(sender=DID, phone=PHONE, content="hi")


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["sign"][:8])
def test_the_simulators_own_signature_equals_the_published_one(vector: dict[str, str]) -> None:
    parameters = {
        "accessKey": VECTORS["access_key"],
        "action": VECTORS["action"],
        "bizType": VECTORS["biz_type"],
        "ts": VECTORS["ts"],
    }

    signature = provider_sign(parameters, vector["body"].encode(), VECTORS["access_secret"])

    assert signature == vector["sign"]


def test_a_message_is_accepted_and_remembered(simulator: Simulator, send: Send) -> None:
    accepted = send("Olá 你好 😀")

    record = simulator.accepted[0].as_dict()
    record.pop("at")
    assert record == {
        "number": 1,
        "outcome": "accepted",
        "code": "0",
        "http_status": 200,
        "sender": DID,
        "phone": PHONE,
        "content": "Olá 你好 😀",
        "message_id": accepted.message_id,
        "scenario": "",
    }


def code_of_request(
    simulator: Simulator,
    *,
    body: bytes = BODY,
    credentials: Credentials = CREDENTIALS,
    ts_ms: int | None = None,
    changes: Mapping[str, str | None] | None = None,
) -> object:
    """POST by hand and return the answer's code."""
    headers: dict[str, str | None] = {
        **signed_headers(
            credentials=credentials,
            action="mtsend",
            body=body,
            ts_ms=int(time.time() * 1000) if ts_ms is None else ts_ms,
        ),
        **(changes or {}),
    }
    response = requests.post(
        f"{simulator.url}/didsms/mtsend",
        data=body,
        headers={name: value for name, value in headers.items() if value is not None},
        timeout=10,
    )
    assert response.status_code == 200
    return response.json()["code"]


@pytest.mark.parametrize("name", ["accessKey", "action", "bizType", "ts", "sign"])
def test_a_missing_header_is_1001(simulator: Simulator, name: str) -> None:
    assert code_of_request(simulator, changes={name: None}) == 1001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"bizType": "1"}, 1002, id="other business"),
        pytest.param({"action": "send"}, 1002, id="other action"),
        pytest.param({"accessKey": "other"}, 1005, id="other key"),
        pytest.param({"ts": "soon"}, 1004, id="no time stamp"),
        pytest.param({"sign": "0" * 32}, 1003, id="wrong signature"),
    ],
)
def test_a_wrong_header_earns_its_code(
    simulator: Simulator, changes: dict[str, str | None], code: int
) -> None:
    assert code_of_request(simulator, changes=changes) == code


def test_another_secret_is_1003(simulator: Simulator) -> None:
    other = Credentials("demo-key", "other-secret")

    assert code_of_request(simulator, credentials=other) == 1003


@pytest.mark.parametrize(("seconds", "code"), [(-61, 1004), (61, 1004), (-55, 0), (55, 0)])
def test_the_time_stamp_may_be_off_by_a_minute(
    simulator: Simulator, seconds: int, code: int
) -> None:
    assert code_of_request(simulator, ts_ms=int((time.time() + seconds) * 1000)) == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"sender": "1", "phone": "2"}',
        b'{"sender": 1, "phone": 2, "content": 3}',
    ],
    ids=["empty", "broken", "list", "no content", "numbers"],
)
def test_a_body_that_is_not_as_described_is_1002(simulator: Simulator, body: bytes) -> None:
    assert code_of_request(simulator, body=body) == 1002


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"content": "x" * 1001}, "12001", id="1001 characters"),
        pytest.param({"sender": "19999999999"}, "12002", id="not our number"),
        pytest.param({"phone": "+34612345678"}, "9006", id="plus sign"),
        pytest.param({"phone": "34612"}, "9006", id="too short"),
        pytest.param({"phone": "999123456789"}, "9007", id="no such country"),
    ],
)
def test_a_wrong_message_earns_its_code(send: Send, fields: dict[str, str], code: str) -> None:
    with pytest.raises(MessageRefused) as caught:
        send(**fields)

    assert caught.value.provider_code == code


def test_a_thousand_characters_are_accepted(simulator: Simulator, send: Send) -> None:
    send("😀" * 1000)

    assert len(simulator.accepted) == 1


@pytest.mark.parametrize("code", [code for code in CODE_MESSAGES if code != "0"])
def test_every_published_code_can_be_asked_for(send: Send, code: str) -> None:
    with pytest.raises(NXCloudError) as caught:
        send(f"please #code={code}")

    assert (caught.value.provider_code, caught.value.detail) == (code, CODE_MESSAGES[code])


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({"outage": True}, ProviderBusy, id="outage"),
        pytest.param({"balance_empty": True}, AccountRejected, id="no balance"),
        pytest.param({"account_closed": True}, AccountRejected, id="closed"),
        pytest.param({"clock_skew_seconds": 120}, ClockRejected, id="clock"),
    ],
)
def test_switches_change_what_every_message_earns(
    simulator: Simulator, send: Send, changes: dict[str, object], kind: type[NXCloudError]
) -> None:
    simulator.settings.change(changes)

    with pytest.raises(kind):
        send()
    simulator.reset()
    assert send().message_id


def test_answers_can_be_made_slower_than_anybody_waits(simulator: Simulator, send: Send) -> None:
    simulator.settings.change({"answer_delay_seconds": 3.0})

    with pytest.raises(OutcomeUnknown):
        send(total_timeout_seconds=0.4)
    simulator.reset()
    assert send().message_id


def test_with_no_numbers_of_its_own_any_sender_is_accepted() -> None:
    with Simulator(webhook_url="http://127.0.0.1:9/", credentials=CREDENTIALS) as simulator:
        simulator.settings.receipts = False

        assert code_of_request(simulator) == 0


# Scenarios


@pytest.mark.parametrize("name", ["no-answer", "reset", "accept-status", "not-json"])
def test_a_message_can_be_accepted_although_its_answer_says_nothing(
    simulator: Simulator, send: Send, name: str
) -> None:
    with pytest.raises(OutcomeUnknown):
        send(f"#{name}", total_timeout_seconds=1)

    assert [record.content for record in simulator.accepted] == [f"#{name}"]


def test_a_status_of_the_text_is_answered_without_accepting(
    simulator: Simulator, send: Send
) -> None:
    with pytest.raises(NXCloudError) as caught:
        send("#status=404")

    assert (caught.value.http_status, simulator.accepted) == (404, [])


def test_busy_only_the_first_time(send: Send) -> None:
    with pytest.raises(ProviderBusy) as caught:
        send("#retry-after=7")

    assert caught.value.retry_after_seconds == 7.0
    assert send("#retry-after=7").message_id


def test_slow_takes_as_long_as_it_says(send: Send) -> None:
    began = time.monotonic()

    assert send("#slow=0.2").message_id
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("name", ["data-text", "data-id"])
def test_the_id_comes_in_the_other_forms_too(simulator: Simulator, send: Send, name: str) -> None:
    assert send(f"#{name}").message_id == simulator.accepted[0].message_id


def test_accepted_without_an_id(send: Send) -> None:
    assert send("#no-id").message_id is None


@pytest.mark.parametrize(
    ("phone", "content", "choice"),
    [
        (PHONE, "nothing special", Choice()),
        (PHONE, "see #5 and #unknown", Choice()),
        (PHONE, "try #late please", Choice("late", "30")),
        (PHONE, "try #late=2.", Choice("late", "2.")),
        (PHONE, "#unknown #reset", Choice("reset", "")),
        ("34612349906", "nothing special", Choice("reset", "")),
        ("34612349906", "#late=1", Choice("late", "1")),
    ],
)
def test_the_text_chooses_before_the_recipient(phone: str, content: str, choice: Choice) -> None:
    assert choose(phone=phone, content=content) == choice


def test_each_row_of_the_table_is_chosen_by_its_own_words() -> None:
    for scenario in SCENARIOS:
        assert choose(phone=PHONE, content=scenario.usage) == Choice(
            scenario.name, scenario.default
        )


def test_a_request_can_be_read_from_the_control_api(simulator: Simulator, send: Send) -> None:
    send("one")
    with pytest.raises(MessageRefused):
        send("#code=12002")

    listed = requests.get(f"{simulator.url}/control/requests", timeout=10).json()
    refused = requests.get(f"{simulator.url}/control/requests?outcome=refused", timeout=10).json()

    assert listed["total"] == 2
    assert [(r["content"], r["outcome"], r["code"]) for r in listed["requests"]] == [
        ("one", "accepted", "0"),
        ("#code=12002", "refused", "12002"),
    ]
    assert [r["content"] for r in refused["requests"]] == ["#code=12002"]


def test_the_answer_carries_the_providers_clock(simulator: Simulator) -> None:
    simulator.settings.clock_skew_seconds = 3600 * 24 * 365.0

    response = requests.get(f"{simulator.url}/control/settings", timeout=10)

    assert str(time.gmtime().tm_year) not in response.headers["Date"]


def test_the_published_answer_has_the_same_shape(simulator: Simulator) -> None:
    response = requests.post(
        f"{simulator.url}/didsms/mtsend",
        data=BODY,
        headers=signed_headers(
            credentials=CREDENTIALS, action="mtsend", body=BODY, ts_ms=int(time.time() * 1000)
        ),
        timeout=10,
    )

    answer = json.loads(response.content)
    assert answer == {
        "code": 0,
        "message": "Success",
        "data": {"messageId": simulator.accepted[0].message_id},
    }
