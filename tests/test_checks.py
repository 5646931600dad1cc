"""Django's system checks of our settings."""

import logging
from pathlib import Path

import pytest
from django.core import checks

from messaging.checks import check_settings
from messaging.services.operations.config_checks import flaws, log_flaws

SIGN_ON = {
    "PUBLIC_BASE_URL": "https://sms.example.com",
    "OIDC_ISSUER": "https://login.example.com",
    "OIDC_CLIENT_ID": "didsms",
    "OIDC_CLIENT_SECRET": "a secret",
}


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
        ("SECRET_KEY", "x", "didsms.weak_secret_key"),
        ("SECRET_KEY", "twenty-nine-characters-of-key", "didsms.weak_secret_key"),
        ("SECRET_KEY", "abcdefghi" * 6, "didsms.weak_secret_key"),
        ("SECRET_KEY_FALLBACKS", ["x"], "didsms.weak_secret_key_fallbacks"),
        ("ALLOWED_HOSTS", ["localhost", "*"], "didsms.allowed_hosts"),
    ],
)
def test_what_is_certainly_wrong_is_a_warning(settings, name, value, code):
    setattr(settings, name, value)

    assert codes() == [code]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"OIDC_CLIENT_ID": "didsms"}, "sign_on_without_issuer"),
        ({"OIDC_BREAK_GLASS": ["root"]}, "sign_on_without_issuer"),
        (SIGN_ON | {"PUBLIC_BASE_URL": ""}, "sign_on_address"),
        (SIGN_ON | {"OIDC_SCOPES": "email, profile"}, "sign_on_scopes"),
        (SIGN_ON | {"OIDC_ONLY": True}, "no_break_glass"),
        (
            SIGN_ON | {"OIDC_ISSUER": "https://x.example/.well-known/openid-configuration"},
            "sign_on_issuer",
        ),
    ],
)
def test_single_sign_on_that_is_half_set_up_is_a_warning(settings, given, code):
    for name, value in given.items():
        setattr(settings, name, value)

    assert codes() == [f"didsms.{code}"]


def test_single_sign_on_that_is_set_up_has_no_flaw(settings):
    for name, value in SIGN_ON.items():
        setattr(settings, name, value)
    assert codes() == []

    settings.OIDC_CLIENT_SECRET = ""
    assert "sign_on_secret" in [flaw.code for flaw in flaws()]
    assert codes() == []


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


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("SECRET_KEY", "x", logging.ERROR),
        ("SECRET_KEY", "aabb" * 15, logging.ERROR),
        ("SECRET_KEY", "twenty-nine-characters-of-key", logging.WARNING),
        ("SECRET_KEY_FALLBACKS", ["x"], logging.ERROR),
        ("WEBHOOK_TOKEN", "a", logging.ERROR),
        ("WEBHOOK_TOKEN", "eleven-char", logging.WARNING),
        ("METRICS_TOKEN", "a", logging.ERROR),
        ("ALLOWED_HOSTS", ["*"], logging.WARNING),
    ],
)
def test_a_key_that_ran_before_stops_no_command_and_the_log_says_how_bad_it_is(
    settings, caplog, name, value, level
):
    setattr(settings, name, value)

    log_flaws()

    assert [message.level for message in check_settings(None)] == [checks.WARNING]
    assert [record.levelno for record in caplog.records] == [level]


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "expected"),
    [
        (0o755, 0o644, ["didsms.var_dir_open"]),
        (0o711, 0o604, ["didsms.var_dir_open"]),
        (0o755, 0o600, []),
        (0o700, 0o644, []),
        (0o750, 0o640, []),
    ],
    ids=["open", "by its name", "files are closed", "the folder is closed", "a group's own"],
)
def test_files_that_other_users_can_read_are_named(var_dir, folder_mode, file_mode, expected):
    (var_dir / "didsms.sqlite3").touch()
    (var_dir / "didsms.sqlite3").chmod(file_mode)
    var_dir.chmod(folder_mode)

    assert codes() == expected


def test_the_log_says_at_the_start_what_is_certainly_wrong(settings, caplog):
    settings.SECRET_KEY = "x"
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_BASE_URL = ""

    log_flaws()

    assert [(line.levelname, line.getMessage().split(":")[0]) for line in caplog.records] == [
        ("ERROR", "SECRET_KEY can be guessed"),
        ("WARNING", "ALLOWED_HOSTS is *"),
    ]
