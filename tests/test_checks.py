"""Django's system checks of our settings."""

from pathlib import Path

import pytest

from messaging.checks import check_settings
from messaging.services.configuration import flaws


def codes() -> list[str]:
    return [message.id for message in check_settings(None)]


def test_good_settings_have_no_flaw():
    assert codes() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("VAR_DIR", Path("/nowhere"), "didsms.var_dir"),
        ("NXCLOUD_ACCESS_SECRET", "", "didsms.half_credentials"),
        ("NXCLOUD_ACCESS_KEY", "", "didsms.half_credentials"),
        ("WEBHOOK_TOKEN", "short", "didsms.short_webhook_token"),
        ("WEBHOOK_TOKEN", "control\x01characters", "didsms.webhook_token_in_address"),
        ("WEBHOOK_TOKEN", "two//slashes-together", "didsms.webhook_token_in_address"),
        ("WEBHOOK_TOKEN", "up/../and-down-again", "didsms.webhook_token_in_address"),
        ("METRICS_TOKEN", "short", "didsms.short_metrics_token"),
    ],
)
def test_what_is_certainly_wrong_is_a_warning(settings, name, value, code):
    setattr(settings, name, value)

    assert codes() == [code]


@pytest.mark.parametrize("token", ["q3J5/wXv+K0dTtq8mQzF1A==", "what?about#these%20", ""])
def test_a_token_that_can_be_quoted_into_an_address_has_no_flaw(settings, token):
    settings.WEBHOOK_TOKEN = token

    assert codes() == []


def test_what_may_be_meant_so_is_left_to_the_admin(settings):
    settings.NXCLOUD_ACCESS_KEY = settings.NXCLOUD_ACCESS_SECRET = ""
    settings.PUBLIC_BASE_URL = "https://sms.example.com"
    settings.SECURE_SSL_REDIRECT = True

    assert codes() == []
    assert [flaw.code for flaw in flaws()] == ["credentials", "trusted_proxy_count"]


@pytest.mark.parametrize(
    ("backend", "address", "expected"),
    [
        ("console", "http://sms.example.com", ["mail_server"]),
        ("dummy", "http://sms.example.com", ["mail_server"]),
        ("smtp", "", ["public_base_url", "mail_links"]),
        ("smtp", "http://sms.example.com", []),
    ],
)
def test_the_admin_says_when_no_mail_reaches_anybody(settings, backend, address, expected):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.PUBLIC_BASE_URL = address

    assert (codes(), [flaw.code for flaw in flaws()]) == ([], expected)
