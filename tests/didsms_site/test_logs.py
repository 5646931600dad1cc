import logging
import sys

import pytest

from didsms_site.logs import DiscreetFormatter, logging_settings
from messaging.phone_numbers import mask

FORMATTER = DiscreetFormatter("%(message)s", mask_number=mask, secrets=["hush-hush-hush", "short"])


def line(message: str, *arguments: object) -> str:
    return FORMATTER.format(
        logging.LogRecord("x", logging.INFO, __file__, 1, message, arguments, None)
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("from 34612345678 to +6591234567", "from 346…78 to +65…67"),
        ("key hush-hush-hush used", "key [hidden] used"),
        ("shortly", "shortly"),
        (
            "Not Found: /webhooks/nxcloud/some-old-token/",
            "Not Found: /webhooks/nxcloud/[hidden]/",
        ),
        (
            "Not Found: /webhooks/nxcloud/an/old?token+==/",
            "Not Found: /webhooks/nxcloud/[hidden]/",
        ),
        (
            "Not Found: /webhooks/nxcloud/an/old token/xyz/",
            "Not Found: /webhooks/nxcloud/[hidden]/",
        ),
        (
            "Invalid request from ip=1.2.3.4: Invalid HTTP Header: 'Authorization Token abcdef'",
            "Invalid request from ip=1.2.3.4: Invalid HTTP Header: [hidden]",
        ),
        ("message 123456, 25 pushes in 1200 ms", "message 123456, 25 pushes in 1200 ms"),
        ("id 12345678901234567890", "id 12345678901234567890"),
    ],
    ids=[
        "numbers",
        "a secret",
        "too short to be one",
        "a push address",
        "one with slashes",
        "one with a space",
        "a spoiled header",
        "counts",
        "long ids",
    ],
)
def test_a_line_keeps_what_helps_and_hides_what_must_not_be_there(message: str, expected: str):
    masked = line(message)

    assert masked == expected


def test_arguments_are_made_discreet_too():
    assert line("%s wrote", "34612345678") != "34612345678 wrote"


def test_a_trace_is_made_discreet_too():
    try:
        raise ValueError("no such contact: 34612345678")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "oops", (), sys.exc_info())

    text = FORMATTER.format(record)

    assert "no such contact" in text
    assert "34612345678" not in text


def test_passwords_inside_addresses_are_secrets(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://ann:long%20password@db/sms")

    assert "long password" in logging_settings()["formatters"]["discreet"]["secrets"]


def test_former_keys_are_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", "first former key, second-former-key")

    secrets = logging_settings()["formatters"]["discreet"]["secrets"]

    assert {"first former key", "second-former-key"} <= set(secrets)
