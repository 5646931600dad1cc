"""What gunicorn cannot read is refused in the API's form."""

import json
import logging
from typing import Any

import pytest
from gunicorn.http.errors import InvalidRequestLine, LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.base import Worker

from didsms_site.server.unreadable import JsonRefusals


class Client:
    """The client's end."""

    def __init__(self, *, has_gone: bool = False) -> None:
        self.got, self.has_gone = b"", has_gone

    def sendall(self, data: bytes) -> None:
        if self.has_gone:
            raise BrokenPipeError
        self.got += data


class RefusingWorker(JsonRefusals, Worker):
    """Only what refuses."""

    def __init__(self) -> None:
        self.log = logging.getLogger("test.unreadable")


def refused(error: Exception) -> tuple[str, dict[str, str], Any]:
    """The status line, the headers and the body that a client gets."""
    client = Client()
    RefusingWorker().handle_error(None, client, ("192.0.2.1", 1), error)
    head, _, body = client.got.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ") for line in lines), json.loads(body)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (LimitRequestLine(9000, 8190), "414 URI Too Long", "uri_too_long"),
        (InvalidRequestLine("<script>"), "400 Bad Request", "bad_request"),
        (
            LimitRequestHeaders("too many"),
            "431 Request Header Fields Too Large",
            "headers_too_large",
        ),
        (KeyError("ours"), "500 Internal Server Error", "server_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_cannot_be_read_is_refused_as_json(error, status, code):
    first, headers, body = refused(error)

    assert first == f"HTTP/1.1 {status}"
    assert headers["Content-Type"] == "application/json"
    assert body["code"] == code
    assert body["fields"] == {}
    assert body["request_id"] == headers["X-Request-ID"]
    assert "script" not in str(body)


def test_a_client_who_has_gone_is_no_error():
    RefusingWorker().handle_error(None, Client(has_gone=True), None, InvalidRequestLine("x"))
