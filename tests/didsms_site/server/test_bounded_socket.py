"""Nobody holds a thread by sending or reading slowly."""

import socket
import time
from contextlib import ExitStack

import pytest

from didsms_site.server import bounded_socket
from didsms_site.server.bounded_socket import BoundedSocket, RequestTooSlow, shorten_deadline
from tests.processes import Web, process_environment

LENGTH = "Content-Length: 100\r\n\r\n"


@pytest.fixture
def pair(monkeypatch):
    """Our end of a connection and the client's."""
    monkeypatch.setattr(bounded_socket, "REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(bounded_socket, "SEND_SECONDS", 0.2)
    ours, theirs = socket.socketpair()
    with BoundedSocket.of(ours) as bounded, theirs:
        yield bounded, theirs


def test_a_request_that_comes_in_time_is_received(pair):
    ours, theirs = pair
    theirs.sendall(b"GET / HTTP/1.1")

    assert ours.recv(100) == b"GET / HTTP/1.1"


def test_a_request_that_drips_is_not_waited_for_however_often_a_byte_comes(pair):
    ours, theirs = pair

    def drip():
        while True:
            theirs.sendall(b"x")
            assert ours.recv(1) == b"x"

    with pytest.raises(RequestTooSlow):
        drip()


def test_the_next_request_has_its_own_time(pair):
    ours, theirs = pair
    with pytest.raises(RequestTooSlow):
        ours.recv(1)
    theirs.sendall(b"again")

    ours.begin_request()

    assert ours.recv(5) == b"again"


def test_a_body_can_be_given_less_time(pair):
    ours, _theirs = pair
    shorten_deadline({"gunicorn.socket": ours}, seconds=0)

    with pytest.raises(RequestTooSlow):
        ours.recv(1)


def test_a_client_that_does_not_read_is_given_up(pair):
    ours, _theirs = pair
    with pytest.raises(BrokenPipeError):
        ours.sendall(b"x" * 10_000_000)


def test_a_client_that_reads_slowly_is_waited_for_so_long_in_all(pair, monkeypatch):
    """Or it could hold a thread for a while with every piece of a long file."""
    ours, _theirs = pair
    ours.send_seconds_left = 20.0
    moments = iter([0.0, 8.0, 8.0, 8.5, 9.0, 20.0])
    monkeypatch.setattr(bounded_socket.time, "monotonic", lambda: next(moments))

    left = []
    for _piece in range(3):
        ours.sendall(b"a piece")
        left.append(ours.send_seconds_left)

    assert left == [12.0, 12.0, 1.0]  # half a second is no slowness


def test_a_body_that_nobody_wants_is_not_waited_for(tmp_path):
    env = process_environment(var_dir=tmp_path, WEB_CONCURRENCY="1", WEB_THREADS="4")
    head = b"POST /webhooks/nxcloud/ HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
    with Web(env=env, log=tmp_path / "log") as web:
        web.wait()
        with socket.create_connection(("127.0.0.1", web.port), timeout=30) as client:
            began = time.monotonic()
            client.sendall(head + b"Content-Length: 5000\r\n\r\nhalf")
            answer = client.recv(12)
            took = time.monotonic() - began

    assert answer == b"HTTP/1.1 415"
    assert took < 5  # the product's promise; 10 s without a bound of its own


def test_slow_clients_take_no_thread_from_the_others_for_long(tmp_path):
    env = process_environment(var_dir=tmp_path, WEB_CONCURRENCY="1", WEB_THREADS="4")
    head = b"POST /webhooks/nxcloud/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    with Web(env=env, log=tmp_path / "log") as web, ExitStack() as closing:
        web.wait()
        slow = [
            closing.enter_context(socket.create_connection(("127.0.0.1", web.port), timeout=30))
            for _thread in range(4)
        ]
        for client in slow:
            client.sendall(head + b"half" if client in slow[:2] else head[:40])

        web.wait("/healthz")

        answers = [client.recv(12) for client in slow]
    assert answers == [b"HTTP/1.1 408"] * 2 + [b""] * 2
