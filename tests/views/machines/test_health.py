"""/healthz, /readyz and /metrics."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from messaging.models import RejectedRequestCount, WorkerSighting
from messaging.reasons import Reason
from messaging.services.operations import database_checks
from messaging.services.operations.time_window import between, since
from messaging.services.pushes.spool import spool_folder, spool_push
from messaging.services.receiving.receive import drain
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import open_breaker
from tests.factories import (
    DID,
    PHONE,
    inbound_envelope,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)


METRICS_TOKEN = "a-long-random-token"


@pytest.fixture
def prober(client, settings) -> Client:
    """A client that knows METRICS_TOKEN."""
    settings.METRICS_TOKEN = METRICS_TOKEN
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {METRICS_TOKEN}"
    return client


@pytest.fixture
def worker():
    now = timezone.now()
    return WorkerSighting.objects.create(
        name="w", started_at=now, seen_at=now, clock_offset_seconds=0.24, clock_checked_at=now
    )


def test_healthz_answers_without_the_database(client, django_db_blocker):
    with django_db_blocker.block():
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_a_node_in_order_is_ready_and_names_every_check(prober, worker):
    response = prober.get("/readyz")

    body = response.json()
    assert 0 <= body.pop("worker_seen_seconds_ago") < 5
    assert 0 < body.pop("disk_free_bytes") < body.pop("disk_total_bytes")
    assert response.status_code == 200
    assert body == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "migrations_pending": 0,
        "spool": "ok",
        "spool_waiting": 0,
        "spool_oldest_seconds": None,
        "disk": "ok",
        "set_aside": "empty",
        "set_aside_count": 0,
        "worker": "ok",
        "sending": "running",
        "sending_reason": "",
        "quarantine": "empty",
        "quarantine_count": 0,
        "clock": "ok",
        "clock_offset_seconds": 0.2,
        "backup": "none",
        "backup_age_seconds": None,
        "backup_proven_seconds_ago": None,
    }


def test_trouble_outside_the_web_node_is_reported_and_does_not_take_it_out(prober, worker):
    now = timezone.now()
    open_breaker(reason=Reason("1102"), message=None, at=now)
    record_push(envelope=inbound_envelope())
    spool_push(inbound_envelope())
    WorkerSighting.objects.update(seen_at=now - timedelta(seconds=31), clock_offset_seconds=-40)

    response = prober.get("/readyz")

    body = response.json()
    assert response.status_code == 200
    assert {name: body[name] for name in ("worker", "sending", "sending_reason", "clock")} == {
        "worker": "away",
        "sending": "paused",
        "sending_reason": "The balance of the NXCloud account is used up: top it up at NXCloud.",
        "clock": "off",
    }
    assert (body["quarantine_count"], body["spool_waiting"]) == (1, 1)


def test_a_spool_file_that_was_set_aside_is_seen(prober, worker):
    (spool_folder() / "1.push").write_bytes(b"garbage")
    drain()

    ready = prober.get("/readyz")

    body = ready.json()
    assert ready.status_code == 200
    assert {name: body[name] for name in ("spool_waiting", "set_aside", "set_aside_count")} == {
        "spool_waiting": 0,
        "set_aside": "waiting",
        "set_aside_count": 1,
    }
    prober.force_login(make_user("boss", is_staff=True))
    page = prober.get("/admin/").content.decode()
    assert "1 file of this node’s spool couldn’t be recorded" in page


def test_a_database_that_is_away_takes_the_node_out(client, monkeypatch):
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(database_checks, "pending_migrations", away)

    response = client.get("/readyz")

    body = response.json()
    assert response.status_code == 503
    assert (body["ready"], body["database"], body["sending"]) == (False, "away", "unknown")
    assert body["spool"] == "ok"


def test_a_database_that_hangs_holds_nobody_longer_than_five_seconds(client, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(database_checks, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(database_checks, "pending_migrations", lambda: release.wait(20) and [])

    began = time.monotonic()
    answers = [client.get("/readyz") for _ in range(2)]
    took = time.monotonic() - began
    release.set()

    assert [answer.status_code for answer in answers] == [503, 503]
    assert took < 10  # and not the 20 for which it hangs
    assert sum(thread.name == "health" for thread in threading.enumerate()) <= 1


def test_pending_migrations_take_the_node_out(prober, monkeypatch):
    monkeypatch.setattr(
        database_checks, "pending_migrations", lambda: [("messaging", "0099_later")]
    )

    response = prober.get("/readyz")

    assert (response.status_code, response.json()["migrations_pending"]) == (503, 1)


STATES = {
    "ready": True,
    "database": "ok",
    "migrations": "ok",
    "spool": "ok",
    "disk": "ok",
    "set_aside": "empty",
    "worker": "ok",
    "sending": "paused",
    "quarantine": "waiting",
    "clock": "ok",
    "backup": "none",
}


def test_a_caller_whom_nobody_knows_is_told_states_but_no_figures_and_no_reasons(
    client, worker, settings
):
    settings.METRICS_TOKEN = METRICS_TOKEN
    open_breaker(
        reason=Reason("1102"),
        message=None,
        at=timezone.now(),
    )
    record_push(envelope=inbound_envelope())
    member = Client()
    member.force_login(make_user())

    assert client.get("/readyz").json() == STATES
    assert client.get("/readyz", headers={"Authorization": "Bearer wrong"}).json() == STATES
    assert client.get("/readyz", headers={"Cookie": "sessionid=made-up"}).json() == STATES
    assert member.get("/readyz").json() == STATES


def test_an_administrator_sees_the_details_in_the_browser(client, worker):
    client.force_login(make_user("boss", is_staff=True))

    body = client.get("/readyz").json()

    assert (body["sending_reason"], body["quarantine_count"]) == ("", 0)


def test_a_session_while_the_database_is_away_changes_nothing(client, monkeypatch):
    client.force_login(make_user("boss", is_staff=True))

    def away(*_arguments: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(database_checks, "pending_migrations", away)
    monkeypatch.setattr("messaging.services.access.sessions.fetch_session", away)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["database"]) == (503, "away")


def test_a_spool_that_cannot_be_written_takes_the_node_out(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path / "file"
    settings.VAR_DIR.write_text("no folder")

    response = client.get("/readyz")

    assert (response.status_code, response.json()["spool"]) == (503, "not_writable")


def figures(response) -> dict[str, float]:
    lines = response.content.decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs if name.startswith("didsms_")}


def test_metrics_are_for_administrators_and_bearers_of_the_token_only(client, settings):
    settings.METRICS_TOKEN = "a-long-random-token"
    member, administrator = Client(), Client()
    backend = "messaging.services.access.auth_backend.StaffBackend"
    member.force_login(make_user(), backend=backend)
    administrator.force_login(make_user(is_staff=True), backend=backend)

    def status(client: Client, authorization: str = "") -> int:
        headers = {"Authorization": authorization} if authorization else {}
        return client.get("/metrics", headers=headers).status_code

    assert status(client) == 403
    assert status(member) == 403
    assert status(administrator) == 200
    assert status(client, "Bearer a-long-random-token") == 200
    assert status(client, "Bearer wrong") == 403
    assert status(client, "Token a-long-random-token") == 403


def test_metrics_are_given_to_the_bearer_at_any_address_of_the_node_and_without_a_redirect(
    client, settings
):
    settings.METRICS_TOKEN = "a-long-random-token"
    settings.SECURE_SSL_REDIRECT = True
    headers = {"Authorization": "Bearer a-long-random-token", "Host": "10.0.0.5:8000"}

    assert client.get("/metrics", headers=headers).status_code == 200
    assert client.get("/metrics").status_code == 403


def test_without_a_metrics_token_no_bearer_gets_in(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


#: What the machine brings along, and what deploy/test_prometheus holds the figures of.
OF_OTHER_TESTS = tuple(
    f"didsms_{name}"
    for name in (
        "worker", "webhook", "quick", "disk", "alarms", "accepted", "receipt", "provider",
        "last_push",
    )
)  # fmt: skip


def test_metrics_say_what_waits_and_what_happened_lately(client, settings, worker):
    settings.METRICS_TOKEN = "a-long-random-token"
    now = timezone.now()
    did = make_did()
    make_inbound(did, at=now - timedelta(days=2))
    make_inbound(did, at=now)
    make_outbound(at=now - timedelta(seconds=90))
    record_push(envelope=inbound_envelope(did="34911000000", at=now))
    RejectedRequestCount.objects.create(day=now.date(), reason="bad_sign", count=7, last_at=now)

    response = client.get("/metrics", headers={"Authorization": "Bearer a-long-random-token"})

    found = figures(response)
    assert 90 <= found.pop("didsms_queue_oldest_seconds") < 100
    assert {name: found[name] for name in found if not name.startswith(OF_OTHER_TESTS)} == {
        "didsms_database_up": 1,
        "didsms_spool_files": 0,
        "didsms_spool_oldest_seconds": 0,
        "didsms_spool_set_aside": 0,
        'didsms_queue_messages{status="scheduled"}': 0,
        'didsms_queue_messages{status="held"}': 0,
        'didsms_queue_messages{status="queued"}': 1,
        'didsms_queue_messages{status="sending"}': 0,
        "didsms_sending_paused": 0,
        'didsms_messages_last_day{direction="inbound",status="received"}': 1,
        'didsms_messages_last_day{direction="outbound",status="queued"}': 1,
        "didsms_backup_failed": 0,
        'didsms_pushes_last_day{outcome="applied"}': 1,
        'didsms_pushes_last_day{outcome="quarantined"}': 1,
        'didsms_refused_calls{reason="bad_sign"}': 7,
        "didsms_quarantined_pushes": 1,
        "didsms_clock_offset_seconds": 0.24,
    }
    assert DID not in response.content.decode()
    assert PHONE not in response.content.decode()


@pytest.mark.parametrize("young", [0, 1, 2, 5])
def test_the_rows_since_a_moment_are_found_without_an_index(young):
    now = timezone.now()
    did = make_did()
    for number in range(5):
        at = now if number >= 5 - young else now - timedelta(days=2)
        make_inbound(did, content=str(number), at=at)
    from messaging.models import Message

    rows = since(Message.objects.all(), column="created_at", moment=now - timedelta(days=1))

    assert rows.count() == young
    before = between(
        Message.objects.all(),
        column="created_at",
        begin=now - timedelta(days=3),
        end=now - timedelta(days=1),
    )
    assert before.count() == 5 - young
