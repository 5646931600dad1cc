"""The phone page: what a person sees and sends, with nothing from outside taken for markup."""

from __future__ import annotations

import json

import pytest
import requests

from messaging.simulator import Simulator
from messaging.simulator.scenarios import SCENARIOS
from tests.simulator.conftest import CREDENTIALS, DID, PHONE, Send
from tests.simulator.webhook import Webhook


def page(simulator: Simulator, path: str = "/") -> str:
    response = requests.get(f"{simulator.url}{path}", timeout=10)
    assert response.status_code == 200
    return response.text


def write(simulator: Simulator, **fields: str) -> requests.Response:
    form = {"phone": "+34 612 345 678", "did": DID, "content": "Hola", "format": "json"} | fields
    return requests.post(f"{simulator.url}/write", data=form, timeout=10, allow_redirects=False)


def test_the_first_page_offers_a_phone_and_our_number(simulator: Simulator) -> None:
    shown = page(simulator)

    assert 'name="phone" value="34612345678"' in shown
    assert f'name="did" value="{DID}"' in shown
    assert "Nothing yet" in shown


def test_a_text_written_on_the_phone_is_pushed_and_shown(
    simulator: Simulator, webhook: Webhook
) -> None:
    response = write(simulator, content="Hola\r\n¿abierto?")
    assert simulator.wait_until_idle()

    assert (response.status_code, response.headers["Location"]) == (
        303,
        f"/?phone={PHONE}&did={DID}&format=json",
    )
    fields = json.loads(webhook.received[0].body)
    assert (fields["fromPhone"], fields["content"]) == (PHONE, "Hola\n¿abierto?")
    shown = page(simulator, response.headers["Location"])
    assert '<li class="wrote"><p dir="auto">Hola\n¿abierto?</p>' in shown
    assert "</time> sent</small>" in shown


def test_the_format_of_the_page_is_used(simulator: Simulator, webhook: Webhook) -> None:
    write(simulator, format="form")
    assert simulator.wait_until_idle()

    assert webhook.received[0].body.startswith(b"messageId=")


def test_a_letter_sender_is_kept_as_typed(simulator: Simulator, webhook: Webhook) -> None:
    write(simulator, phone="NXBank")
    assert simulator.wait_until_idle()

    assert json.loads(webhook.received[0].body)["fromPhone"] == "NXBank"
    assert "Hola" in page(simulator, f"/?phone=NXBank&did={DID}")


@pytest.mark.parametrize(
    ("typed", "pushed"),
    [
        pytest.param("0034 612 345 678", "34612345678", id="00 for the plus"),
        pytest.param("+44 (0)20 7946 0018", "442079460018", id="a zero in brackets"),
        pytest.param("0034612345678", "34612345678", id="00 and no spaces"),
        pytest.param("10086", "10086", id="a short code"),
        pytest.param("5215512345678", "5215512345678", id="digits of no number"),
        pytest.param("+49 30 123456 #78", "+49 30 123456 #78", id="never digits joined"),
    ],
)
def test_a_phone_is_read_as_the_inbox_reads_it(
    simulator: Simulator, webhook: Webhook, typed: str, pushed: str
) -> None:
    write(simulator, phone=typed)
    assert simulator.wait_until_idle()

    assert json.loads(webhook.received[0].body)["fromPhone"] == pushed


@pytest.mark.parametrize("fields", [{"phone": ""}, {"did": " "}, {"content": ""}])
def test_a_form_with_a_gap_pushes_nothing(simulator: Simulator, fields: dict[str, str]) -> None:
    assert write(simulator, **fields).status_code == 303
    assert simulator.pushes == []


def test_what_staff_sent_shows_on_the_phone_with_its_receipt(
    simulator: Simulator, send: Send
) -> None:
    send("Sí, hasta las 5")
    assert simulator.wait_until_idle()

    shown = page(simulator, f"/thread?phone={PHONE}&did={DID}")
    assert '<li class="received"><p dir="auto">Sí, hasta las 5</p>' in shown
    assert "receipt DELIVRD</small>" in shown


def test_a_refused_push_says_so_on_the_phone() -> None:
    with (
        Webhook((403, b"error")) as webhook,
        Simulator(webhook_url=webhook.url, credentials=CREDENTIALS) as simulator,
    ):
        simulator.settings.push_max_attempts = 1
        write(simulator)
        assert simulator.wait_until_idle()

        assert "sent: given up after HTTP 403</small>" in page(simulator)


def test_texts_and_numbers_are_never_markup(simulator: Simulator) -> None:
    evil = "<script>alert(1)</script>\"'"
    write(simulator, phone=evil, content=evil)
    assert simulator.wait_until_idle()

    for path in ("/", "/?phone=%3Cscript%3E&did=%22%3E%3Cscript%3E&format=%22%3E"):
        assert page(simulator, path).count("<script") == 1  # The page's own, from /static/.


def test_another_sites_page_cannot_write(simulator: Simulator) -> None:
    for path in ("/write", "/control/reset"):
        response = requests.post(
            f"{simulator.url}{path}", headers={"Origin": "https://evil.example"}, timeout=10
        )
        assert response.status_code == 403
    assert simulator.pushes == []


def test_the_page_holds_no_inline_script_or_style(simulator: Simulator) -> None:
    response = requests.get(f"{simulator.url}/", timeout=10)

    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert "style=" not in response.text
    assert "<style" not in response.text


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/static/phone.css", "text/css"), ("/static/phone.js", "text/javascript")],
)
def test_its_own_files_are_served(simulator: Simulator, path: str, content_type: str) -> None:
    response = requests.get(f"{simulator.url}{path}", timeout=10)

    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/", "/nothing"])
def test_nothing_else_is(simulator: Simulator, path: str) -> None:
    assert requests.get(f"{simulator.url}{path}", timeout=10).status_code == 404


def test_the_table_of_scenarios_is_on_the_page(simulator: Simulator) -> None:
    shown = page(simulator)

    for scenario in SCENARIOS:
        assert f"<code>{scenario.usage}</code>" in shown
