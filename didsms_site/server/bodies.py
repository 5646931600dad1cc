"""Read a request's raw body, chunked or not, and no more of it than is taken."""

import time
from typing import Final

from django.http import HttpRequest

from .bounded_socket import RequestTooSlow, shorten_deadline

PART_BYTES: Final = 65_536
#: Of a body that is too large so much more is read, so that the sender gets to see the answer.
DRAIN_BYTES: Final = 1024 * 1024
DRAIN_SECONDS: Final = 2.0


class BodyRefused(Exception):
    """The body is not taken; carries the answer's status and a word for the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def is_chunked(request: HttpRequest) -> bool:
    """Tell whether the body comes in chunks, of which Django itself reads none."""
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def read_body(request: HttpRequest, *, most_bytes: int, most_seconds: float | None = None) -> bytes:
    """Return the raw bytes. Never through Django's form parser.

    Args:
        request: of which nothing has been read.
        most_bytes: how many are taken.
        most_seconds: how long is waited for them; the server has a bound of its own.

    Raises:
        BodyRefused: 411 ``length_required``, where the server does not say where chunks end; 413
            ``too_large``; 408 ``too_slow``; 400 ``broken_body``, when less came than was promised.
    """
    if most_seconds is not None:
        shorten_deadline(request.META, seconds=most_seconds)
    chunked = is_chunked(request)
    if chunked and not request.META.get("wsgi.input_terminated"):
        raise BodyRefused(411, "length_required")
    length = None if chunked else _content_length(request)
    if length is not None and length > most_bytes:
        drain(request)
        raise BodyRefused(413, "too_large")
    wanted = most_bytes + 1 if length is None else length
    stream = request.META["wsgi.input"]
    parts: list[bytes] = []
    size = 0
    try:
        while size < wanted and (part := stream.read(min(PART_BYTES, wanted - size))):
            parts.append(part)
            size += len(part)
    except RequestTooSlow as error:
        raise BodyRefused(408, "too_slow") from error
    except Exception as error:  # the server's own exceptions for a broken chunk or a gone client
        raise BodyRefused(400, "broken_body") from error
    if size > most_bytes:
        drain(request, already=size)
        raise BodyRefused(413, "too_large")
    if length is not None and size < length:
        raise BodyRefused(400, "broken_body")
    return b"".join(parts)


def _content_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit()):
        raise BodyRefused(400, "broken_body")
    return int(text)


def drain(request: HttpRequest, *, already: int = 0) -> None:
    """Read a bounded rest of a body that nobody wants, so that the answer arrives.

    Args:
        request: whose body it is.
        already: how many bytes have been read.
    """
    stream = request.META["wsgi.input"]
    left = DRAIN_BYTES - already
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        left = min(left, int(length) - already)
    ends_at = time.monotonic() + DRAIN_SECONDS
    # Or one read could wait for longer than all of it.
    shorten_deadline(request.META, seconds=DRAIN_SECONDS)
    try:
        while left > 0 and time.monotonic() < ends_at:
            part = stream.read(min(PART_BYTES, left))
            if not part:
                return
            left -= len(part)
    except Exception:  # noqa: BLE001  (the client has gone; there is nobody to answer)
        return
