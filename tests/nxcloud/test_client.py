"""Sending over real sockets: each way that it can end, and what that proves."""

from __future__ import annotations

import gzip
import json
import logging
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import certifi
import pytest

from messaging.nxcloud import http_attempt
from messaging.nxcloud.client import Accepted, NXCloudClient
from messaging.nxcloud.errors import (
    AccountRejected,
    ClockRejected,
    MessageRefused,
    NXCloudError,
    OutcomeUnknown,
    ProviderBusy,
    RequestNotSent,
    TooLateToSend,
)
from messaging.nxcloud.signing import Credentials, sign
from tests.golden import golden_bytes
from tests.nxcloud.scripted_server import (
    Script,
    ScriptedServer,
    answer,
    drip,
    http,
    reset,
    silence,
)
from tests.processes import until

TLS = Path(__file__).parent / "tls"
NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
CREDENTIALS = Credentials(access_key="key1", access_secret="top-secret")
SUCCESS = b'{"code": 0, "message": "Success", "data": {"messageId": "id1"}}'


def client_for(
    url: str, *, total_timeout_seconds: float = 10.0, connect_timeout_seconds: float = 5.0
) -> NXCloudClient:
    return NXCloudClient(
        base_url=url,
        credentials=CREDENTIALS,
        connect_timeout_seconds=connect_timeout_seconds,
        total_timeout_seconds=total_timeout_seconds,
        now=lambda: NOW,
    )


def sent(url: str, **timeouts: float) -> Accepted:
    client = client_for(url, **timeouts)
    return client.send_sms(sender="18184505018", phone="34612345678", content="Hola, ¿qué tal?")


def error_of(url: str, **timeouts: float) -> NXCloudError:
    with pytest.raises(NXCloudError) as caught:
        sent(url, **timeouts)
    return caught.value


def error_after(script: Script, **timeouts: float) -> NXCloudError:
    """Return the error of a send; the server must have seen exactly one request."""
    with ScriptedServer(script) as server:
        error = error_of(server.url, **timeouts)
        assert (server.connections, len(server.requests)) == (1, 1)
    return error


# What travels


def test_what_is_remembered_of_a_request_has_its_times_and_no_secret() -> None:
    echo = b'{"code": 0, "message": "key1 top-secret", "data": {"messageId": "id1"}}'
    with ScriptedServer(answer(http("200 OK", echo))) as server:
        trace = sent(server.url).trace
        address = server.url

    assert trace is not None
    kept = trace.stored()
    assert list(kept["ms"]) == ["looked_up", "connected", "begun", "answered", "ended"]
    assert sorted(kept["ms"].values()) == list(kept["ms"].values())
    assert (kept["to"], kept["ts"], kept["http"]) == (
        f"{address}/didsms/mtsend",
        1_700_000_000_000,
        200,
    )
    assert "key1" not in trace.as_json()
    assert "top-secret" not in trace.as_json()
    assert kept["answer"] == echo.decode().replace("key1 top-secret", "*** ***")


def test_a_request_without_an_answer_is_remembered_as_far_as_it_came() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        trace = error_of(f"http://127.0.0.1:{unused.getsockname()[1]}").trace

    assert trace is not None
    assert list(trace.stored()["ms"]) == ["looked_up", "ended"]


def test_the_request_is_signed_over_the_very_bytes_that_travel() -> None:
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        assert sent(f" {server.url}/ ") == Accepted(message_id="id1", http_status=200)
        head, _, body = server.requests[0].partition(b"\r\n\r\n")

    request_line, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert request_line == "POST /didsms/mtsend HTTP/1.1"
    assert json.loads(body) == {
        "sender": "18184505018",
        "phone": "34612345678",
        "content": "Hola, ¿qué tal?",
    }
    assert headers == {
        "Host": f"127.0.0.1:{server.port}",
        "Accept-Encoding": "identity",
        "Content-Length": str(len(body)),
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "didsms",
        "Connection": "close",
        "accessKey": "key1",
        "action": "mtsend",
        "bizType": "4",
        "ts": "1700000000000",
        "sign": sign(
            access_key="key1",
            action="mtsend",
            ts="1700000000000",
            body=body,
            access_secret="top-secret",
        ),
    }


def test_each_message_goes_over_a_connection_of_its_own() -> None:
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        client = client_for(server.url)
        for _ in range(3):
            client.send_sms(sender="1", phone="2", content="x")

    assert (server.connections, len(server.requests)) == (3, 3)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        assert sent(server.url).message_id == "id1"


def test_one_client_serves_eight_threads_at_once() -> None:
    all_at_once = threading.Barrier(8)

    def pairs_with_its_request(connection: socket.socket) -> None:
        all_at_once.wait(60)
        connection.sendall(http("200 OK", SUCCESS))

    results: list[str | None] = []
    with ScriptedServer(pairs_with_its_request) as server:
        client = client_for(server.url)

        def send_five() -> None:
            for _ in range(5):
                accepted = client.send_sms(sender="1", phone="2", content="x")
                results.append(accepted.message_id)

        threads = [threading.Thread(target=send_five) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert results == ["id1"] * 40
    assert len(server.requests) == 40


def test_nothing_is_left_running_after_a_send() -> None:
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        sent(server.url)  # starts the one thread that watches over all of them
        before = {thread.name for thread in threading.enumerate()}
        sent(server.url, total_timeout_seconds=60)

        until(lambda: {thread.name for thread in threading.enumerate()} <= before)
    assert not http_attempt._watchdog._watched


def test_the_time_of_each_of_several_sends_is_its_own() -> None:
    may_end = threading.Event()

    def say_nothing(_connection: socket.socket) -> None:
        may_end.wait(60)

    with (
        ScriptedServer(say_nothing) as silent,
        ThreadPoolExecutor(3) as threads,
    ):
        slow = threads.submit(error_of, silent.url, total_timeout_seconds=60)
        until(lambda: silent.connections == 1)
        quick = [
            threads.submit(error_of, silent.url, total_timeout_seconds=seconds)
            for seconds in (0.2, 0.1)
        ]
        try:
            assert [type(one.result()) for one in quick] == [OutcomeUnknown, OutcomeUnknown]
            assert not slow.done()
        finally:
            may_end.set()


# Accepted


@pytest.mark.parametrize(
    ("data", "message_id"),
    [
        pytest.param(
            http("200 OK", golden_bytes("answer_success.json")),
            "fdgrthtyjujukiulkil646kli6465ilul",
            id="published",
        ),
        pytest.param(http("200 OK", b'{"code": "0"}'), None, id="without an id"),
        pytest.param(
            http("200 OK", gzip.compress(SUCCESS), "Content-Encoding: gzip"), "id1", id="gzip"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"%x\r\n%b\r\n0\r\n\r\n" % (len(SUCCESS), SUCCESS),
            "id1",
            id="chunked",
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + SUCCESS, "id1", id="ended by closing"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n" + http("200 OK", SUCCESS), "id1", id="100 first"
        ),
    ],
)
def test_code_zero_is_accepted(data: bytes, message_id: str | None) -> None:
    with ScriptedServer(answer(data)) as server:
        assert sent(server.url) == Accepted(message_id=message_id, http_status=200)


def test_another_status_of_success_is_accepted_too() -> None:
    with ScriptedServer(answer(http("201 Created", SUCCESS))) as server:
        assert sent(server.url) == Accepted(message_id="id1", http_status=201)


# Nothing was sent


def test_a_refused_connection_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    error = error_of(f"http://127.0.0.1:{port}")

    assert (type(error), error.detail) == (
        RequestNotSent,
        "ConnectionRefusedError: [Errno 111] Connection refused",
    )


def test_a_name_that_does_not_resolve_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown_name)

    assert type(error_of("http://provider.invalid")) is RequestNotSent


def test_a_slow_look_up_ends_with_the_total_time_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released, ended = threading.Event(), threading.Event()
    look_up = socket.getaddrinfo

    def slow_look_up(*args: object, **kwargs: object) -> object:
        released.wait(60)
        try:
            return look_up(*args, **kwargs)  # type: ignore[arg-type]
        finally:
            ended.set()

    monkeypatch.setattr(socket, "getaddrinfo", slow_look_up)
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        error = error_of(server.url, total_timeout_seconds=0.1)
        released.set()
        assert ended.wait(60)

        assert (type(error), server.connections) == (RequestNotSent, 0)


def test_look_ups_one_after_the_other_need_no_new_thread() -> None:
    def threads() -> int:
        return [one.name for one in threading.enumerate()].count("nxcloud-look-up")

    counts = []
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        for _ in range(3):
            sent(server.url)
            until(lambda: len(http_attempt._look_up_threads._idle) == threads())
            counts.append(threads())

    assert counts == [counts[0]] * 3


@pytest.fixture
def full_backlog() -> Iterator[int]:
    """A port that takes no connection: its queue is full and nobody accepts."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port: int = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        assert select.select([listener], [], [], 60)[0]
        yield port


def test_a_connect_time_out_sent_nothing(full_backlog: int) -> None:
    error = error_of(f"http://127.0.0.1:{full_backlog}", connect_timeout_seconds=0.2)

    assert (type(error), error.detail) == (RequestNotSent, "TimeoutError: timed out")


def test_tls_towards_a_plain_port_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak_plainly() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(65_536)

        threading.Thread(target=speak_plainly, daemon=True).start()
        error = error_of(f"https://127.0.0.1:{listener.getsockname()[1]}")

    assert type(error) is RequestNotSent


def test_a_handshake_that_never_comes_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        error = error_of(
            f"https://127.0.0.1:{listener.getsockname()[1]}", total_timeout_seconds=0.1
        )

    assert type(error) is RequestNotSent


def test_a_handshake_that_drips_ends_with_the_total_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip_a_record() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 16_000)(connection)

        threading.Thread(target=drip_a_record, daemon=True).start()
        began = time.monotonic()
        error = error_of(
            f"https://127.0.0.1:{listener.getsockname()[1]}", total_timeout_seconds=0.4
        )

    assert type(error) is RequestNotSent
    assert time.monotonic() - began < 9


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    return context


def test_a_certificate_that_nobody_trusts_sent_nothing() -> None:
    with ScriptedServer(answer(http("200 OK", SUCCESS)), tls=server_tls()) as server:
        error = error_of(server.url)

    assert (type(error), server.requests) == (RequestNotSent, [])
    assert "certificate verify failed" in error.detail


def test_a_trusted_certificate_lets_the_message_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(TLS / "certificate.pem"))
    with ScriptedServer(answer(http("200 OK", SUCCESS)), tls=server_tls()) as server:
        assert sent(server.url) == Accepted(message_id="id1", http_status=200)


def test_a_reset_after_the_request_over_tls_leaves_the_outcome_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(TLS / "certificate.pem"))
    with ScriptedServer(lambda _: None, tls=server_tls()) as server:
        assert type(error_of(server.url)) is OutcomeUnknown
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url", ["", "api2.nxcloud.com", "ftp://127.0.0.1", "http://", "http://a..b"]
)
def test_an_address_that_is_none_stops_the_queue(url: str) -> None:
    assert type(error_of(url)) is AccountRejected


def test_an_access_key_that_cannot_be_a_header_stops_the_queue() -> None:
    client = NXCloudClient(
        base_url="http://127.0.0.1:9", credentials=Credentials("key\n1", "top-secret")
    )

    with pytest.raises(AccountRejected):
        client.send_sms(sender="1", phone="2", content="x")


# The caller's time is over


class Time:
    """Is over at the look with this number; the client looks as bytes are about to leave."""

    def __init__(self, *, looks: int) -> None:
        self.looks_left = looks

    def __call__(self) -> bool:
        self.looks_left -= 1
        return self.looks_left > 0


def test_nothing_leaves_when_the_callers_time_is_over_once_the_connection_is_there() -> None:
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        with pytest.raises(TooLateToSend) as caught:
            client_for(server.url).send_sms(
                sender="1", phone="2", content="x", is_in_time=Time(looks=1)
            )
        until(lambda: server.connections == 1)

    assert server.requests == []
    assert (type(caught.value), caught.value.code) == (
        TooLateToSend,
        "worker_stopped",
    )


def test_nothing_leaves_over_tls_when_the_callers_time_is_over_after_the_handshake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(TLS / "certificate.pem"))
    with (
        ScriptedServer(answer(http("200 OK", SUCCESS)), tls=server_tls()) as server,
        pytest.raises(TooLateToSend),
    ):
        client_for(server.url).send_sms(
            sender="1", phone="2", content="x", is_in_time=Time(looks=1)
        )

    assert server.requests == []


def test_a_text_stays_here_when_time_is_over_between_the_head_and_the_body() -> None:
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        with pytest.raises(OutcomeUnknown):
            client_for(server.url).send_sms(
                sender="1", phone="2", content="x", is_in_time=Time(looks=2)
            )
        until(lambda: server.connections == 1)

    assert server.requests == []


def test_a_provider_that_refuses_the_connection_says_nothing_when_time_is_over() -> None:
    with pytest.raises(TooLateToSend):
        client_for("http://127.0.0.1:9").send_sms(
            sender="1", phone="2", content="x", is_in_time=lambda: False
        )


def test_a_request_that_is_in_time_leaves() -> None:
    with ScriptedServer(answer(http("200 OK", SUCCESS))) as server:
        accepted = client_for(server.url).send_sms(
            sender="1", phone="2", content="x", is_in_time=lambda: True
        )

    assert (accepted.message_id, len(server.requests)) == ("id1", 1)


# The outcome is open


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(reset, id="reset after the request"),
        pytest.param(lambda _: None, id="closed without an answer"),
        pytest.param(answer(b"HTTP/1.1 200 OK\r\nContent-"), id="ends in the headers"),
        pytest.param(
            answer(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + SUCCESS), id="ends early"
        ),
        pytest.param(
            answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + SUCCESS),
            id="ends in a chunk",
        ),
        pytest.param(answer(b"\x16\x03\x01 garbage\r\n\r\n"), id="not HTTP"),
        pytest.param(answer(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), id="header without end"),
        pytest.param(answer(http("200 OK", b"<html>maintenance</html>")), id="not JSON"),
        pytest.param(answer(http("200 OK", b"")), id="empty"),
        pytest.param(answer(http("204 No Content")), id="no content"),
        pytest.param(answer(http("200 OK", b'{"message": "Success"}')), id="no code"),
        pytest.param(answer(http("200 OK", b"[]")), id="not an object"),
        pytest.param(answer(http("200 OK", b" " * 66_000 + SUCCESS)), id="huge"),
        pytest.param(
            answer(http("200 OK", gzip.compress(b" " * 50_000_000), "Content-Encoding: gzip")),
            id="gzip bomb",
        ),
        pytest.param(
            answer(http("200 OK", b"not gzip", "Content-Encoding: gzip")), id="broken gzip"
        ),
        pytest.param(
            answer(http("200 OK", gzip.compress(SUCCESS)[:-9], "Content-Encoding: gzip")),
            id="gzip cut short",
        ),
        pytest.param(answer(http("408 Request Timeout")), id="408"),
        pytest.param(answer(http("500 Internal Server Error", b'{"code": 1102}')), id="500"),
        pytest.param(answer(http("502 Bad Gateway", b"<html>")), id="502"),
        pytest.param(answer(http("504 Gateway Timeout")), id="504"),
        pytest.param(answer(http("507 Insufficient Storage")), id="507"),
        pytest.param(answer(http("400 Bad Request", SUCCESS)), id="400 around success"),
        pytest.param(answer(http("503 Service Unavailable", SUCCESS)), id="503 around success"),
        pytest.param(
            answer(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\n{"), id="400 cut short"
        ),
    ],
)
def test_after_the_request_has_left_a_broken_answer_leaves_the_outcome_open(
    script: Script,
) -> None:
    assert type(error_after(script)) is OutcomeUnknown


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(silence, id="silence"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90), id="headers that drip"),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + b" " * 999), id="body drips"
        ),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 999), id="body without a length drips"
        ),
        pytest.param(drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 40), id="only 100 Continue"),
    ],
)
def test_the_total_time_bounds_every_kind_of_slowness(script: Script) -> None:
    began = time.monotonic()

    error = error_after(script, total_timeout_seconds=0.4)

    assert type(error) is OutcomeUnknown
    assert time.monotonic() - began < 9  # the answers would take ten seconds and more


# The queue waits


def test_too_many_requests_says_when_to_come_back() -> None:
    error = error_after(answer(http("429 Too Many Requests", b"", "Retry-After: 7")))

    assert (type(error), error.http_status) == (ProviderBusy, 429)
    assert isinstance(error, ProviderBusy)
    assert error.retry_after_seconds == 7.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param([], None, id="absent"),
        pytest.param(["Retry-After: 1.5"], 1.5, id="fraction"),
        pytest.param(["Retry-After: 0"], 0.0, id="at once"),
        pytest.param(["Retry-After: 99999999"], 86_400.0, id="a day at most"),
        pytest.param(["Retry-After: " + "9" * 400], None, id="beyond numbers"),
        pytest.param(["Retry-After: soon"], None, id="no meaning"),
        pytest.param(["Retry-After: -5"], None, id="negative"),
        pytest.param(["Retry-After: Tue, 14 Nov 2023 22:13:50 GMT"], 30.0, id="date"),
        pytest.param(["Retry-After: Tue, 14 Nov 2023 22:00:00 GMT"], 0.0, id="past date"),
        pytest.param(
            [
                "Retry-After: Tue, 14 Nov 2023 23:00:30 GMT",
                "Date: Tue, 14 Nov 2023 23:00:00 GMT",
            ],
            30.0,
            id="date by their clock",
        ),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    headers: list[str], seconds: float | None
) -> None:
    error = error_after(answer(http("503 Service Unavailable", b"<html>", *headers)))

    assert isinstance(error, ProviderBusy)
    assert error.retry_after_seconds == seconds


# The account


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        pytest.param(http("401 Unauthorized"), AccountRejected, "", id="401"),
        pytest.param(http("403 Forbidden", b"<html>"), AccountRejected, "", id="403"),
        pytest.param(
            http("403 Forbidden", b'{"code": 1102}'), AccountRejected, "1102", id="403 with code"
        ),
        pytest.param(
            http("401 Unauthorized", b'{"code": 1004}'), ClockRejected, "1004", id="401 clock"
        ),
        pytest.param(
            http("403 Forbidden", b'{"code": 12002}'), AccountRejected, "12002", id="403 refusal"
        ),
        pytest.param(http("404 Not Found"), AccountRejected, "", id="404"),
        pytest.param(http("405 Method Not Allowed"), AccountRejected, "", id="405"),
        pytest.param(http("410 Gone"), AccountRejected, "", id="410"),
        pytest.param(http("304 Not Modified"), AccountRejected, "", id="304"),
        pytest.param(http("200 OK", b'{"code": 1001}'), AccountRejected, "1001", id="1001"),
        pytest.param(http("200 OK", b'{"code": "1003"}'), AccountRejected, "1003", id="1003"),
        pytest.param(http("200 OK", b'{"code": 1004}'), ClockRejected, "1004", id="1004"),
        pytest.param(http("400 Bad Request", b'{"code": 1004}'), ClockRejected, "1004", id="400"),
        pytest.param(http("200 OK", b'{"code": 1005}'), AccountRejected, "1005", id="1005"),
        pytest.param(http("200 OK", b'{"code": 1100}'), AccountRejected, "1100", id="1100"),
        pytest.param(http("200 OK", b'{"code": 1102}'), AccountRejected, "1102", id="1102"),
    ],
)
def test_what_holds_for_the_account_stops_the_queue(
    data: bytes, kind: type[NXCloudError], code: str
) -> None:
    error = error_after(answer(data))

    assert (type(error), error.provider_code) == (kind, code)


def test_a_redirect_is_not_followed() -> None:
    with (
        ScriptedServer(answer(http("200 OK", SUCCESS))) as elsewhere,
        ScriptedServer(
            answer(http("307 Temporary Redirect", b"", f"Location: {elsewhere.url}/"))
        ) as server,
    ):
        error = error_of(server.url)

    assert (type(error), error.http_status, elsewhere.connections) == (AccountRejected, 307, 0)


# The message


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        pytest.param(http("200 OK", golden_bytes("answer_failure.json")), "-1", 200, id="-1"),
        pytest.param(http("200 OK", b'{"code": 1002}'), "1002", 200, id="1002"),
        pytest.param(http("200 OK", b'{"code": "12002"}'), "12002", 200, id="12002"),
        pytest.param(http("400 Bad Request", b'{"code": 12001}'), "12001", 400, id="400"),
        pytest.param(http("422 Unprocessable", b"<html>"), "", 422, id="no code"),
        pytest.param(http("400 Bad Request", b" " * 70_000), "", 400, id="huge page"),
    ],
)
def test_what_holds_for_the_message_fails_it(data: bytes, code: str, status: int) -> None:
    error = error_after(answer(data))

    assert (type(error), error.provider_code, error.http_status) == (MessageRefused, code, status)


def test_an_unknown_code_comes_with_the_providers_own_words() -> None:
    error = error_after(answer(http("200 OK", b'{"code": 777, "message": "Blocked by carrier"}')))

    assert (type(error), error.detail) == (MessageRefused, "Blocked by carrier")


# The clock and the log


def test_the_date_of_the_answer_shows_how_far_the_clocks_are_apart() -> None:
    data = http("200 OK", SUCCESS, "Date: Tue, 14 Nov 2023 22:14:20 GMT")
    with ScriptedServer(answer(data)) as server:
        client = client_for(server.url)
        assert client.last_clock_offset_seconds is None
        client.send_sms(sender="1", phone="2", content="x")

    assert client.last_clock_offset_seconds == 60.5


@pytest.mark.parametrize("date", ["", "Date: yesterday", "Date: Tue, 99 Foo 2023 22:14:20 GMT"])
def test_a_date_without_a_meaning_says_nothing_about_the_clocks(date: str) -> None:
    with ScriptedServer(answer(http("200 OK", SUCCESS, *filter(None, [date])))) as server:
        client = client_for(server.url)
        client.send_sms(sender="1", phone="2", content="x")

    assert client.last_clock_offset_seconds is None


def test_the_log_holds_no_secret_no_text_and_no_whole_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    error_after(answer(http("200 OK", b'{"code": 12002, "message": "no such number"}')))
    record = caplog.records[-1]

    assert record.getMessage().startswith(
        "mtsend to 346…78: MessageRefused (HTTP 200, code 12002) after "
    )
    for secret in ("top-secret", "key1", "Hola", "34612345678", "18184505018", "sign"):
        assert secret not in caplog.text
