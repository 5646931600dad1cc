"""What is remembered of one request: where its time went, and what was said on both sides."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from messaging.stopwatch import steady_seconds

#: An answer is a line of JSON; a page of HTML tells enough with its beginning.
MAX_ANSWER_CHARACTERS: Final = 400
MAX_ADDRESS_CHARACTERS: Final = 200
#: Put where a key or a secret was.
LEFT_OUT: Final = "***"

#: What happens in one request, in its order.
LOOKED_UP: Final = "looked_up"
CONNECTED: Final = "connected"
SECURED: Final = "secured"
BEGUN: Final = "begun"
ANSWERED: Final = "answered"
ENDED: Final = "ended"
MARKS: Final = (LOOKED_UP, CONNECTED, SECURED, BEGUN, ANSWERED, ENDED)


@dataclass
class Trace:
    """One request, as it can be stored: no key, no signature, no number, no text of a message.

    The body of the request is not in it: it is the message's own row, and hiding a text there is
    enough.

    Attributes:
        address: where it went, without what may be secret in an address.
        ts_ms: the time stamp that was signed, milliseconds.
        request_bytes: length of the body.
        marks: milliseconds since the start, by what had been reached.
        http_status: of the answer, None while there is none.
        answer: the beginning of its body as text.
    """

    address: str = ""
    ts_ms: int = 0
    request_bytes: int = 0
    marks: dict[str, float] = field(default_factory=dict)
    http_status: int | None = None
    answer: str = ""
    _began: float = field(default_factory=steady_seconds, repr=False)

    def mark(self, name: str) -> None:
        """Note that something has been reached; only the first time counts."""
        self.marks.setdefault(name, round((steady_seconds() - self._began) * 1000, 1))

    def note_answer(self, *, status: int, body: bytes | None, secrets: Iterable[str]) -> None:
        """Keep the beginning of what came back.

        Args:
            status: the HTTP status.
            body: as it came; None when it broke off.
            secrets: what must not be kept of it.
        """
        self.http_status = status
        text = (body or b"")[: 8 * MAX_ANSWER_CHARACTERS].decode("utf-8", "replace")
        # No database keeps a NUL in JSON.
        text = text.replace("\x00", "�")
        for secret in filter(None, secrets):
            text = text.replace(secret, LEFT_OUT)
        self.answer = text[:MAX_ANSWER_CHARACTERS]

    def stored(self) -> dict[str, Any]:
        """Return it as JSON values, some 300 bytes."""
        kept = {
            "to": self.address,
            "ts": self.ts_ms,
            "bytes": self.request_bytes,
            "ms": {name: self.marks[name] for name in MARKS if name in self.marks},
            "http": self.http_status,
            "answer": self.answer,
        }
        return {name: value for name, value in kept.items() if value not in (None, "", 0)}

    def as_json(self) -> str:
        """Return `stored` as text for a database."""
        return json.dumps(self.stored(), ensure_ascii=False, separators=(",", ":"))


def shown_address(url: str) -> str:
    """Return an address without user name, password and query."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        shown = f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
    except ValueError:
        return ""
    return "".join(c for c in shown if c.isprintable())[:MAX_ADDRESS_CHARACTERS]
