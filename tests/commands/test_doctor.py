"""The command doctor, the page System health, and the checks that go out of the process."""

from __future__ import annotations

import http.client
import ssl
import subprocess
import threading
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation

from messaging.models import WorkerSighting
from messaging.services.operations import health, outside_checks
from messaging.services.operations.backup.problems import BackupProblem
from messaging.services.operations.outside_checks import (
    Answer,
    check_mail,
    check_provider,
    check_versions,
    check_webhook,
)
from messaging.services.operations.probe import PROBE_HEADER, probe_answer
from tests.factories import make_user
from tests.processes import reserve_port

ADDRESS = "https://sms.example.com"


def answer(*, days: float | None = 80, status: int = 200, **headers: str) -> Answer:
    message = http.client.HTTPMessage()
    for name, value in headers.items():
        message[name] = value
    return Answer(status, message, days)


@pytest.fixture
def webhook(settings, monkeypatch):
    """Gives the webhook's outside: a function that sets what answers there."""
    settings.PUBLIC_BASE_URL = ADDRESS
    asked = []

    def answers_with(make) -> list[str]:
        def get(url: str, *, headers: dict[str, str]) -> Answer:
            asked.append(url)
            result = make(headers[PROBE_HEADER])
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(outside_checks, "get", get)
        return asked

    return answers_with


def ours(nonce: str, *, scheme: str = "https", days: float | None = 80) -> Answer:
    return answer(days=days, **{PROBE_HEADER: f"{probe_answer(nonce)}.{scheme}"})


def test_a_webhook_that_is_ours_is_in_order(webhook, settings):
    settings.WEBHOOK_TOKEN = "a+b/c"
    asked = webhook(ours)

    assert (check_webhook().is_ok, asked) == (True, [f"{ADDRESS}/webhooks/nxcloud/a%2Bb/c/"])


WRONG = {
    "elsewhere": lambda _nonce: answer(),
    "proxy": lambda nonce: ours(nonce, scheme="http"),
    "expires": lambda nonce: ours(nonce, days=13),
    "unreachable": lambda _nonce: ConnectionRefusedError(111, "Connection refused"),
    "certificate": lambda _nonce: ssl.SSLCertVerificationError(1, "expired"),
}


@pytest.mark.parametrize("state", WRONG)
def test_what_is_wrong_on_the_way_is_told_from_the_rest(webhook, monkeypatch, state):
    monkeypatch.setattr(ssl.SSLCertVerificationError, "verify_message", "expired", raising=False)
    webhook(WRONG[state])

    check = check_webhook()

    assert (check.is_ok, check.state) == (False, state)
    assert check.message
    assert check.fix.startswith("Server admin: ")


def test_without_an_address_nobody_can_look(settings):
    settings.PUBLIC_BASE_URL = ""

    assert check_webhook().state == "unset"


@pytest.mark.parametrize(
    ("nonce", "answered"),
    [pytest.param("a" * 32, True, id="ours"), pytest.param("a" * 65, False, id="too long")],
)
def test_the_webhook_answers_a_probe_without_counting_it(client, nonce, answered):
    response = client.get("/webhooks/nxcloud/", headers={PROBE_HEADER: nonce})

    wanted = f"{probe_answer(nonce)}.http" if answered else None
    assert (response.status_code, response.headers.get(PROBE_HEADER)) == (200, wanted)


def test_a_probe_behind_a_proxy_says_how_it_came(client, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    headers = {PROBE_HEADER: "1", "X-Forwarded-Proto": "https"}

    response = client.get("/webhooks/nxcloud/", headers=headers)

    assert response.headers[PROBE_HEADER] == f"{probe_answer('1')}.https"


# --- NXCloud, mail, versions ----------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "state"), [(29, "ok"), (-31, "clock"), (None, "ok")])
def test_the_clock_of_nxcloud_is_compared(monkeypatch, seconds, state):
    now = timezone.now().replace(microsecond=0)
    headers = {}
    if seconds is not None:
        headers["Date"] = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    monkeypatch.setattr(outside_checks, "get", lambda _url, headers=headers: answer(**told))
    told = headers

    assert check_provider(at=now).state == state


def test_nxcloud_that_nobody_reaches_is_named(settings):
    settings.NXCLOUD_BASE_URL = f"http://127.0.0.1:{reserve_port()}"

    check = check_provider(at=timezone.now())

    assert (check.is_ok, check.state) == (False, "unreachable")
    assert "Connection refused" in check.message


def test_a_mail_server_that_nobody_reaches_is_named(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", reserve_port()

    check = check_mail()

    assert (check.is_ok, check.state) == (False, "unreachable")
    assert "Connection refused" in check.message


def test_without_a_mail_server_nothing_is_asked(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert check_mail().state == "unset"


@pytest.mark.django_db
def test_versions_that_do_not_go_together_are_named(monkeypatch):
    def missing() -> None:
        raise BackupProblem("program_missing", program="pg_dump", package="postgresql-client")

    assert check_versions().state == "ok"
    monkeypatch.setattr(outside_checks, "check_tools", missing)
    assert "Install postgresql-client." in check_versions().message
    monkeypatch.setattr(outside_checks, "upgrade_refusal", lambda: "Too old.")
    assert check_versions().state == "refused"


def test_the_end_of_a_certificate_is_read(tmp_path, monkeypatch):
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out",
         str(certificate), "-days", "9", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(context) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            outside_checks.get(f"https://localhost:{port}/", headers={})
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        found = outside_checks.get(f"https://localhost:{port}/x", headers={"X": "1"})

    assert found.status == 200
    assert 8 < found.certificate_days < 9.1


class serving:  # noqa: N801  (reads as a verb)
    """A server that answers everything with 200."""

    def __init__(self, context: ssl.SSLContext) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_arguments: object) -> None:
                pass  # A client that does not trust the certificate ends the handshake.

        self.server = Server(("localhost", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> int:
        self.thread.start()
        port: int = self.server.server_address[1]
        return port

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


# --- The command and the page ---------------------------------------------------------------------


def doctor() -> tuple[int, str]:
    said, code = StringIO(), 0
    try:
        call_command("doctor", stdout=said)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, said.getvalue()


@pytest.fixture
def reached(monkeypatch, webhook):
    """Everything outside is in order."""
    webhook(ours)
    monkeypatch.setattr(health, "check_provider", lambda at: outside_checks.check_mail())


@pytest.mark.django_db(transaction=True)
def test_the_doctor_finds_everything_in_order_and_says_what_is_not(reached, var_dir: Path):
    code, said = doctor()
    assert code == 1
    assert "WRONG  worker: No worker is running: nothing is being sent.\n" in said
    assert "       Server admin: start manage.py run_outbox.\n" in said

    now = timezone.now()
    WorkerSighting.objects.create(name="w", started_at=now, seen_at=now)
    code, said = doctor()
    assert (code, said.splitlines()[-1]) == (0, "Everything is in order."), said
    for name in ("database", "spool", "disk", "clock", "backup", "versions", "webhook", "mail"):
        assert f"ok     {name}: " in said

    var_dir.chmod(0o755)
    (var_dir / "x").touch(mode=0o644)
    (var_dir / "x").chmod(0o644)
    code, said = doctor()
    assert code == 1
    assert "WRONG  settings: Other users of the server can read files in VAR_DIR." in said


@pytest.mark.django_db(transaction=True)
def test_administrators_read_the_same_in_their_language(reached, client):
    member = make_user()
    client.force_login(member)
    assert client.get(reverse("admin:system_health"), follow=True).status_code == 403

    client.force_login(make_user("boss", is_staff=True))
    english = client.get(reverse("admin:system_health")).content.decode()
    with translation.override("zh-hans"):
        chinese = client.get(
            reverse("admin:system_health"), headers={"Accept-Language": "zh-hans"}
        ).content.decode()

    assert f"The webhook is reached at {ADDRESS}." in english
    assert "No worker is running: nothing is being sent." in english
    assert "The webhook is reached" not in chinese
