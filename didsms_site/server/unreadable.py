"""What is answered to a request that gunicorn cannot read: an error in the API's form, not HTML.

Nothing is known of such a request, often not even its path. Browsers do not send one, programs do.
"""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from didsms_site.logs import named_request

#: A code and a sentence by status; what came is never repeated.
WORDS: Final = {
    400: ("bad_request", "This is not a request of HTTP that can be read."),
    403: ("forbidden", "This connection is not allowed."),
    414: ("uri_too_long", "The address is too long."),
    417: ("expectation_failed", "The header Expect asks for what this server does not do."),
    431: ("headers_too_large", "The headers are too long, or too many."),
    500: ("server_error", "Something went wrong here."),
    501: ("not_implemented", "This transfer coding is not known."),
}


class _Draft:
    """Takes what gunicorn would send, in place of the client's socket."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.sent = b""

    def gettimeout(self) -> float:
        """Say that it never blocks, so that nobody changes that."""
        return 0.0

    def sendall(self, data: bytes) -> None:
        """Keep it."""
        self.sent += data


class JsonRefusals:
    """For a worker of gunicorn."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Log what happened as gunicorn does, and answer with the same status."""
        draft, name = _Draft(), f"r{secrets.token_hex(8)}"
        token = named_request.set(name)
        try:
            super().handle_error(req, draft, addr, exc)  # type: ignore[misc]
        finally:
            named_request.reset(token)
        if answer := refusal(draft.sent, name=name):
            try:
                client.sendall(answer)
            except OSError:
                self.log.debug("Failed to send error message.")  # type: ignore[attr-defined]


def refusal(drafted: bytes, *, name: str) -> bytes:
    """Return an answer with the status of another one, b"" where there is none.

    Args:
        drafted: what gunicorn would have sent.
        name: of the request, as the log has it.
    """
    words = drafted.partition(b"\r\n")[0].decode("latin-1").split(" ", 2)
    if len(words) < 3 or not words[1].isdigit():
        return b""
    status, reason = int(words[1]), words[2]
    code, detail = WORDS.get(status, WORDS[400 if status < 500 else 500])
    error = {"code": code, "detail": detail, "fields": {}, "request_id": name}
    body = json.dumps(error).encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/json\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"X-Request-ID: {name}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1") + body
