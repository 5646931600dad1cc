"""A running simulator with a webhook of its own, and ways to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from messaging.nxcloud.client import Accepted, NXCloudClient
from messaging.nxcloud.signing import Credentials
from messaging.simulator import Simulator
from tests.simulator.webhook import Webhook

CREDENTIALS = Credentials(access_key="demo-key", access_secret="demo-secret")
DID, PHONE = "18184505018", "34612345678"

Send = Callable[..., Accepted]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """The customer's push address."""
    with Webhook() as running:
        yield running


@pytest.fixture
def simulator(webhook: Webhook) -> Iterator[Simulator]:
    """A simulator whose receipts come at once."""
    with Simulator(
        webhook_url=webhook.url, credentials=CREDENTIALS, dids=[DID], receipt_delay_seconds=0
    ) as running:
        running.settings.push_retry_seconds = 0.02
        yield running


@pytest.fixture
def send(simulator: Simulator) -> Send:
    """Send through the simulator with our own client."""

    def send_sms(
        content: str = "hi",
        *,
        phone: str = PHONE,
        sender: str = DID,
        total_timeout_seconds: float = 10,
    ) -> Accepted:
        client = NXCloudClient(
            base_url=simulator.url,
            credentials=CREDENTIALS,
            connect_timeout_seconds=5,
            total_timeout_seconds=total_timeout_seconds,
        )
        return client.send_sms(sender=sender, phone=phone, content=content)

    return send_sms
