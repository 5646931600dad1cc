"""A load balancer in front of several web processes, as a proxy is in production.

It gives each connection to one of the nodes in turn, takes the next one where a node refuses, and
lets a node that is taken out finish what it has.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections import Counter

from tests.processes import until


class Balancer:
    """Passes connections on to nodes; ``nodes`` may change at any time."""

    def __init__(self) -> None:
        self.nodes: list[int] = []
        self._turn = itertools.count()
        self._open: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Balancer:
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def take_out(self, node: int) -> None:
        """Give a node nothing more, and wait until it has nothing left."""
        self.nodes = [port for port in self.nodes if port != node]
        until(lambda: not self._open[node], timeout_seconds=60, what=f"{node} has finished")

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        nodes = self.nodes
        turn = next(self._turn)
        for step in range(len(nodes)):
            node = nodes[(turn + step) % len(nodes)]
            self._count(node, 1)  # Before the connection: nobody may think that it has ended.
            try:
                if node in self.nodes:
                    with socket.create_connection(("127.0.0.1", node), timeout=5) as server:
                        server.settimeout(None)
                        self._pass_on(client, server)
                    return
            except OSError:
                continue
            finally:
                self._count(node, -1)
        client.close()

    def _count(self, node: int, change: int) -> None:
        with self._lock:
            self._open[node] += change

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()
        client.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
