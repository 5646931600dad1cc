"""The provider's pushes: built in both formats, and delivered until they are answered `success`."""

from __future__ import annotations

import heapq
import itertools
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import urllib3

from messaging.nxcloud.signing import Credentials
from messaging.simulator.replies import DELIVERED
from messaging.simulator.settings import Settings
from messaging.simulator.signature import provider_sign
from messaging.sms_text import measure

PROVIDER_ZONE = ZoneInfo("Asia/Shanghai")
UNIT_PRICE = "0.0360"
ANSWER_TIMEOUT_SECONDS = 10.0
#: Pushes under way at a time.
PUSHERS = 8


@dataclass
class Push:
    """One call to the customer's webhook.

    Attributes:
        action: "mo" for an inbound message, "dr" for a receipt.
        fields: The fields of its body, numbers as digits.
        push_format: "json" or "form".
        on_change: Told each time that `state` changes.
        attempts: How often it was tried.
        state: "waiting", "answered", "given up", or what went wrong at the last try.
    """

    action: str
    fields: dict[str, str]
    push_format: str
    on_change: Callable[[Push], None] = lambda push: None
    attempts: int = 0
    state: str = "waiting"
    is_over: bool = field(default=False)

    def change(self, state: str, *, is_over: bool = False) -> None:
        """Note what became of it."""
        self.state, self.is_over = state, is_over
        self.on_change(self)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "action": self.action,
            "fields": self.fields,
            "format": self.push_format,
            "attempts": self.attempts,
            "state": self.state,
        }


@dataclass(frozen=True, kw_only=True)
class PushedText:
    """What a push says about one text.

    Attributes:
        to: The number that it went to, digits or a name.
        sender: The number that it came from, digits or a name.
        content: The text.
        message_id: The provider's id.
        type_word: "0" for an inbound message, "1" for a receipt.
        status: Its smsStatus.
    """

    to: str
    sender: str
    content: str
    message_id: str
    type_word: str = "1"
    status: str = DELIVERED

    def fields(self) -> dict[str, str]:
        """Return the nine fields of its push.

        Source: "SMS Upstream via DID Number", "SMS Downstream Delivery Receipt Callback".
        """
        return {
            "messageId": self.message_id,
            "type": self.type_word,
            "toPhone": self.to,
            "fromPhone": self.sender,
            "content": self.content,
            "size": str(max(1, measure(self.content).segments)),
            "price": UNIT_PRICE,
            "receiveTime": datetime.now(PROVIDER_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
            "smsStatus": self.status,
        }


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How a push goes out.

    Attributes:
        after: Seconds to wait.
        is_at_once: Deliver it before the call returns.
        push_format: "json" or "form"; "" takes the setting.
    """

    after: float = 0.0
    is_at_once: bool = False
    push_format: str = ""


def encode(push: Push, *, credentials: Credentials, now_ms: int) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a push: signed JSON, or a form with + before its numbers."""
    if push.push_format == "form":
        fields = push.fields | {
            name: f"+{push.fields[name]}"
            for name in ("toPhone", "fromPhone")
            if push.fields[name].isdigit() and len(push.fields[name]) > 6
        }
        body = urlencode(fields).encode()
        return {"Content-Type": "application/x-www-form-urlencoded"}, body
    body = json.dumps(push.fields, ensure_ascii=False).encode()
    parameters = {
        "accessKey": credentials.access_key,
        "action": push.action,
        "bizType": "4",
        "ts": str(now_ms),
    }
    sign = provider_sign(parameters, body, credentials.access_secret)
    # The provider's own examples write these names in lower case.
    lowered = {name.lower(): value for name, value in parameters.items()}
    return {"Content-Type": "application/json", **lowered, "sign": sign}, body


class Pusher:
    """Delivers pushes when they are due, and again while they are not answered `success`."""

    def __init__(
        self,
        *,
        webhook_url: str,
        credentials: Credentials,
        settings: Settings,
        now: Callable[[], float],
    ) -> None:
        self._webhook_url = webhook_url
        self._credentials = credentials
        self._settings = settings
        self._now = now
        self._http = urllib3.PoolManager(
            maxsize=PUSHERS, retries=False, timeout=ANSWER_TIMEOUT_SECONDS
        )
        self._due: list[tuple[float, int, Push]] = []
        self._numbers = itertools.count()
        self._under_way = 0
        self._changed = threading.Condition()
        self._is_stopping = False
        self._workers = ThreadPoolExecutor(max_workers=PUSHERS, thread_name_prefix="simulator-push")
        self._loop = threading.Thread(target=self._run, daemon=True, name="simulator-pusher")

    def start(self) -> None:
        """Begin to deliver."""
        self._loop.start()

    def stop(self) -> None:
        """Stop delivering; what is still waiting is dropped."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        self._loop.join()
        self._workers.shutdown(cancel_futures=True)
        self._http.clear()

    def schedule(self, push: Push, *, in_seconds: float = 0.0) -> None:
        """Deliver a push after a while."""
        with self._changed:
            entry = (time.monotonic() + in_seconds, next(self._numbers), push)
            heapq.heappush(self._due, entry)
            self._changed.notify_all()

    def forget_waiting(self) -> None:
        """Drop every push that is not under way."""
        with self._changed:
            self._due.clear()
            self._changed.notify_all()

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """Wait until no push is waiting or under way; say whether that came about."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._due and not self._under_way, timeout_seconds
            )

    def deliver(self, push: Push) -> None:
        """Try once, now; a push that is not answered `success` is tried again later."""
        push.attempts += 1
        headers, body = encode(push, credentials=self._credentials, now_ms=int(self._now() * 1000))
        try:
            response = self._http.request(
                "POST", self._webhook_url, body=body, headers=headers | {"Connection": "close"}
            )
        except urllib3.exceptions.HTTPError:
            self._try_again(push, "no answer")
            return
        if response.status == 200 and response.data.strip() == b"success":
            push.change("answered", is_over=True)
        else:
            self._try_again(push, f"HTTP {response.status}")

    def _try_again(self, push: Push, problem: str) -> None:
        if push.attempts >= self._settings.push_max_attempts:
            push.change(f"given up after {problem}", is_over=True)
            return
        push.change(problem)
        self.schedule(push, in_seconds=self._settings.push_retry_seconds)

    def _run(self) -> None:
        with self._changed:
            while not self._is_stopping:
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                _, _, push = heapq.heappop(self._due)
                self._under_way += 1
                self._workers.submit(self._work, push)

    def _work(self, push: Push) -> None:
        try:
            self.deliver(push)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()
