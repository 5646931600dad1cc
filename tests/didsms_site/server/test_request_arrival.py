"""From its bytes alone: whether a request has come."""

import pytest

from didsms_site.server.request_arrival import MOST_BODY_BYTES, MOST_HEAD_BYTES, Arrival

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


def arrival_of(*parts: bytes) -> Arrival:
    arrival = Arrival()
    for part in parts:
        arrival.add(part)
    return arrival


def state_of(arrival: Arrival) -> tuple[bool, bool, bool]:
    return arrival.has_head, arrival.is_complete, arrival.is_for_thread


NOTHING = (False, False, False)
HEAD = (True, False, False)
COMPLETE = (True, True, True)
#: A thread has to wait for the rest.
HALF = (True, False, True)


@pytest.mark.parametrize(
    ("data", "state"),
    [
        pytest.param(b"", NOTHING, id="nothing"),
        pytest.param(b"GET / HTT", NOTHING, id="part of a line"),
        pytest.param(GET[:-2], NOTHING, id="no end of the head"),
        pytest.param(GET, COMPLETE, id="no body"),
        pytest.param(GET + GET, COMPLETE, id="two requests"),
        pytest.param(POST + b"Content-Length: 4\r\n\r\n", HEAD, id="no byte of the body"),
        pytest.param(POST + b"content-LENGTH:4\r\n\r\nabc", HEAD, id="part of the body"),
        pytest.param(POST + b"Content-Length: 4\r\n\r\nabcd", COMPLETE, id="a body"),
        pytest.param(POST + b"Content-Length: 4\r\n\r\nabcdGET", COMPLETE, id="a body and more"),
        pytest.param(POST + b"Content-Length: x\r\n\r\n", COMPLETE, id="a length that is none"),
        pytest.param(
            POST + b"Content-Length: %d\r\n\r\n" % (MOST_BODY_BYTES + 1), HALF, id="a long body"
        ),
        pytest.param(POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", HALF, id="too long"),
        pytest.param(POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n", HALF, id="asks"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nab", HEAD, id="half a chunk"),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
            COMPLETE,
            id="chunks",
        ),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n", HEAD, id="no chunk yet"),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"x" * (MOST_BODY_BYTES + 1),
            HALF,
            id="many chunks",
        ),
        pytest.param(b"x" * (MOST_HEAD_BYTES + 1), (False, False, True), id="an endless head"),
        pytest.param(b"\x16\x03\x01\x00\xa5", NOTHING, id="a client that speaks TLS"),
    ],
)
def test_it_is_known_what_is_still_to_come(data, state):
    assert state_of(arrival_of(data)) == state
    if data:
        assert state_of(arrival_of(*(bytes([byte]) for byte in data[:5000]))) == (
            state if len(data) <= 5000 else state_of(arrival_of(data[:5000]))
        )


def test_every_byte_is_kept():
    data = POST + b"Content-Length: 4\r\n\r\nabcd" + GET

    assert arrival_of(data[:7], data[7:60], data[60:]).data == data
