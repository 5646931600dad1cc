"""Nothing is sent twice: workers that are killed, workers that work side by side.

A database that goes away. `make soak` kills ten workers among a thousand messages.
"""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from messaging.nxcloud.signing import Credentials
from messaging.simulator import Simulator
from tests.processes import Web, manage, process_environment, run_manage, until

pytestmark = pytest.mark.database
DID = "8615088888888"
WRITE_MESSAGES = """
import sys
from django.utils import timezone
from messaging.models import DidNumber
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.recipients import start_conversation
did, _new = DidNumber.objects.get_or_create(number="{did}", defaults={{"max_per_second": 1000}})
for turn in {turns}:
    now = timezone.now()
    conversation = start_conversation(did_number=did, phone=f"346{{turn % 40:08d}}", at=now)
    new = NewMessage(content=f"text {{turn}}")
    queue_message(new, conversation=conversation, user=None, at=now)
"""


@pytest.fixture
def credentials():
    return Credentials(access_key="test-access-key", access_secret="test-access-secret")


def write_messages(env, *turns):
    """Queue "text 0", "text 1" and so on: those whose numbers are 40 apart are of one contact."""
    run_manage("shell", "-v0", "-c", WRITE_MESSAGES.format(did=DID, turns=list(turns)), env=env)


def statuses(database):
    return Counter(
        row[0]
        for row in database.rows(
            "SELECT status FROM messaging_message WHERE direction = 'outbound'"
        )
    )


def accepted(simulator):
    _total, records = simulator.ledger.requests()
    return [record for record in records if record.outcome == "accepted"]


def contents_seen(simulator):
    return Counter(record.content for record in accepted(simulator))


def send_while_workers_are_killed(database, folder, credentials, *, messages, kills):
    with Simulator(webhook_url="http://127.0.0.1:9/", credentials=credentials) as simulator:
        env = process_environment(
            var_dir=folder,
            database_url=database.url,
            NXCLOUD_BASE_URL=simulator.url,
            NXCLOUD_TOTAL_TIMEOUT="1",
            NXCLOUD_CONNECT_TIMEOUT="1",
        )
        write_messages(env, *range(messages))
        for _kill in range(kills):
            worker = manage("run_outbox", env=env, log=folder / "worker.log")
            until(lambda worker=worker: "started" in worker.output, timeout_seconds=120)
            before = len(contents_seen(simulator))
            more = random.randint(1, 12)  # any moment will do
            until(
                lambda least=before + more: (
                    len(contents_seen(simulator)) >= least or not statuses(database)["queued"]
                ),
            )
            worker.kill()
        with manage("run_outbox", env=env, log=folder / "worker.log") as worker:
            until(
                lambda: set(statuses(database)) <= {"sent", "unconfirmed"},
                timeout_seconds=60 + messages / 20,
                what=f"every message is sent or unconfirmed: {statuses(database)}",
            )
            assert worker.stop() == 0
        seen = contents_seen(simulator)
        assert not [text for text, count in seen.items() if count > 1]
        sent = {
            row[0]
            for row in database.rows("SELECT content FROM messaging_message WHERE status = 'sent'")
        }
        assert sent <= set(seen)
        never_seen = {f"text {turn}" for turn in range(messages)} - set(seen)
        doubtful = {
            row[0]
            for row in database.rows(
                "SELECT content FROM messaging_message WHERE status = 'unconfirmed'"
            )
        }
        assert never_seen <= doubtful


def test_no_content_is_sent_twice_though_the_worker_is_killed(database, tmp_path, credentials):
    send_while_workers_are_killed(database, tmp_path, credentials, messages=80, kills=2)


@pytest.mark.soak
def test_a_thousand_sends_with_ten_kills(database, tmp_path, credentials):
    send_while_workers_are_killed(database, tmp_path, credentials, messages=1000, kills=10)


#: A worker with a short lease; in the place that is named it stops itself, once.
SHORT_LEASE = """
import signal, threading
from datetime import timedelta
from messaging.nxcloud import http_post
from messaging.services.operations import worker
from messaging.services.sending import claims, provider
claims.LEASE_MARGIN, claims.LAST_MOMENT = timedelta(seconds=2), timedelta(seconds=1)
client, stops = provider.build_client(), ["{place}"]
def stop(place):
    if place in stops:
        stops.remove(place)
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # before it goes on
def send_sms(**arguments):
    stop("claimed")
    return type(client).send_sms(client, **arguments)
def connect(*arguments, really=http_post.connect):
    socket = really(*arguments)
    stop("connected")
    return socket
client.send_sms, http_post.connect = send_sms, connect
if stops[0]:  # nothing else under way: stopped within a transaction it would hold up SQLite
    every = worker.OutboxWorker._quick_chores
    worker.OutboxWorker._quick_chores = lambda self: [
        chore for chore in every(self) if chore.name == "claiming"
    ]
    worker.OutboxWorker._slow_house = lambda self: []
worker.OutboxWorker(client=client).run()
"""


def worker_with_short_lease(env, log, *, stops_when=""):
    return manage("shell", "-v0", "-c", SHORT_LEASE.format(place=stops_when), env=env, log=log)


def is_stopped(process):
    stat = Path(f"/proc/{process.process.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "T"


@pytest.mark.parametrize("place", ["claimed", "connected"])
def test_a_worker_that_was_stopped_for_longer_than_its_lease_sends_nothing_when_it_wakes(
    database, tmp_path, credentials, place
):
    with Simulator(webhook_url="http://127.0.0.1:9/", credentials=credentials) as simulator:
        env = process_environment(
            var_dir=tmp_path,
            database_url=database.url,
            NXCLOUD_BASE_URL=simulator.url,
            NXCLOUD_TOTAL_TIMEOUT="1",
        )
        write_messages(env, 0, 40)  # both in the same conversation
        with worker_with_short_lease(env, tmp_path / "1.log", stops_when=place) as frozen:
            until(lambda: is_stopped(frozen), what="the worker stopped itself")
            with worker_with_short_lease(env, tmp_path / "2.log"):
                until(
                    lambda: statuses(database) == {"unconfirmed": 1, "sent": 1},
                    what="another worker gave up on the claim and sent what waited behind it",
                )
                frozen.process.send_signal(signal.SIGCONT)
                until(lambda: statuses(database) == {"failed": 1, "sent": 1})
        assert contents_seen(simulator) == {"text 40": 1}
    history = database.rows(
        "SELECT c.status, c.at FROM messaging_statuschange c"
        " JOIN messaging_message m ON m.id = c.message_id"
        " WHERE m.content = 'text 0' ORDER BY c.id"
    )
    assert [status for status, _at in history] == ["queued", "sending", "unconfirmed", "failed"]
    assert history == sorted(history, key=lambda entry: entry[1])


def test_two_workers_share_the_queue_and_keep_the_order_of_each_conversation(
    database, tmp_path, credentials
):
    with Simulator(webhook_url="http://127.0.0.1:9/", credentials=credentials) as simulator:
        env = process_environment(
            var_dir=tmp_path, database_url=database.url, NXCLOUD_BASE_URL=simulator.url
        )
        with (
            manage("run_outbox", env=env, log=tmp_path / "worker1.log") as first,
            manage("run_outbox", env=env, log=tmp_path / "worker2.log") as second,
        ):
            until(lambda: "started" in first.output and "started" in second.output)
            write_messages(env, *range(200))
            until(lambda: statuses(database) == {"sent": 200}, timeout_seconds=120)
            assert (first.stop(), second.stop()) == (0, 0)
        order = [record.content for record in accepted(simulator)]
        assert sorted(order) == sorted(f"text {turn}" for turn in range(200))
        by_conversation = Counter()
        for text in order:
            turn = int(text.split()[1])
            assert turn // 40 == by_conversation[turn % 40]
            by_conversation[turn % 40] += 1


def test_an_outcome_that_comes_while_the_database_is_away_is_written_afterwards(
    database, tmp_path, credentials, monkeypatch
):
    if database.proxy is None:
        pytest.skip("SQLite is not away in this sense; its lock is waited for")
    is_away = threading.Event()
    with Simulator(webhook_url="http://127.0.0.1:9/", credentials=credentials) as simulator:
        answer = simulator.mtsend

        def answer_then(headers, body):
            reply = answer(headers, body)
            is_away.wait(60)
            return reply

        monkeypatch.setattr(simulator, "mtsend", answer_then)
        env = process_environment(
            var_dir=tmp_path, database_url=database.url, NXCLOUD_BASE_URL=simulator.url
        )
        with manage("run_outbox", env=env, log=tmp_path / "worker.log") as worker:
            until(lambda: "started" in worker.output)
            write_messages(env, 0)
            until(lambda: len(contents_seen(simulator)) == 1, what="the request arrived")
            database.proxy.become("refuse")
            is_away.set()
            until(lambda: "kept in memory" in worker.output, what="the answer came meanwhile")
            database.proxy.become("open")
            until(lambda: statuses(database) == {"sent": 1}, timeout_seconds=120)
            assert worker.stop() == 0
    assert contents_seen(simulator) == {"text 0": 1}


def test_a_message_goes_from_the_api_to_the_phone_and_comes_back_delivered(
    database, tmp_path, credentials
):
    env = process_environment(var_dir=tmp_path, database_url=database.url, WEB_CONCURRENCY="1")
    with Web(env=env, log=tmp_path / "web.log") as web:
        web.wait()
        with Simulator(
            webhook_url=f"{web.url}/webhooks/nxcloud/test-webhook-token/",
            credentials=credentials,
            receipt_delay_seconds=0.1,
        ) as simulator:
            worker_env = env | {"NXCLOUD_BASE_URL": simulator.url}
            with manage("run_outbox", env=worker_env, log=tmp_path / "worker.log"):
                for turn, push_format in enumerate(("json", "form")):
                    simulator.settings.change({"push_format": push_format})
                    write_messages(env, turn)
                    until(
                        lambda count=turn + 1: statuses(database) == {"delivered": count},
                        timeout_seconds=120,
                        what=f"delivered by {push_format}",
                    )


def test_an_old_claim_is_not_sent_by_a_new_worker(database, tmp_path, credentials):
    with Simulator(webhook_url="http://127.0.0.1:9/", credentials=credentials) as simulator:
        env = process_environment(
            var_dir=tmp_path, database_url=database.url, NXCLOUD_BASE_URL=simulator.url
        )
        write_messages(env, 0)
        an_hour_ago = datetime.now(UTC).replace(year=2020).strftime("%Y-%m-%d %H:%M:%S")
        database.rows(
            "UPDATE messaging_message"  # noqa: S608  (our own constants)
            " SET status = 'sending', claimed_by = 'gone',"
            f" attempt_started_at = '{an_hour_ago}'"
        )
        with manage("run_outbox", env=env, log=tmp_path / "worker.log"):
            until(lambda: statuses(database) == {"unconfirmed": 1}, timeout_seconds=120)
        assert not contents_seen(simulator)
