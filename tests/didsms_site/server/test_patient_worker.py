"""Silent and slow clients hold no thread: everybody else is answered at once."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.processes import Web, process_environment

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
PUSH = b"POST /webhooks/nxcloud/ HTTP/1.1\r\nHost: localhost\r\n"
#: What the product promises for a push.
PROMISED_SECONDS = 5.0
#: A busy machine takes longer for everything; how long it takes for a push alone tells by how much.
TIMES_ALONE = 20


@pytest.fixture(scope="module")
def web(tmp_path_factory) -> Iterator[Web]:
    """The shipped server with four threads; none of these tests needs a database."""
    folder = tmp_path_factory.mktemp("web")
    env = process_environment(
        var_dir=folder,
        WEB_CONCURRENCY="1",
        WEB_THREADS="4",
        GUNICORN_CMD_ARGS="--worker-connections 150",
    )
    with Web(env=env, log=folder / "log") as web:
        yield web.wait()


@pytest.fixture
def connect(web: Web):
    """Opens connections that are closed after the test."""
    with ExitStack() as closing:

        def open_one(sends: bytes = b"") -> socket.socket:
            client = socket.create_connection(("127.0.0.1", web.port), timeout=30)
            closing.enter_context(client)
            client.sendall(sends)
            return client

        yield open_one


def received(client: socket.socket, size: int) -> bytes:
    """Return so many bytes, fewer when no more come."""
    data = b""
    while len(data) < size and (part := client.recv(size - len(data))):
        data += part
    return data


def seconds_to_answer(connect) -> float:
    began = time.monotonic()
    client = connect(PUSH + b"Content-Length: 1\r\n\r\nx")
    assert received(client, 12) == b"HTTP/1.1 403"
    return time.monotonic() - began


@pytest.mark.parametrize(
    "sends",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /webhooks/nxc", id="half a line"),
        pytest.param(HEALTH, id="half a head"),
        pytest.param(PUSH + b"Content-Length: 100\r\n\r\nhalf", id="half a body"),
        pytest.param(PUSH + b"Content-Length: 200000\r\n\r\nhalf", id="half a long body"),
        pytest.param(PUSH + b"Transfer-Encoding: chunked\r\n\r\n9\r\n", id="half a chunk"),
        pytest.param(PUSH + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n", id="waiting"),
        pytest.param(PUSH + b"X: " + b"x" * 70_000, id="an endless head"),
        pytest.param(HEALTH + b"Connection: close\r\n\r\n", id="an answer that is not taken"),
        pytest.param(HEALTH + b"\r\n", id="a request, and then nothing"),
        pytest.param(b"broken\r\n\r\n", id="no request at all"),
    ],
)
def test_a_push_is_answered_in_time_beside_sixty_clients_that_send(web, connect, sends):
    alone = seconds_to_answer(connect)
    for _client in range(60):
        connect(sends)

    assert seconds_to_answer(connect) < PROMISED_SECONDS + TIMES_ALONE * alone


def test_silent_clients_beyond_all_bounds_make_room_for_those_who_speak(web, connect):
    alone = seconds_to_answer(connect)
    for _client in range(400):
        connect()

    assert seconds_to_answer(connect) < PROMISED_SECONDS + TIMES_ALONE * alone


def test_a_request_comes_in_pieces(web, connect):
    client = connect()
    for byte in HEALTH + b"\r\n":
        client.sendall(bytes([byte]))

    assert received(client, 15) == b"HTTP/1.1 200 OK"


def test_requests_that_come_at_once_are_answered_one_after_the_other(web, connect):
    client = connect((HEALTH + b"\r\n") * 2 + HEALTH)
    client.sendall(b"Connection: close\r\n\r\n")

    answers = b"".join(iter(lambda: client.recv(4096), b""))

    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert answers.count(b"\r\n\r\nok\n") == 3


def test_a_body_that_nobody_read_is_not_taken_for_a_request(web, connect):
    body = b"GET /readyz HTTP/1.1\r\n\r\n"
    client = connect(HEALTH + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    client.sendall(HEALTH + b"Connection: close\r\n\r\n")

    answers = b"".join(iter(lambda: client.recv(4096), b""))

    assert answers.count(b"HTTP/1.1 ") == answers.count(b"HTTP/1.1 200 OK") == 2


def test_a_head_has_three_seconds(web, connect):
    client = connect(HEALTH)
    began = time.monotonic()

    assert client.recv(1) == b""
    assert time.monotonic() - began > 2


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(web, connect):
    client = connect(PUSH + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n")

    assert received(client, 25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"abcd")
    assert received(client, 12) == b"HTTP/1.1 403"


def test_a_client_that_stops_within_its_body_is_told_so(web, connect):
    client = connect(PUSH + b"Content-Length: 100\r\n\r\nhalf")
    client.shutdown(socket.SHUT_WR)

    assert received(client, 12) == b"HTTP/1.1 400"


def test_tls_is_left_to_the_proxy(tmp_path):
    env = process_environment(
        var_dir=tmp_path, GUNICORN_CMD_ARGS="--certfile /nowhere.pem --keyfile /nowhere.key"
    )
    with Web(env=env, log=tmp_path / "log") as web:
        assert web.process.wait(20) == 1
        assert "certfile" in web.output
