import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ImproperlyConfigured

from didsms_site import environment
from tests.processes import ROOT, process_environment, run_manage

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Read the shipped settings again, under an environment of the test's own."""

    def load(**variables: str) -> dict[str, Any]:
        base = {"ENV_FILE": "", "VAR_DIR": str(tmp_path / "var"), "SECRET_KEY": "x" * 50}
        with patch.dict(os.environ, base | variables, clear=True):
            return runpy.run_path(str(environment.BASE_DIR / "didsms_site" / "settings.py"))

    return load


def test_what_nobody_sets_has_the_documented_default(load: Load, tmp_path: Path):
    settings = load()

    names = (
        "DEBUG ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS VAR_DIR PUBLIC_BASE_URL NXCLOUD_BASE_URL "
        "NXCLOUD_ACCESS_KEY NXCLOUD_ACCESS_SECRET NXCLOUD_PREVIOUS_ACCESS_SECRET "
        "NXCLOUD_TIME_ZONE NXCLOUD_CONNECT_TIMEOUT NXCLOUD_TOTAL_TIMEOUT WEBHOOK_TOKEN "
        "WEBHOOK_ACCEPT_UNSIGNED WEBHOOK_ALLOWED_NETWORKS TRUSTED_PROXY_COUNT WEBHOOK_MAX_AGE "
        "OUTBOX_CONCURRENCY OUTBOX_MAX_AGE NO_RECEIPT_AFTER METRICS_TOKEN"
    )
    assert {name: settings[name] for name in names.split()} == {
        "DEBUG": False,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1"],
        "CSRF_TRUSTED_ORIGINS": [],
        "VAR_DIR": tmp_path / "var",
        "PUBLIC_BASE_URL": "",
        "NXCLOUD_BASE_URL": "https://api2.nxcloud.com",
        "NXCLOUD_ACCESS_KEY": "",
        "NXCLOUD_ACCESS_SECRET": "",
        "NXCLOUD_PREVIOUS_ACCESS_SECRET": "",
        "NXCLOUD_TIME_ZONE": "Asia/Shanghai",
        "NXCLOUD_CONNECT_TIMEOUT": 5,
        "NXCLOUD_TOTAL_TIMEOUT": 30,
        "WEBHOOK_TOKEN": "",
        "WEBHOOK_ACCEPT_UNSIGNED": True,
        "WEBHOOK_ALLOWED_NETWORKS": [],
        "TRUSTED_PROXY_COUNT": 0,
        "WEBHOOK_MAX_AGE": 86400,
        "OUTBOX_CONCURRENCY": 8,
        "OUTBOX_MAX_AGE": 86400,
        "NO_RECEIPT_AFTER": 21600,
        "METRICS_TOKEN": "",
    }


def test_without_a_secret_key_nothing_starts_and_the_message_says_what_to_do(load: Load):
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is not set\. .*token_urlsafe"):
        load(SECRET_KEY="")


def test_while_developing_a_secret_key_is_made(load: Load):
    assert len(load(SECRET_KEY="", DEBUG="true")["SECRET_KEY"]) >= 50


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"DEBUG": "perhaps"}, "DEBUG is 'perhaps'; write true or false."),
        ({"OUTBOX_CONCURRENCY": "many"}, "OUTBOX_CONCURRENCY is 'many'; write a whole number."),
        ({"OUTBOX_CONCURRENCY": "0"}, "OUTBOX_CONCURRENCY is 0; the least is 1."),
        ({"NXCLOUD_TOTAL_TIMEOUT": "-1"}, "NXCLOUD_TOTAL_TIMEOUT is -1; it must be more than 0."),
        (
            {"OUTBOX_CONCURRENCY": "1001"},
            "OUTBOX_CONCURRENCY is 1001; the most is 1000.",
        ),
        (
            {"DATABASE_URL": "postgres://a@b/c", "DATABASE_POOL_SIZE": "9999"},
            "DATABASE_POOL_SIZE is 9999; the most is 1000.",
        ),
        ({"TRUSTED_PROXY_COUNT": "5000"}, "TRUSTED_PROXY_COUNT is 5000; the most is 1000."),
        ({"NXCLOUD_TOTAL_TIMEOUT": "1e12"}, "NXCLOUD_TOTAL_TIMEOUT is 1e12; the most is 600."),
        ({"NXCLOUD_CONNECT_TIMEOUT": "inf"}, "NXCLOUD_CONNECT_TIMEOUT is inf; the most is 600."),
        (
            {"NXCLOUD_CONNECT_TIMEOUT": "nan"},
            "NXCLOUD_CONNECT_TIMEOUT is nan; it must be more than 0.",
        ),
        *(
            ({name: "99999999999999999"}, f"{name} is 99999999999999999; the most is 315360000.")
            for name in ("OUTBOX_MAX_AGE", "NO_RECEIPT_AFTER", "WEBHOOK_MAX_AGE", "HSTS_SECONDS")
        ),
        (
            {"NXCLOUD_TIME_ZONE": "Peking"},
            "NXCLOUD_TIME_ZONE is 'Peking'; write a zone like Asia/Shanghai.",
        ),
        (
            {"WEBHOOK_ALLOWED_NETWORKS": "10.0.0.0/8, here"},
            "WEBHOOK_ALLOWED_NETWORKS holds 'here'; write networks like 203.0.113.0/24.",
        ),
        (
            {"PUBLIC_BASE_URL": "sms.example.com"},
            "PUBLIC_BASE_URL is 'sms.example.com'; write it like https://sms.example.com",
        ),
        (
            {"PUBLIC_BASE_URL": "https://sms.example.com/path"},
            "PUBLIC_BASE_URL is 'https://sms.example.com/path'; write it like "
            "https://sms.example.com",
        ),
        (
            {"NXCLOUD_BASE_URL": "127.0.0.1:8112"},
            "NXCLOUD_BASE_URL is '127.0.0.1:8112'; write it like https://api2.nxcloud.com",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_value_that_makes_no_sense_is_refused_in_plain_words(
    load: Load, variables: dict[str, str], message: str
):
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(**variables)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "70000", "PORT is 70000; the most is 65535."),
        ("WEB_THREADS", "1000000", "WEB_THREADS is 1000000; the most is 10000."),
        ("WEB_CONCURRENCY", "129", "WEB_CONCURRENCY is 129; the most is 128."),
    ],
)
def test_a_number_that_is_too_great_for_the_web_process_is_refused(
    tmp_path: Path, name: str, value: str, message: str
):
    environ = {"ENV_FILE": "", "VAR_DIR": str(tmp_path), "SECRET_KEY": "x" * 50, name: value}
    with patch.dict(os.environ, environ, clear=True), pytest.raises(SystemExit) as end:
        runpy.run_path(str(environment.BASE_DIR / "didsms_site" / "gunicorn.conf.py"))

    assert end.value.code == message


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://[::1", "is 'https://[::1'"),
        ("https://sms.example.com:99999", "is 'https://sms.example.com:99999'"),
        ("https://sms.example.com:port", "is 'https://sms.example.com:port'"),
        ("https://sms.example.com:0", "is 'https://sms.example.com:0'"),
        ("https://sms.example.com?a=b", "is 'https://sms.example.com?a=b'"),
        ("https://sms.example.com#top", "is 'https://sms.example.com#top'"),
        ("https://sms example.com", "is 'https://sms example.com'"),
        ("https://ann:hush@sms.example.com", "holds a user name"),
    ],
)
@pytest.mark.parametrize("name", ["PUBLIC_BASE_URL", "NXCLOUD_BASE_URL"])
def test_an_address_that_cannot_be_built_upon_is_refused(
    load: Load, name: str, address: str, words: str
):
    example = {"PUBLIC_BASE_URL": "sms.example.com", "NXCLOUD_BASE_URL": "api2.nxcloud.com"}[name]

    with pytest.raises(ImproperlyConfigured) as refusal:
        load(**{name: address})

    assert str(refusal.value) == f"{name} {words}; write it like https://{example}"


def test_the_providers_address_may_have_a_path(load: Load):
    assert load(NXCLOUD_BASE_URL="http://[::1]:8112/sms/")["NXCLOUD_BASE_URL"] == (
        "http://[::1]:8112/sms"
    )


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is 'LOUD'; write DEBUG, INFO, WARNING or ERROR."),
        (
            {"ADMINS": "foo"},
            "ADMINS is 'foo'; write it like Ann <ann@example.com>, ops@example.com",
        ),
        (
            {"ADMINS": "ann@example.com, foo"},
            "ADMINS is 'ann@example.com, foo'; write it like Ann <ann@example.com>, "
            "ops@example.com",
        ),
        (
            {"VAR_DIR": "/dev/null/var"},
            "VAR_DIR is '/dev/null/var'; this folder cannot be made: Not a directory.",
        ),
        ({"VAR_DIR": "~nobody-at-all/x"}, "VAR_DIR is '~nobody-at-all/x'; nobody has such a home."),
        (
            {"PUBLIC_BASE_URL": "https://[::1"},
            "PUBLIC_BASE_URL is 'https://[::1'; write it like https://sms.example.com",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_command_says_in_one_line_what_is_wrong_with_the_environment(
    tmp_path: Path, variables: dict[str, str], message: str
):
    env = process_environment(var_dir=tmp_path / "var") | variables

    done = subprocess.run(
        [sys.executable, "manage.py", "prune"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{message}\n")


@pytest.mark.parametrize(
    "url", ["mysql://ann:hush@db/didsms", "sqlite://:memory:", "didsms", "postgres://ann:hush@db"]
)
def test_an_unusable_database_address_is_refused_without_repeating_its_password(
    load: Load, url: str
):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL ") as refusal:
        load(DATABASE_URL=url)

    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize("secret", ["$starts-with-a-dollar", "with = and # inside", "ünïcode"])
def test_a_secret_is_taken_as_it_is_written(load: Load, secret: str):
    assert load(NXCLOUD_ACCESS_SECRET=secret)["NXCLOUD_ACCESS_SECRET"] == secret


def test_former_keys_are_a_list(load: Load):
    assert load()["SECRET_KEY_FALLBACKS"] == []
    assert load(SECRET_KEY_FALLBACKS="one, two")["SECRET_KEY_FALLBACKS"] == ["one", "two"]


def test_real_variables_win_over_the_file_and_the_file_over_generated_secrets(
    load: Load, tmp_path: Path
):
    env_file = tmp_path / "env"
    env_file.write_text("NXCLOUD_ACCESS_KEY=file\nMETRICS_TOKEN=file\nWEBHOOK_TOKEN=file\n")
    (tmp_path / "var" / "generated.env").write_text("WEBHOOK_TOKEN=made\nOUTBOX_MAX_AGE=7\n")

    settings = load(ENV_FILE=str(env_file), NXCLOUD_ACCESS_KEY="real", METRICS_TOKEN="")

    names = ("NXCLOUD_ACCESS_KEY", "METRICS_TOKEN", "WEBHOOK_TOKEN", "OUTBOX_MAX_AGE")
    assert [settings[name] for name in names] == ["real", "", "file", 7]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_scheme_of_the_public_address_switches_the_https_settings(load: Load, scheme: str):
    settings = load(PUBLIC_BASE_URL=f"{scheme}://sms.example.com:8443/")

    is_https = scheme == "https"
    assert settings["PUBLIC_BASE_URL"] == f"{scheme}://sms.example.com:8443"
    assert settings["CSRF_TRUSTED_ORIGINS"] == [f"{scheme}://sms.example.com:8443"]
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "sms.example.com"]
    assert settings["SECURE_SSL_REDIRECT"] is is_https
    assert settings["SESSION_COOKIE_SECURE"] is is_https
    assert settings["CSRF_COOKIE_SECURE"] is is_https
    names = settings.get("SESSION_COOKIE_NAME"), settings.get("CSRF_COOKIE_NAME")
    assert names == (("__Host-sessionid", "__Host-csrftoken") if is_https else (None, None))
    assert bool(settings["SECURE_HSTS_SECONDS"]) is is_https


def test_groups_of_single_sign_on_give_roles_on_numbers(load: Load):
    settings = load(
        OIDC_ISSUER="https://login.example.com/tenant/",
        OIDC_CLIENT_ID="didsms",
        OIDC_GROUPS="Front desk = agent 8615 +34911; CN=it,OU=x=administrator;Leads=supervisor;",
    )

    assert settings["OIDC_ISSUER"] == "https://login.example.com/tenant"
    assert settings["OIDC_GROUPS"] == [
        ("Front desk", "agent", ("8615", "+34911")),
        ("CN=it,OU=x", "administrator", ()),
        ("Leads", "supervisor", ()),
    ]
    assert load()["OIDC_ISSUER"] == ""


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"OIDC_GROUPS": "Front desk"}, "OIDC_GROUPS"),
        ({"OIDC_GROUPS": "Front desk = boss"}, "Roles are"),
        ({"OIDC_GROUPS": " = agent"}, "OIDC_GROUPS"),
        ({"OIDC_ONLY": "true"}, "OIDC_ISSUER is not set"),
        ({"OIDC_ISSUER": "https://login.example.com"}, "OIDC_CLIENT_ID is not"),
        (
            {"OIDC_ISSUER": "http://login.example.com", "OIDC_CLIENT_ID": "x"},
            "must begin with https",
        ),
        ({"OIDC_SECOND_FACTOR": "perhaps"}, "claim, always, never"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_single_sign_on_that_cannot_work_is_refused_at_the_start(load: Load, variables, said):
    with pytest.raises(ImproperlyConfigured, match=said):
        load(**variables)


def test_only_behind_a_trusted_proxy_its_word_on_https_counts(load: Load):
    assert "SECURE_PROXY_SSL_HEADER" not in load()
    assert load(TRUSTED_PROXY_COUNT="1")["SECURE_PROXY_SSL_HEADER"] == (
        "HTTP_X_FORWARDED_PROTO",
        "https",
    )


def test_sqlite_writes_durably_and_takes_the_lock_at_the_start(load: Load, tmp_path: Path):
    database = load()["DATABASES"]["default"]

    assert database["ENGINE"] == "didsms_site.db.sqlite"
    assert database["NAME"] == str(tmp_path / "var" / "didsms.sqlite3")
    assert database["CONN_MAX_AGE"] is None
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "PRAGMA synchronous=FULL" in database["OPTIONS"]["init_command"]


def test_a_relative_sqlite_file_lies_in_the_project(load: Load):
    database = load(DATABASE_URL="sqlite:///data/sms.sqlite3")["DATABASES"]["default"]

    assert database["NAME"] == str(environment.BASE_DIR / "data" / "sms.sqlite3")


def test_postgresql_has_a_pool_that_gives_up_in_time_for_a_push(load: Load):
    database = load(DATABASE_URL="postgres://ann:p%40ss@db:5433/sms?sslmode=require")["DATABASES"][
        "default"
    ]

    assert database == {
        "ENGINE": "didsms_site.db.postgresql",
        "NAME": "sms",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db",
        "PORT": 5433,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {"min_size": 2, "max_size": 10, "timeout": 2.5, "reconnect_timeout": 3},
            "connect_timeout": 2,
            "tcp_user_timeout": 3000,
            "sslmode": "require",
        },
    }


def test_administrators_to_tell_are_read_from_one_line(load: Load):
    admins = load(ADMINS="Ann <ann@example.com>, ops@example.com")["ADMINS"]

    assert admins == [("Ann", "ann@example.com"), ("ops@example.com", "ops@example.com")]


def test_mail_is_printed_until_a_server_is_named(load: Load):
    assert load()["EMAIL_BACKEND"].endswith("console.EmailBackend")
    mail = load(EMAIL_URL="smtp+tls://ann:p%40ss@mail.example.com:587")
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"], mail["EMAIL_HOST_PASSWORD"]) == (
        "mail.example.com",
        587,
        "p@ss",
    )
    assert mail["EMAIL_USE_TLS"] is True


def test_the_example_names_every_variable_that_is_read():
    code = "\n".join(
        path.read_text("utf-8") for path in (environment.BASE_DIR / "didsms_site").rglob("*.py")
    )
    example = (environment.BASE_DIR / ".env.example").read_text("utf-8")
    named = {line[1:].split("=")[0] for line in example.splitlines() if line.startswith("#")}

    kinds = (
        "text|text_or_default|flag|integer|seconds|words|folder|database|mail_server|address|"
        "log_level|people"
    )
    read = set(
        re.findall(rf'(?:environment\.)?\b(?:{kinds}|time_zone|networks)\(\s*"([A-Z_]+)"', code)
    )
    assert read - named == set()


def test_check_deploy_has_nothing_to_say_about_production(tmp_path: Path):
    env = process_environment(var_dir=tmp_path, PUBLIC_BASE_URL="https://sms.example.com")

    said = run_manage("check", "--deploy", "--fail-level", "WARNING", env=env)

    assert said.startswith("System check identified no issues")
