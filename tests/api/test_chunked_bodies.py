"""Programs that send their JSON in chunks, to the shipped server."""

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest
from rest_framework.authtoken.models import Token

from messaging.models import Message
from tests.factories import DID, PHONE, make_did, make_user

LIMIT = 256 * 1024


@pytest.fixture
def headers(transactional_db):
    user = make_user()
    make_did(members=(user,))
    token = Token.objects.create(user=user)
    return {"Authorization": f"Token {token.key}", "Content-Type": "application/json"}


def message(content="Hello"):
    return json.dumps({"sender": DID, "phone": PHONE, "content": content}).encode()


def post(site, body, headers):
    """Send a body, in chunks when it comes in parts."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
    try:
        connection.request("POST", "/api/v1/messages/", body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def in_parts(body, size):
    return (body[at : at + size] for at in range(0, len(body), size))


def test_message_in_chunks_is_sent(site, headers):
    status, answer = post(site, in_parts(message("Hello in parts"), 7), headers)

    assert (status, answer["status"]) == (201, "queued")
    assert Message.objects.get().content == "Hello in parts"


def test_chunks_may_hold_as_much_as_a_whole_body(site, headers):
    padded = message() + b" " * (LIMIT - len(message()))

    assert post(site, in_parts(padded, 50_000), headers)[0] == 201
    status, answer = post(site, in_parts(padded + b" ", 50_000), headers)

    assert (status, answer["code"], answer["detail"], answer["fields"]) == (
        413,
        "too_large",
        "The request body is too large.",
        {},
    )


@pytest.mark.parametrize("is_chunked", [True, False], ids=["chunks", "one piece"])
def test_answer_to_a_body_that_is_far_too_large_arrives(site, headers, is_chunked):
    body = b" " * (LIMIT * 3)

    status, answer = post(site, in_parts(body, 65_536) if is_chunked else body, headers)

    assert (status, answer["code"]) == (413, "too_large")


def test_body_that_stops_coming_is_a_clear_408(site, headers):
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST /api/v1/messages/ HTTP/1.1", "Host: localhost", "Connection: close", *lines]
    place = urlsplit(site)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*head, "Content-Length: 500", "", "{"]).encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()

    assert answer.startswith("HTTP/1.1 408 ")
    assert json.loads(answer.partition("\r\n\r\n")[2])["code"] == "too_slow"


def test_body_without_an_end_is_a_clear_400(site, headers):
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST /api/v1/messages/ HTTP/1.1", "Host: localhost", "Connection: close", *lines]
    place = urlsplit(site)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall("\r\n".join([*head, "Transfer-Encoding: chunked", "", ""]).encode())
        connection.sendall(b"5\r\nhello\r\nnonsense\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()

    assert answer.startswith("HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(answer.partition("\r\n\r\n")[2])["code"] == "broken_body"


def test_server_that_does_not_end_chunks_asks_for_a_length(client, headers):
    response = client.post(
        "/api/v1/messages/",
        message(),
        content_type="application/json",
        headers={"Authorization": headers["Authorization"], "Transfer-Encoding": "chunked"},
    )

    assert (response.status_code, response.json()["code"]) == (411, "length_required")
