"""One HTTP request on a connection of its own, that knows whether it had begun to leave.

requests builds and checks it; Python's own http.client carries it, for its `send` is the one place
through which bytes leave: there the attempt is asked whether it is still in time, and notes that it
has begun. Time-outs count per read, so a watchdog shuts the socket down when the time for all of it
is over.
"""

from __future__ import annotations

import http.client
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import certifi
import requests
from requests.structures import CaseInsensitiveDict

from messaging.nxcloud.errors import tidy_detail
from messaging.nxcloud.http_attempt import Attempt, connect
from messaging.nxcloud.trace import ANSWERED, ENDED, SECURED, Trace

MAX_ANSWER_BYTES: Final = 64 * 1024

_PORTS: Final = {"http": 80, "https": 443}
#: For zlib: gzip or deflate, whichever the bytes are.
_ANY_FORMAT: Final = 32 + zlib.MAX_WBITS
_FAILURES = (requests.RequestException, http.client.HTTPException, OSError, ValueError, zlib.error)


class AttemptFailed(Exception):
    """No whole status line came back.

    Attributes:
        had_begun: Whether bytes of the request may have left this machine.
        is_misconfigured: Whether address or headers are written so that nothing can be sent.
        is_too_late: Whether the caller's time for it was over before anything had left.
        detail: One line about the cause.
    """

    def __init__(
        self, *, had_begun: bool, is_misconfigured: bool, is_too_late: bool, detail: str
    ) -> None:
        super().__init__(detail)
        self.had_begun = had_begun
        self.is_misconfigured = is_misconfigured
        self.is_too_late = is_too_late
        self.detail = detail


@dataclass(frozen=True)
class HttpAnswer:
    """What came back.

    Attributes:
        status: The HTTP status.
        headers: Looked up in any case.
        body: The decoded body; None when it broke off, empty when larger than MAX_ANSWER_BYTES.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | None


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    tls: ssl.SSLContext | None,
    connect_timeout_seconds: float,
    total_timeout_seconds: float,
    is_in_time: Callable[[], bool],
    trace: Trace | None = None,
) -> HttpAnswer:
    """POST once on a fresh connection: no proxy, no redirect, no cookie, no second try.

    Args:
        url: Where to.
        body: Exactly the bytes that travel.
        headers: Sent as they are.
        tls: Decides which certificates are trusted; None for plain HTTP only.
        connect_timeout_seconds: For each address of the host, and for each step of the handshake.
        total_timeout_seconds: For all of it, from the look-up of the name to the last byte.
        is_in_time: Asked right before the first byte leaves; False and none does.
        trace: Remembers where the time goes.

    Raises:
        AttemptFailed: when no status line came back; says whether bytes had left.
    """
    attempt = Attempt(
        connect_timeout_seconds=connect_timeout_seconds,
        total_timeout_seconds=total_timeout_seconds,
        is_in_time=is_in_time,
        trace=trace,
    )
    with attempt:
        try:
            response = _send(_prepared(url, body, headers), attempt, tls)
        except _FAILURES as error:
            attempt.trace.mark(ENDED)
            raise AttemptFailed(
                had_begun=attempt.had_begun,
                is_misconfigured=_is_misconfigured(error) and not attempt.had_begun,
                is_too_late=not attempt.had_begun and not is_in_time(),
                detail=_innermost(error),
            ) from error
        with response:
            found = CaseInsensitiveDict(response.getheaders())
            answer = HttpAnswer(response.status, found, _bounded_body(response))
            attempt.trace.mark(ENDED)
            return answer


def trusting_context() -> ssl.SSLContext:
    """Build the TLS settings of a client once: reading the certificates is slow."""
    context = ssl.create_default_context(cafile=certifi.where())
    # The machine's own store too, for a gateway with a certificate of the house.
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _prepared(url: str, body: bytes, headers: Mapping[str, str]) -> requests.PreparedRequest:
    """Build the request; a ValueError says that address or headers are not written rightly."""
    prepared = requests.Request("POST", url, data=body, headers=dict(headers)).prepare()
    if urlsplit(prepared.url or "").scheme not in _PORTS:
        raise requests.exceptions.InvalidSchema("neither http nor https", request=prepared)
    return prepared


def _send(
    prepared: requests.PreparedRequest, attempt: Attempt, tls: ssl.SSLContext | None
) -> http.client.HTTPResponse:
    parts = urlsplit(prepared.url or "")
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    sock = connect(attempt, host, port)
    try:
        if parts.scheme == "https":
            assert tls is not None  # noqa: S101  (the client makes it for every such address)
            sock = tls.wrap_socket(sock, server_hostname=host.rstrip("."))
            attempt.trace.mark(SECURED)
        sock.settimeout(attempt.seconds_left())
        connection = _Connection(host, port, attempt=attempt, default_port=_PORTS[parts.scheme])
        connection.sock = sock
        connection.request(
            "POST", prepared.path_url, body=prepared.body, headers=dict(prepared.headers)
        )
        response = connection.getresponse()
        attempt.trace.mark(ANSWERED)
        return response
    finally:
        sock.close()  # the response keeps what it reads from


class _Connection(http.client.HTTPConnection):
    """A connection that asks its attempt before bytes leave, and never opens a socket itself."""

    auto_open = 0

    def __init__(self, host: str, port: int, *, attempt: Attempt, default_port: int) -> None:
        super().__init__(host, port)
        self.default_port = default_port
        self._attempt = attempt

    def send(self, data: Any) -> None:
        self._attempt.begin_sending()
        super().send(data)


def _bounded_body(response: http.client.HTTPResponse) -> bytes | None:
    try:
        is_short = response.length is not None and response.length <= MAX_ANSWER_BYTES
        # Only a read of all of it notices that some of it is missing.
        body = response.read() if is_short else response.read(MAX_ANSWER_BYTES + 1)
        if response.headers.get("Content-Encoding", "").lower() in {"gzip", "x-gzip", "deflate"}:
            body = _unpacked(body)
    except _FAILURES:
        return None
    return body if len(body) <= MAX_ANSWER_BYTES else b""


def _unpacked(packed: bytes) -> bytes:
    """Decompress at most one byte more than an answer may have; ValueError when it breaks off."""
    unpacking = zlib.decompressobj(_ANY_FORMAT)
    body = unpacking.decompress(packed, MAX_ANSWER_BYTES + 1)
    if not unpacking.eof and len(body) <= MAX_ANSWER_BYTES:
        raise ValueError("the compressed answer breaks off")
    return body


def _is_misconfigured(error: Exception) -> bool:
    # A certificate that nobody trusts is a ValueError to Python as well.
    return isinstance(error, ValueError) and not isinstance(error, ssl.SSLError)


def _innermost(error: BaseException) -> str:
    """Describe what happened at the bottom of a chain of errors."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return tidy_detail(f"{type(error).__name__}: {error}")
