"""A client's socket that nobody can hold a thread with, by sending or reading slowly.

gunicorn reads a request with blocking calls: a client that sends half of one and then nothing keeps
its thread for ever, and a few hundred of them all threads.
"""

from __future__ import annotations

import errno
import socket
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: From a request's first byte to its last.
REQUEST_SECONDS: Final = 10.0
#: That a client may keep us waiting in all while it takes an answer. Shorter waits for one piece
#: are not counted: a long answer on a poor line has many.
SEND_SECONDS: Final = 20.0
SHORT_WAIT_SECONDS: Final = 1.0


class RequestTooSlow(ConnectionResetError):
    """A request did not come in time. gunicorn closes the connection, as after a reset."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the request did not come in time")


class BoundedSocket(socket.socket):
    """Bounds what is waited for: for a request in all, for an answer in all.

    Attributes:
        ends_at: on the clock of time.monotonic(); what has not come by then is not waited for.
        send_seconds_left: how much longer its client may keep us waiting while it reads.
        received: what the server's loop has taken in already; `recv` hands it out first.
    """

    ends_at: float
    send_seconds_left: float
    received: bytes

    @classmethod
    def of(cls, plain: socket.socket) -> BoundedSocket:
        """Take a plain socket's place; the plain one is spent."""
        bounded = cls(fileno=plain.detach())
        bounded.received = b""
        bounded.begin_request()
        return bounded

    def begin_request(self) -> None:
        """Give the next request its time."""
        self.ends_at = time.monotonic() + REQUEST_SECONDS
        self.send_seconds_left = SEND_SECONDS

    def end_within(self, seconds: float) -> None:
        """Give what is left of the request less time."""
        self.ends_at = min(self.ends_at, time.monotonic() + seconds)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive what has come, at the latest when the request's time is over.

        Raises:
            RequestTooSlow: nothing came until then.
        """
        if self.received:
            part, self.received = self.received[:size], self.received[size:]
            return part
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise RequestTooSlow
        self.settimeout(left)
        try:
            return super().recv(size, flags)
        except TimeoutError as error:
            raise RequestTooSlow from error

    def receive_now(self, size: int) -> bytes:
        """Receive what is there, without waiting.

        Raises:
            BlockingIOError: nothing is.
        """
        return super().recv(size)

    def take_received(self) -> bytes:
        """Return what nobody has asked for yet, and forget it."""
        received, self.received = self.received, b""
        return received

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        """Send all of it.

        Raises:
            BrokenPipeError: the client does not read.
        """
        began = time.monotonic()
        self.settimeout(max(self.send_seconds_left, 0.001))
        try:
            super().sendall(data, flags)
        except TimeoutError as error:
            raise BrokenPipeError(errno.EPIPE, "the client does not read") from error
        took = time.monotonic() - began
        if took > SHORT_WAIT_SECONDS:
            self.send_seconds_left -= took


def shorten_deadline(environ: dict[str, Any], *, seconds: float) -> None:
    """Give a request's body less time than the server gives every request.

    Args:
        environ: of the request; another server's has no such socket, and bounds are its own.
        seconds: from now.
    """
    client = environ.get("gunicorn.socket")
    if isinstance(client, BoundedSocket):
        client.end_within(seconds)
