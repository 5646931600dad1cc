"""The dead-man service hears of us while web and worker are at work, and not otherwise."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.utils import timezone

from messaging.services.operations import heartbeat
from messaging.services.operations.health_checks import Check

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings):
    """A dead-man service that counts its calls; `status` is what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.paths.append(self.path)
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.paths, server.status = [], 200
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.HEARTBEAT_URL = f"http://127.0.0.1:{server.server_port}/ping/secret-uuid"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def checks(monkeypatch):
    """What the checks find; a test changes it."""
    found = [Check("database", True, "ok", "", decides=True), Check("worker", True, "ok", "")]
    monkeypatch.setattr(heartbeat, "check_all", lambda *, at: found)
    return found


def test_a_healthy_minute_is_told_once(service, checks):
    now = timezone.now()

    told = [heartbeat.beat(at=now + timedelta(seconds=seconds)) for seconds in (0, 15, 59, 61)]

    assert told == [True, False, False, True]
    assert service.paths == ["/ping/secret-uuid"] * 2


@pytest.mark.parametrize("name", ["worker", "database"])
def test_without_a_worker_or_the_database_nothing_is_told(service, checks, name):
    checks.append(Check(name, False, "away", "", decides=name == "database"))

    assert not heartbeat.beat(at=timezone.now())
    assert service.paths == []


def test_a_ping_that_was_not_taken_is_tried_again_and_its_address_is_not_logged(
    service, checks, caplog
):
    service.status = 503
    now = timezone.now()

    assert not heartbeat.beat(at=now)
    service.status = 200
    assert heartbeat.beat(at=now + timedelta(seconds=15))
    assert "HTTPError" in caplog.text
    assert "secret-uuid" not in caplog.text


def test_nobody_is_told_where_no_service_is_named(settings, checks):
    settings.HEARTBEAT_URL = ""

    assert not heartbeat.beat(at=timezone.now())
