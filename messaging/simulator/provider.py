"""The simulated provider without its HTTP: takes messages, plays the phones at the other end."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Iterable, Mapping

from messaging.nxcloud.signing import Credentials
from messaging.phone_numbers import address_key
from messaging.simulator.interface import SendingInterface
from messaging.simulator.ledger import Ledger, RequestRecord, Text
from messaging.simulator.mtsend import SendRequest
from messaging.simulator.pushes import Delivery, Push, PushedText, Pusher
from messaging.simulator.replies import Reply, receipts_of
from messaging.simulator.scenarios import Choice
from messaging.simulator.settings import Settings

MAX_BURST = 200
MAX_PUSHES = 2_000


#: At once, in the format that is set.
USUAL = Delivery()


class Provider:
    """One account at the provider.

    Args:
        webhook_url: The customer's push address.
        credentials: The customer's keys.
        dids: The customer's numbers; any sender is accepted when there is none.
        push_format: "json" (signed) or "form" (unsigned).
        receipt_delay_seconds: From acceptance to the receipt.
        suggested_dids: Numbers that the phone page offers before anything was written.
    """

    def __init__(
        self,
        *,
        webhook_url: str,
        credentials: Credentials,
        dids: Iterable[str] = (),
        push_format: str = "json",
        receipt_delay_seconds: float = 1.5,
        suggested_dids: Iterable[str] = (),
    ) -> None:
        self.settings = Settings()
        self.settings.change(
            {"push_format": push_format, "receipt_delay_seconds": receipt_delay_seconds}
        )
        self._first_settings = self.settings.as_dict()
        self.dids = frozenset(map(address_key, dids))
        self.suggested_dids = [*self.dids, *map(address_key, suggested_dids)]
        self.ledger = Ledger()
        self.is_stopping = threading.Event()
        self._pushes: deque[Push] = deque(maxlen=MAX_PUSHES)
        self._interface = SendingInterface(
            credentials=credentials,
            dids=self.dids,
            settings=self.settings,
            ledger=self.ledger,
            now=self.now,
            on_accept=self._follow_up,
        )
        self._pusher = Pusher(
            webhook_url=webhook_url,
            credentials=credentials,
            settings=self.settings,
            now=self.now,
        )

    def start(self) -> None:
        """Begin to deliver pushes."""
        self._pusher.start()

    def stop(self) -> None:
        """Drop what still waits."""
        self._pusher.stop()

    @property
    def requests(self) -> list[RequestRecord]:
        """Every request that is remembered, oldest first."""
        return self.ledger.requests()[1]

    @property
    def accepted(self) -> list[RequestRecord]:
        """The requests that were accepted, whatever their callers got to hear."""
        return [record for record in self.requests if record.outcome == "accepted"]

    @property
    def pushes(self) -> list[Push]:
        """Every push that is remembered, oldest first."""
        return list(self._pushes)

    def now(self) -> float:
        """Return the provider's clock in seconds since 1970."""
        return time.time() + self.settings.clock_skew_seconds

    def mtsend(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Judge a request to the sending interface; see SendingInterface."""
        return self._interface.mtsend(headers, body)

    def reset(self) -> None:
        """Forget everything, drop waiting pushes, and set every switch back."""
        self._pusher.forget_waiting()
        self._pushes.clear()
        self.ledger.reset()
        self.settings.change(self._first_settings)

    def wait_until_idle(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until no push is waiting or under way; say whether that came about."""
        return self._pusher.wait_until_idle(timeout_seconds)

    # What follows from an accepted message

    def _follow_up(self, request: SendRequest, message_id: str, choice: Choice) -> None:
        did, phone = request.sender, request.phone
        text = self.ledger.add_text(
            phone=phone, did=did, direction="received", content=request.content
        )
        if phone in self.suggested_dids:
            # One of the account's own numbers: what it gets is pushed as an inbound message.
            later = Delivery(after=1)
            self.write(phone=did, did=phone, content=request.content, delivery=later)
        if choice.name == "reply":
            later = Delivery(after=1)
            self.write(phone=phone, did=did, content="Thanks, got it.", delivery=later)
        if choice.name == "burst":
            for number in range(1, choice.count(most=MAX_BURST) + 1):
                self.write(phone=phone, did=did, content=f"Text {number}")
        if choice.name == "no-receipt" or not self.settings.receipts:
            text.note = "no receipt"
            return
        to, sender = (did, phone) if choice.name == "turned" else (phone, did)
        for status, seconds in receipts_of(choice, self.settings.receipt_delay_seconds):
            receipt = PushedText(
                to=to,
                sender=sender,
                content=request.content,
                message_id=message_id,
                status=status,
                type_word="0" if choice.name == "wrong-type" else "1",
            )
            delivery = Delivery(after=seconds, is_at_once=choice.name == "early")
            self.push_receipt(receipt, text=text, delivery=delivery)

    def push_receipt(
        self, receipt: PushedText, *, text: Text | None = None, delivery: Delivery = USUAL
    ) -> Push:
        """Push a delivery receipt.

        Args:
            receipt: What it says.
            text: The text on the phone that the receipt speaks of.
            delivery: How and when it goes out.
        """
        return self._push("dr", receipt, text=text, delivery=delivery)

    def write(
        self,
        *,
        phone: str,
        did: str,
        content: str,
        message_id: str = "",
        type_word: str = "0",
        delivery: Delivery = USUAL,
    ) -> Push:
        """Let the person who holds a phone write to a DID.

        Args:
            phone: Who writes.
            did: The number written to.
            content: The text.
            message_id: The provider's id; "" makes one.
            type_word: The push's type; "0" is right.
            delivery: How and when the push goes out.
        """
        text = self.ledger.add_text(
            phone=address_key(phone), did=address_key(did), direction="wrote", content=content
        )
        written = PushedText(
            message_id=message_id or uuid.uuid4().hex,
            type_word=type_word,
            to=did,
            sender=phone,
            content=content,
        )
        return self._push("mo", written, text=text, delivery=delivery)

    def _push(
        self, action: str, says: PushedText, *, text: Text | None, delivery: Delivery
    ) -> Push:
        def show(push: Push) -> None:
            if text is not None:
                text.note = _note(push)

        push_format = delivery.push_format or self.settings.push_format
        push = Push(action, says.fields(), push_format, on_change=show)
        show(push)
        self._pushes.append(push)
        if delivery.is_at_once:
            self._pusher.deliver(push)
        else:
            self._pusher.schedule(push, in_seconds=delivery.after)
        return push


def _note(push: Push) -> str:
    what = "sent" if push.action == "mo" else f"receipt {push.fields['smsStatus']}"
    if push.state == "answered":
        return what
    tries = f", try {push.attempts}" if push.attempts > 1 else ""
    return f"{what}: {push.state}{tries}"
