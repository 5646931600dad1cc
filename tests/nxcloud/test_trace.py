"""What is remembered of one request."""

import json

import pytest

from messaging.nxcloud import trace as module
from messaging.nxcloud.trace import Trace, shown_address


def test_a_mark_is_made_once_in_milliseconds_since_the_start(monkeypatch):
    clock = iter([10.0, 10.0012, 10.5, 10.75])
    monkeypatch.setattr(module, "steady_seconds", lambda: next(clock))
    trace = Trace(_began=next(clock))

    trace.mark("looked_up")
    trace.mark("connected")
    trace.mark("connected")

    assert trace.marks == {"looked_up": 1.2, "connected": 500.0}


def test_what_is_stored_is_small_and_leaves_out_what_is_not_known():
    trace = Trace(address="https://api.example.test/didsms/mtsend", ts_ms=5, request_bytes=7)
    assert trace.stored() == {
        "to": "https://api.example.test/didsms/mtsend",
        "ts": 5,
        "bytes": 7,
        "ms": {},
    }

    trace.mark("ended")
    trace.note_answer(status=502, body=b"x" * 70_000, secrets=[])

    assert (trace.stored()["http"], len(trace.as_json()) < 600) == (502, True)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"key": "AK-secret-AK", "id": 1}', '{"key": "***-AK", "id": 1}'),
        ("Füße\x00".encode(), "Füße�"),
        (b"\xff\xfe", "��"),
        (None, ""),
        ("é".encode() * 500, "é" * 400),
    ],
    ids=["a secret", "a NUL", "no UTF-8", "broken off", "long"],
)
def test_of_an_answer_the_beginning_is_kept_without_secrets(body, kept):
    trace = Trace()

    trace.note_answer(status=200, body=body, secrets=["AK-secret", ""])

    assert json.loads(trace.as_json()).get("answer", "") == kept


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api2.example.test/didsms/mtsend", "https://api2.example.test/didsms/mtsend"),
        ("http://me:pass@127.0.0.1:8099/x?token=1#y", "http://127.0.0.1:8099/x"),
        ("http://host:port/", ""),
        ("https://x/" + "a" * 500, "https://x/" + "a" * 190),
    ],
    ids=["ordinary", "with secrets", "no port", "long"],
)
def test_an_address_is_shown_without_what_may_be_secret(url, shown):
    assert shown_address(url) == shown
