"""A TCP proxy in front of a database server that can be cut, and can fall silent."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Literal

Mode = Literal["open", "refuse", "silent"]


class Proxy:
    """Passes bytes on while ``open``; resets everything when it is to ``refuse``.

    Holds them when ``silent``.

    Attributes:
        delay_seconds: how long each piece takes on its way.
    """

    def __init__(self, *, target: tuple[str, int]) -> None:
        self._target = target
        self.delay_seconds = 0.0
        self._mode: Mode = "open"
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._ended: set[socket.socket] = set()
        self._ports: dict[socket.socket, int] = {}
        self._may_pass = threading.Event()
        self._may_pass.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_error: object) -> None:
        self.become("refuse")
        self._listener.close()

    def connections(self) -> list[socket.socket]:
        """Return the connections that were ever made, on the side of the one who made them."""
        return [client for client, _server in self._pairs]

    def port_of(self, connection: socket.socket) -> int:
        """Return the port from which a connection reaches the server."""
        return self._ports[connection]

    def has_ended(self, connection: socket.socket) -> bool:
        """Tell whether the one who made a connection has been told that it ended."""
        return connection in self._ended

    def lead_to(self, target: tuple[str, int]) -> None:
        """Lead new connections to another server."""
        self._target = target

    def become(self, mode: Mode) -> None:
        """Change what happens to connections, old ones included."""
        self._mode = mode
        if mode == "silent":
            self._may_pass.clear()
            return
        self._may_pass.set()
        if mode == "refuse":
            for pair in self._pairs:
                for end in pair:
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
            self._pairs.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            if self._mode == "refuse":
                client.close()
                continue
            try:
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._ports[client] = server.getsockname()[1]
            self._pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._may_pass.wait()
                if self.delay_seconds:
                    time.sleep(self.delay_seconds)
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                end.close()
            self._ended.add(end)
