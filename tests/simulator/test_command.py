"""`manage.py simulate_nxcloud`: starts without a database, says where it is, ends when told to."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command
from pytest_django import Settings

from messaging.management.commands.simulate_nxcloud import default_webhook_url, our_numbers
from messaging.models import DidNumber
from messaging.nxcloud.client import NXCloudClient
from messaging.nxcloud.errors import MessageRefused
from messaging.nxcloud.signing import Credentials
from tests.processes import TEST_SECRETS, manage, process_environment, reserve_port, until


def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = reserve_port()
    url = f"http://127.0.0.1:{port}"
    command = ["simulate_nxcloud", "--port", str(port), "--format", "form", "--did", "18184505018"]
    credentials = Credentials(
        TEST_SECRETS["NXCLOUD_ACCESS_KEY"], TEST_SECRETS["NXCLOUD_ACCESS_SECRET"]
    )

    with manage(
        *command, env=process_environment(var_dir=tmp_path), log=tmp_path / "log"
    ) as process:
        until(lambda: "phone page on" in process.output, what="the simulator starts")
        client = NXCloudClient(base_url=url, credentials=credentials)
        accepted = client.send_sms(sender="18184505018", phone="34612345678", content="hi")
        with pytest.raises(MessageRefused):
            client.send_sms(sender="18184505019", phone="34612345678", content="hi")
        switches = requests.get(f"{url}/control/settings", timeout=10).json()

        assert accepted.message_id
        assert (switches["push_format"], switches["receipt_delay_seconds"]) == ("form", 1.5)
        assert process.stop() == 0
    assert process.output == f"simulated provider and phone page on {url}/\n"


def test_without_keys_it_says_which_to_set(settings: Settings) -> None:
    settings.NXCLOUD_ACCESS_KEY = ""

    with pytest.raises(CommandError, match="Set NXCLOUD_ACCESS_KEY and NXCLOUD_ACCESS_SECRET"):
        call_command("simulate_nxcloud")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--port", "99999", "must be from 0 to 65535."),
        ("--port", "-1", "must be from 0 to 65535."),
        ("--receipt-delay", "nan", "must be from 0 to 86400 seconds."),
        ("--receipt-delay", "1e9", "must be from 0 to 86400 seconds."),
        ("--receipt-delay", "-1", "must be from 0 to 86400 seconds."),
        ("--webhook-url", "foo", "must be an address with http:// or https:// and a host."),
        ("--webhook-url", "http://[", "must be an address with http:// or https:// and a host."),
    ],
)
def test_an_option_that_cannot_work_is_named(option: str, value: str, words: str) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("simulate_nxcloud", f"{option}={value}")

    assert str(refusal.value) == f"{option} {words}"


@pytest.mark.django_db
def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CommandError, match=f"Cannot listen on port {port}"):
            call_command("simulate_nxcloud", port=port)


@pytest.mark.parametrize(
    ("token", "url"),
    [
        ("tok", "http://127.0.0.1:8000/webhooks/nxcloud/tok/"),
        ("t/o?k", "http://127.0.0.1:8000/webhooks/nxcloud/t/o%3Fk/"),
        ("", "http://127.0.0.1:8000/webhooks/nxcloud/"),
    ],
)
def test_it_pushes_to_this_project_by_default(settings: Settings, token: str, url: str) -> None:
    settings.WEBHOOK_TOKEN = token

    assert default_webhook_url() == url


@pytest.mark.django_db
def test_the_phone_page_offers_the_active_numbers() -> None:
    DidNumber.objects.create(number="18184505018")
    DidNumber.objects.create(number="18184505019", is_active=False)

    assert our_numbers() == ["18184505018"]
