"""The simulated provider: accepts or refuses messages, and plays the phones at the other end."""

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
from messaging.simulator.pushes import Push, Pusher, push_fields
from messaging.simulator.replies import DELIVERED, Reply, receipts_of
from messaging.simulator.scenarios import Choice
from messaging.simulator.server import SimulatorServer
from messaging.simulator.settings import Settings

MAX_BURST = 200
MAX_PUSHES = 2_000


class Simulator:
    """The provider's stand-in; `with Simulator(...) as simulator:` runs it in a thread.

    Args:
        host: Where to listen.
        port: Where to listen; 0 takes a free port, see `url`.
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
        host: str = "127.0.0.1",
        port: int = 0,
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
        self._server = SimulatorServer(self, host=host, port=port)

    def start(self) -> None:
        """Serve in a thread until `stop`."""
        self._pusher.start()
        self._server.start()

    def stop(self) -> None:
        """Stop serving; hanging requests are let go and waiting pushes dropped."""
        self.is_stopping.set()
        self._server.stop()
        self._pusher.stop()

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Its address, to be used as NXCLOUD_BASE_URL."""
        return self._server.url

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
        text = self.ledger.add_text(
            phone=request.phone, did=request.sender, direction="received", content=request.content
        )
        if choice.name == "reply":
            self.write(phone=request.phone, did=request.sender, content="Thanks, got it.", after=1)
        if choice.name == "burst":
            for number in range(1, choice.count(most=MAX_BURST) + 1):
                self.write(phone=request.phone, did=request.sender, content=f"Text {number}")
        if choice.name == "no-receipt" or not self.settings.receipts:
            text.note = "no receipt"
            return
        for status, seconds in receipts_of(choice, self.settings.receipt_delay_seconds):
            self.push_receipt(
                did=request.sender,
                phone=request.phone,
                content=request.content,
                message_id=message_id,
                status=status,
                type_word="0" if choice.name == "wrong-type" else "1",
                is_turned=choice.name == "turned",
                text=text,
                after=seconds,
                is_at_once=choice.name == "early",
            )

    def push_receipt(
        self,
        *,
        did: str,
        phone: str,
        content: str,
        message_id: str,
        status: str = DELIVERED,
        type_word: str = "1",
        is_turned: bool = False,
        text: Text | None = None,
        after: float = 0.0,
        is_at_once: bool = False,
        push_format: str = "",
    ) -> Push:
        """Push a delivery receipt.

        Args:
            did: The DID that sent the message.
            phone: Its recipient.
            content: Its text.
            message_id: The id that mtsend returned.
            status: The receipt's smsStatus.
            type_word: The receipt's type; "1" is right.
            is_turned: Name the DID as the recipient, as the published example does.
            text: The text on the phone that the receipt speaks of.
            after: Seconds to wait.
            is_at_once: Deliver it before this call returns.
            push_format: "json" or "form"; "" takes the setting.
        """
        to, sender = (did, phone) if is_turned else (phone, did)
        fields = push_fields(
            message_id=message_id,
            type_word=type_word,
            to=to,
            sender=sender,
            content=content,
            status=status,
        )
        return self._push("dr", fields, push_format, text, after, is_at_once)

    def write(
        self,
        *,
        phone: str,
        did: str,
        content: str,
        message_id: str = "",
        type_word: str = "0",
        after: float = 0.0,
        push_format: str = "",
    ) -> Push:
        """Let the person who holds a phone write to a DID.

        Args:
            phone: Who writes.
            did: The number written to.
            content: The text.
            message_id: The provider's id; "" makes one.
            type_word: The push's type; "0" is right.
            after: Seconds to wait.
            push_format: "json" or "form"; "" takes the setting.
        """
        text = self.ledger.add_text(
            phone=address_key(phone), did=address_key(did), direction="wrote", content=content
        )
        fields = push_fields(
            message_id=message_id or uuid.uuid4().hex,
            type_word=type_word,
            to=did,
            sender=phone,
            content=content,
            status=DELIVERED,
        )
        return self._push("mo", fields, push_format, text, after, is_at_once=False)

    def _push(
        self,
        action: str,
        fields: dict[str, str],
        push_format: str,
        text: Text | None,
        after: float,
        is_at_once: bool,
    ) -> Push:
        def show(push: Push) -> None:
            if text is not None:
                text.note = _note(push)

        push = Push(action, fields, push_format or self.settings.push_format, on_change=show)
        show(push)
        self._pushes.append(push)
        if is_at_once:
            self._pusher.deliver(push)
        else:
            self._pusher.schedule(push, in_seconds=after)
        return push


def _note(push: Push) -> str:
    what = "sent" if push.action == "mo" else f"receipt {push.fields['smsStatus']}"
    if push.state == "answered":
        return what
    tries = f", try {push.attempts}" if push.attempts > 1 else ""
    return f"{what}: {push.state}{tries}"
