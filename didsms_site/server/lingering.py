"""Clients whose last answer has been sent: what they still send is read until they close.

A server that closes at once may lose its client the end of the answer (RFC 9112, section 9.6).
"""

from __future__ import annotations

import contextlib
import socket
import time
from selectors import EVENT_READ, BaseSelector
from typing import Final

from .bounded_socket import BoundedSocket

#: From the end of an answer to the client's closing; so much of what it still sends is read.
LINGER_SECONDS: Final = 2.0
LINGER_BYTES: Final = 1024 * 1024
MOST_LINGERING: Final = 200
PART_BYTES: Final = 64 * 1024


class _Lingering:
    """One client.

    Attributes:
        poller: tells when it sends something, or closes.
        ends_at: on the clock of time.monotonic().
        bytes_left: how much more is read before it is closed all the same.
    """

    __slots__ = ("bytes_left", "ends_at", "poller")

    def __init__(self, poller: BaseSelector) -> None:
        self.poller = poller
        self.bytes_left = LINGER_BYTES
        self.ends_at = time.monotonic() + LINGER_SECONDS


class LingeringClients:
    """The clients of one worker, at most MOST_LINGERING."""

    def __init__(self) -> None:
        """Begin with no client."""
        self._clients: dict[BoundedSocket, _Lingering] = {}

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self._clients)

    def add(self, client: BoundedSocket, *, poller: BaseSelector) -> None:
        """Say that the answer has ended, and wait for the client's end.

        Args:
            client: what remains of the connection; nobody else reads or closes it any more.
            poller: the worker's; calls the function that is registered with a socket.
        """
        _unregister(client, poller)
        try:
            client.shutdown(socket.SHUT_WR)
            client.setblocking(False)
            poller.register(client, EVENT_READ, self._on_readable)
        except (OSError, KeyError, ValueError):
            client.close()
            return
        self._clients[client] = _Lingering(poller)
        if len(self._clients) > MOST_LINGERING:
            self._end(next(iter(self._clients)))

    def end_late(self, now: float) -> None:
        """Close those whose time is over by the clock of time.monotonic()."""
        for client in [one for one, state in self._clients.items() if state.ends_at <= now]:
            self._end(client)

    def end_all(self) -> None:
        """Close every one."""
        for client in list(self._clients):
            self._end(client)

    def _on_readable(self, client: BoundedSocket) -> None:
        lingering = self._clients[client]
        try:
            size = len(client.receive_now(PART_BYTES))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            size = 0
        lingering.bytes_left -= size
        if not size or lingering.bytes_left <= 0:
            self._end(client)

    def _end(self, client: BoundedSocket) -> None:
        _unregister(client, self._clients.pop(client).poller)
        client.close()


def _unregister(client: BoundedSocket, poller: BaseSelector) -> None:
    with contextlib.suppress(OSError, KeyError, ValueError):
        poller.unregister(client)
