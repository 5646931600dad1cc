"""Every push that was answered ``success`` is there once.

Whatever is killed or taken away meanwhile. `make soak` kills the web process twenty times among ten
thousand pushes.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import sqlite3
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.processes import (
    Web,
    manage,
    process_environment,
    reserve_port,
    run_manage,
    until,
)

pytestmark = pytest.mark.database
DID = "8615088888888"
PATH = "/webhooks/nxcloud/test-webhook-token/"


def add_number(database):
    database.rows(
        "INSERT INTO messaging_didnumber"  # noqa: S608  (our own constants)
        " (number, label, is_active, max_per_second, help_reply, created_at)"
        f" VALUES ('{DID}', 'Desk', {'TRUE' if database.is_postgresql else '1'}, 1000, '',"
        " '2026-11-22 09:00:00')"
    )


def inbound(message_id):
    """Return the fields of a message from a phone of its own."""
    return {
        "messageId": message_id,
        "toPhone": DID,
        "fromPhone": f"346{message_id[-6:].zfill(8)}",
        "content": f"text {message_id}",
    }


def receipt(message_id):
    """Return the fields of a receipt of one of the messages of add_sent_messages."""
    return {
        "messageId": message_id,
        "type": "1",
        "toPhone": "34612345678",
        "fromPhone": DID,
        "content": "Hello",
        "smsStatus": "DELIVRD",
    }


def push(port, message_id, *, fields=inbound, timeout=10):
    """Post one push; return status and body, or None when the connection broke."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    body = urlencode(fields(message_id))
    try:
        link.request(
            "POST", PATH, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        answer = link.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        link.close()


def push_until_accepted(port, message_id, fields=inbound):
    """Repeat a push as the provider does until it is answered ``success``."""
    until(lambda: push(port, message_id, fields=fields) == (200, b"success"), timeout_seconds=600)


def refuses(port):
    """Return whether nobody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # it ended while the connection was made
        pass
    return False


def stored_ids(database):
    return Counter(
        row[0]
        for row in database.rows(
            "SELECT provider_message_id FROM messaging_message WHERE direction = 'inbound'"
        )
    )


def spooled(folder):
    return list((folder / "spool").glob("*.push"))


MAKE_SENT = """
from django.utils import timezone
from messaging.models import DidNumber, Message
from messaging.services.outbox.recipients import start_conversation
now = timezone.now()
did = DidNumber.objects.get()
conversation = start_conversation(did_number=did, phone="+34612345678", at=now)
Message.objects.bulk_create(
    Message(conversation=conversation, did_number=did, direction="outbound", status="sent",
        content="Hello", created_at=now, attempt_started_at=now, sent_at=now,
        provider_message_id=f"mt-{{turn:06d}}")
    for turn in range({count})
)
"""


def one_process(database, folder):
    """The environment of a web process where a second one would add nothing."""
    return process_environment(var_dir=folder, database_url=database.url, WEB_CONCURRENCY="1")


def kill_while_pushing(database, folder, *, ids, kills, fields=inbound):
    port, pushes = reserve_port(), len(ids)
    env = process_environment(var_dir=folder, database_url=database.url)
    web = Web(env=env, log=folder / "web.log", port=port).wait()
    with ThreadPoolExecutor(16) as threads:
        work = [threads.submit(push_until_accepted, port, one, fields) for one in ids]
        for kill in range(kills):
            until(
                lambda share=(kill + 1) / (kills + 1): (
                    sum(future.done() for future in work) >= share * pushes
                ),
                timeout_seconds=600,
            )
            web.kill()
            until(lambda: refuses(port), what="nobody takes pushes")
            web = Web(env=env, log=folder / "web.log", port=port)
        for future in work:
            future.result()
    try:
        until(lambda: not spooled(folder), timeout_seconds=120, what="the spool is drained")
    finally:
        web.stop()


def kill_while_messages_arrive(database, folder, *, pushes, kills):
    add_number(database)
    ids = [f"mo-{turn:06d}" for turn in range(pushes)]
    kill_while_pushing(database, folder, ids=ids, kills=kills)
    assert stored_ids(database) == dict.fromkeys(ids, 1)


def test_every_accepted_push_is_there_once_though_the_web_process_is_killed(database, tmp_path):
    kill_while_messages_arrive(database, tmp_path, pushes=300, kills=2)


@pytest.mark.soak
def test_ten_thousand_pushes_while_the_web_process_is_killed(database, tmp_path):
    kill_while_messages_arrive(database, tmp_path, pushes=10_000, kills=20)


def test_every_accepted_receipt_is_applied_once_though_the_web_process_is_killed(
    database, tmp_path
):
    add_number(database)
    ids = [f"mt-{turn:06d}" for turn in range(300)]
    env = process_environment(var_dir=tmp_path, database_url=database.url)
    run_manage("shell", "-v0", "-c", MAKE_SENT.format(count=len(ids)), env=env)

    kill_while_pushing(database, tmp_path, ids=ids, kills=2, fields=receipt)

    delivered = database.rows(
        "SELECT m.provider_message_id FROM messaging_message m"
        " JOIN messaging_statuschange s ON s.message_id = m.id AND s.status = 'delivered'"
        " WHERE m.status = 'delivered'"
    )
    assert Counter(row[0] for row in delivered) == dict.fromkeys(ids, 1)


@contextlib.contextmanager
def database_away(database):
    """Take the database away: PostgreSQL is cut off, SQLite is locked by somebody else."""
    if database.proxy is not None:
        database.proxy.become("refuse")
        yield
        database.proxy.become("open")
        return
    lock = sqlite3.connect(database.direct, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    yield
    lock.execute("ROLLBACK")
    lock.close()


def test_while_the_database_is_away_pushes_are_accepted_in_time_and_applied_afterwards(
    database, tmp_path
):
    add_number(database)
    env = one_process(database, tmp_path)
    with Web(env=env, log=tmp_path / "web.log") as web:
        web.wait()
        assert push(web.port, "mo-000000") == (200, b"success")
        slowest = []

        def timed(message_id):
            began = time.monotonic()
            answer = push(web.port, message_id)
            slowest.append(time.monotonic() - began)
            return answer

        ids = [f"mo-{turn:06d}" for turn in range(1, 41)]
        with database_away(database), ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(timed, ids))
        assert answers == [(200, b"success")] * 40
        assert max(slowest) < 5  # NXCloud gives up then; not a measurement
        until(
            lambda: stored_ids(database) == dict.fromkeys(["mo-000000", *ids], 1),
            timeout_seconds=120,
            what="the spooled pushes are applied",
        )
    assert spooled(tmp_path) == []


def test_a_silent_database_does_not_hold_a_push_longer_than_promised(database, tmp_path):
    if database.proxy is None:
        pytest.skip("SQLite has no network that could fall silent")
    add_number(database)
    env = one_process(database, tmp_path)
    with Web(env=env, log=tmp_path / "web.log") as web:
        web.wait()
        assert push(web.port, "mo-000000") == (200, b"success")
        database.proxy.become("silent")
        began = time.monotonic()

        answer = push(web.port, "mo-000001")

        assert answer == (200, b"success")
        assert time.monotonic() - began < 12  # a page may wait for 15
        assert len(spooled(tmp_path)) == 1
        database.proxy.become("open")
        until(lambda: "mo-000001" in stored_ids(database), timeout_seconds=120)


def test_web_and_worker_start_while_the_database_is_away_and_recover(database, tmp_path):
    add_number(database)
    env = one_process(database, tmp_path)
    with (
        database_away(database),
        Web(env=env, log=tmp_path / "web.log") as web,
        manage("run_outbox", env=env, log=tmp_path / "worker.log") as worker,
    ):
        web.wait()
        assert push(web.port, "mo-000001") == (200, b"success")
        assert len(spooled(tmp_path)) == 1
        assert worker.is_running
        web.kill()
        worker.kill()
    with (
        manage("run_outbox", env=env, log=tmp_path / "worker.log") as worker,
    ):
        until(
            lambda: stored_ids(database) == {"mo-000001": 1},
            timeout_seconds=120,
            what="the worker drains the spool of a dead web process",
        )
        assert worker.stop() == 0


@pytest.mark.nightly_on_postgresql
def test_a_chunked_push_is_read_by_the_shipped_server(database, tmp_path):
    add_number(database)
    env = one_process(database, tmp_path)
    body = urlencode(
        {"messageId": "mo-1", "toPhone": DID, "fromPhone": "34612345678", "content": "x"}
    )
    with Web(env=env, log=tmp_path / "web.log") as web:
        web.wait()
        link = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)

        link.request("POST", PATH, body=iter([body[:20].encode(), body[20:].encode()]))
        taken = link.getresponse()
        assert (taken.status, taken.read()) == (200, b"success")

        too_large = iter([b"x" * 65536 for _turn in range(8)])
        link.request("POST", PATH, body=too_large)
        refused = link.getresponse()
        assert (refused.status, refused.read()) == (413, b"error")
        link.close()
    assert stored_ids(database) == {"mo-1": 1}


@pytest.mark.nightly_on_postgresql
def test_a_stop_is_graceful_while_streams_are_open(database, tmp_path):
    env = one_process(database, tmp_path)
    stop_seconds = []
    with Web(env=env, log=tmp_path / "web.log") as web:
        web.wait()
        threading.Thread(target=push, args=(web.port, "mo-1"), daemon=True).start()
        began = time.monotonic()
        assert web.stop() == 0
        stop_seconds.append(time.monotonic() - began)
    assert stop_seconds[0] < 10
