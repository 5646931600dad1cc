"""A client whose answer has ended is read until it closes, but neither for ever nor without end."""

import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from didsms_site.server import lingering
from didsms_site.server.bounded_socket import BoundedSocket
from didsms_site.server.lingering import LINGER_SECONDS, LingeringClients


class Loop:
    """A worker's loop, its lingering clients, and the other ends of their sockets."""

    def __init__(self, closing: ExitStack) -> None:
        self.poller = closing.enter_context(selectors.DefaultSelector())
        self.clients = LingeringClients()
        self._closing = closing

    def add(self) -> tuple[BoundedSocket, socket.socket]:
        ours, theirs = map(self._closing.enter_context, socket.socketpair())
        client = BoundedSocket.of(ours)
        self._closing.enter_context(client)
        self.clients.add(client, poller=self.poller)
        return client, theirs

    def turn(self) -> None:
        """Do what there is to do now."""
        while events := self.poller.select(0):
            for key, _mask in events:
                key.data(key.fileobj)


@pytest.fixture
def loop() -> Iterator[Loop]:
    with ExitStack() as closing:
        yield Loop(closing)


def test_the_client_is_told_that_the_answer_has_ended(loop):
    _client, theirs = loop.add()

    assert theirs.recv(1) == b""


def test_a_client_is_let_go_when_it_closes(loop):
    client, theirs = loop.add()
    theirs.sendall(b"what it still had to say")
    loop.turn()
    is_kept = bool(loop.clients)

    theirs.close()
    loop.turn()

    assert (is_kept, bool(loop.clients), client.fileno()) == (True, False, -1)


def test_a_client_that_sends_without_end_is_closed(loop, monkeypatch):
    monkeypatch.setattr(lingering, "LINGER_BYTES", 10)
    client, theirs = loop.add()

    theirs.sendall(b"0123456789 and more")
    loop.turn()

    assert (bool(loop.clients), client.fileno()) == (False, -1)


def test_a_client_that_stays_silent_is_closed_when_its_time_is_over(loop):
    client, _theirs = loop.add()

    loop.clients.end_late(time.monotonic())
    is_kept = bool(loop.clients)
    loop.clients.end_late(time.monotonic() + LINGER_SECONDS)

    assert (is_kept, bool(loop.clients), client.fileno()) == (True, False, -1)


def test_of_too_many_the_first_goes(loop, monkeypatch):
    monkeypatch.setattr(lingering, "MOST_LINGERING", 2)

    clients = [loop.add()[0] for _ in range(3)]

    assert [client.fileno() == -1 for client in clients] == [True, False, False]


def test_a_client_that_has_gone_is_not_waited_for(loop):
    client, theirs = loop.add()
    loop.clients.end_all()

    loop.clients.add(client, poller=loop.poller)

    assert (bool(loop.clients), theirs.recv(1)) == (False, b"")
