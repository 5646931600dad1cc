"""One HTTP request on a connection of its own, that knows whether it had begun to leave.

The libraries raise one error for "refused" and "reset" and one for a failed TLS handshake and a
failed read; and their time-outs count per read. So the connection itself notes when the first
byte leaves, and a watchdog shuts the socket down when the time for all of it is over.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util import parse_url

from messaging.nxcloud.errors import tidy_detail
from messaging.nxcloud.http_attempt import Attempt, connect

MAX_ANSWER_BYTES = 64 * 1024

_FAILURES = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError)


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

    Raises:
        AttemptFailed: when no status line came back; says whether bytes had left.
    """
    attempt = Attempt(
        connect_timeout_seconds=connect_timeout_seconds,
        total_timeout_seconds=total_timeout_seconds,
        is_in_time=is_in_time,
    )
    with attempt:
        try:
            prepared = requests.Request("POST", url, data=body, headers=dict(headers)).prepare()
            response = _Adapter(attempt, tls).send(
                prepared, stream=True, timeout=(connect_timeout_seconds, total_timeout_seconds)
            )
        except _FAILURES as error:
            raise AttemptFailed(
                had_begun=attempt.had_begun,
                is_misconfigured=isinstance(error, ValueError) and not attempt.had_begun,
                is_too_late=not attempt.had_begun and not is_in_time(),
                detail=_innermost(error),
            ) from error
        try:
            return HttpAnswer(response.status_code, response.headers, _bounded_body(response))
        finally:
            response.close()


def trusting_context() -> ssl.SSLContext:
    """Build the TLS settings of a client once: reading the certificates is slow."""
    context = ssl.create_default_context(cafile=certifi.where())
    # The machine's own store too, for a gateway with a certificate of the house.
    context.load_default_certs()
    return context


def _bounded_body(response: requests.Response) -> bytes | None:
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in response.raw.stream(16 * 1024, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_ANSWER_BYTES:
                return b""
    except _FAILURES:
        return None
    return b"".join(pieces)


def _innermost(error: BaseException) -> str:
    """Describe what happened at the bottom of a chain of wrapped errors."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return tidy_detail(f"{type(error).__name__}: {error}")


class _Connection(HTTPConnection):
    """A connection that tells its attempt when it opens and when bytes leave."""

    def __init__(self, *args: Any, attempt: Attempt, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._attempt = attempt

    def _new_conn(self) -> socket.socket:
        try:
            return connect(self._attempt, self._dns_host.strip("[]"), self.port)
        except OSError as error:
            # urllib3 takes a bare reset for one that came after the request.
            raise NewConnectionError(self, str(error)) from error

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        try:
            self._attempt.begin_sending()
        except TimeoutError as error:
            raise NewConnectionError(self, str(error)) from error
        super().send(data)


class _TLSConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Adapter(HTTPAdapter):
    """Hands out one fresh connection that belongs to one attempt."""

    def __init__(self, attempt: Attempt, tls: ssl.SSLContext | None) -> None:
        super().__init__(max_retries=0)
        self._attempt = attempt
        self._tls = tls

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        parts = parse_url(request.url)
        host = parts.host or ""
        if parts.scheme == "https":
            return _TLSPool(host, parts.port, ssl_context=self._tls, attempt=self._attempt)
        if parts.scheme == "http":
            return _Pool(host, parts.port, attempt=self._attempt)
        raise requests.exceptions.InvalidSchema("neither http nor https", request=request)

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Leave it to the context: requests would read its certificates anew for each request."""
