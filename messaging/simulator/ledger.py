"""What the simulated provider remembers: requests, messages, and each phone's threads."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

MAX_REQUESTS = 20_000
MAX_THREADS = 500
MAX_THREAD_TEXTS = 200


@dataclass(frozen=True)
class RequestRecord:
    """One request to mtsend.

    Attributes:
        number: Counts from 1 since the last reset.
        at: When it came, ISO 8601 in UTC.
        outcome: "accepted" or "refused"; what the caller then got to hear is another matter.
        code: The provider's code, "0" when accepted, "" when refused by HTTP status alone.
        http_status: The status of the answer, 0 when none was given.
        scenario: Name of what was asked for, "" for an ordinary message.
    """

    number: int
    at: str
    outcome: Literal["accepted", "refused"]
    code: str
    http_status: int
    sender: str
    phone: str
    content: str
    message_id: str
    scenario: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


@dataclass
class Text:
    """One text on a phone's screen.

    Attributes:
        direction: "received" by the phone, or "wrote" by the person who holds it.
        content: The text.
        at: When.
        note: What became of it, in words.
    """

    direction: Literal["received", "wrote"]
    content: str
    at: datetime
    note: str = ""


@dataclass
class Thread:
    """What one phone and one DID wrote to each other."""

    phone: str
    did: str
    texts: deque[Text] = field(default_factory=lambda: deque(maxlen=MAX_THREAD_TEXTS))


class Ledger:
    """Bounded memory, safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._total = 0
        self._requests: deque[RequestRecord] = deque(maxlen=MAX_REQUESTS)
        self._threads: OrderedDict[tuple[str, str], Thread] = OrderedDict()
        self._busy_once: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._clear()

    def add_request(self, **facts: Any) -> RequestRecord:
        """Remember a request; takes the fields of RequestRecord without number and at."""
        with self._lock:
            self._total += 1
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            record = RequestRecord(number=self._total, at=now, **facts)
            self._requests.append(record)
            return record

    def requests(self) -> tuple[int, list[RequestRecord]]:
        """Return how many requests came, and those that are remembered, oldest first."""
        with self._lock:
            return self._total, list(self._requests)

    def message(self, message_id: str) -> RequestRecord | None:
        """Return the accepted request that was given this id."""
        with self._lock:
            found = (r for r in reversed(self._requests) if r.message_id == message_id)
            return next(found, None)

    def is_first_try(self, *request: str) -> bool:
        """Say whether this very request (sender, phone, content) comes for the first time."""
        sender, phone, content = request
        with self._lock:
            if (sender, phone, content) in self._busy_once:
                return False
            self._busy_once[sender, phone, content] = None
            while len(self._busy_once) > MAX_THREADS:
                self._busy_once.popitem(last=False)
            return True

    def add_text(
        self, *, phone: str, did: str, direction: Literal["received", "wrote"], content: str
    ) -> Text:
        """Show a text on a phone; the newest thread is the last."""
        text = Text(direction=direction, content=content, at=datetime.now(UTC))
        with self._lock:
            thread = self._threads.setdefault((phone, did), Thread(phone=phone, did=did))
            thread.texts.append(text)
            self._threads.move_to_end((phone, did))
            while len(self._threads) > MAX_THREADS:
                self._threads.popitem(last=False)
        return text

    def threads(self) -> list[Thread]:
        """Return every thread, the newest first."""
        with self._lock:
            return [
                Thread(thread.phone, thread.did, thread.texts.copy())
                for thread in reversed(self._threads.values())
            ]

    def thread(self, *, phone: str, did: str) -> Thread:
        """Return one thread, an empty one when nothing was written."""
        with self._lock:
            thread = self._threads.get((phone, did), Thread(phone, did))
            return Thread(phone, did, thread.texts.copy())
