"""The spool file of a push: comes back whole or not at all."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from messaging.nxcloud.errors import SpoiledSpoolFile
from messaging.nxcloud.push import PushEnvelope

ENVELOPE = PushEnvelope(
    raw_body=b"content=line+one\nline two\x00\xff",
    content_type="application/x-www-form-urlencoded; charset=gbk",
    is_signed=False,
    action="",
    remote_addr="203.0.113.9",
    received_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    flags=("clock_skew",),
)
SPOOLED = ENVELOPE.to_spool_bytes()


def spooled_with(**changes: object) -> bytes:
    line, _, body = SPOOLED.partition(b"\n")
    return json.dumps(json.loads(line) | changes).encode() + b"\n" + body


def test_an_envelope_comes_back_from_the_spool_as_it_was() -> None:
    assert PushEnvelope.from_spool_bytes(SPOOLED) == ENVELOPE


def test_the_spool_file_ends_with_the_raw_body() -> None:
    header, _, body = SPOOLED.partition(b"\n")

    assert body == ENVELOPE.raw_body
    assert json.loads(header)["version"] == 1


def test_the_arrival_comes_back_in_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    data = spooled_with(received_at=datetime(2026, 1, 2, 11, tzinfo=shanghai).isoformat())

    assert PushEnvelope.from_spool_bytes(data).received_at == datetime(2026, 1, 2, 3, tzinfo=UTC)


def test_the_body_does_not_show_in_the_repr() -> None:
    assert "line" not in repr(ENVELOPE)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "no_header", id="empty"),
        pytest.param(SPOOLED.partition(b"\n")[0], "no_header", id="header only"),
        pytest.param(b"\x00\xff\n", "bad_header", id="not text"),
        pytest.param(b"[1]\n", "bad_header", id="not an object"),
        pytest.param(b"[" * 100_000 + b"\n", "bad_header", id="nested too deep"),
        pytest.param(spooled_with(version=2), "unknown_version", id="later version"),
        pytest.param(SPOOLED[:-1], "wrong_size", id="cut short"),
        pytest.param(SPOOLED[:-1] + b"x", "wrong_digest", id="altered"),
        pytest.param(spooled_with(content_type=None), "bad_header", id="no content type"),
        pytest.param(spooled_with(is_signed="no"), "bad_header", id="signed is not a truth value"),
        pytest.param(spooled_with(flags=[1]), "bad_header", id="flag is not text"),
        pytest.param(spooled_with(flags=None), "bad_header", id="no flags"),
        pytest.param(spooled_with(received_at="yesterday"), "bad_header", id="no date"),
        pytest.param(
            spooled_with(received_at="2026-01-02T03:04:05"), "bad_header", id="date without zone"
        ),
    ],
)
def test_a_spoiled_file_is_told_from_a_good_one(data: bytes, reason: str) -> None:
    with pytest.raises(SpoiledSpoolFile) as caught:
        PushEnvelope.from_spool_bytes(data)

    assert caught.value.reason == reason
