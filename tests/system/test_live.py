"""The event stream of the shipped server: who hears what, and when it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.processes import ROOT, Web, process_environment, until

pytestmark = [pytest.mark.database, pytest.mark.nightly_on_postgresql]

MAKE_PEOPLE = """
from django.contrib.auth import get_user_model
from messaging.services.access.sessions import SessionStore
from messaging.models import DidNumber
desk = DidNumber.objects.create(number="8615088888888", label="Desk")
shop = DidNumber.objects.create(number="447700900123", label="Shop")
quiet = DidNumber.objects.create(number="34911000000", label="Quiet")
for name, number in (("desk", desk), ("shop", shop), ("quiet", quiet)):
    user = get_user_model().objects.create_user(name, password="a good pass phrase")
    number.members.add(user)
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "messaging.services.access.auth_backend.StaffBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    print("SESSION", name, session.session_key)
"""
#: Queues a message for each DID number that comes in a line.
WRITE = """
import sys
from django.utils import timezone
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.recipients import start_conversation
print("READY", flush=True)
for line in sys.stdin:
    did = DidNumber.objects.get(number=line.strip())
    conversation = start_conversation(did_number=did, phone="34612345678", at=timezone.now())
    queue_message(NewMessage(content="x"), conversation=conversation, user=None, at=timezone.now())
    print("WRITTEN", flush=True)
"""


class Colleagues:
    """Another process: it makes three people with a session each, and writes when it is told to."""

    def __init__(self, env):
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v0", "-c", MAKE_PEOPLE + WRITE],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.sessions = {}
        while (line := self.process.stdout.readline()) != "READY\n":
            assert line, "it has ended"
            if line.startswith("SESSION"):
                _word, name, key = line.split()
                self.sessions[name] = key

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.communicate()

    def write(self, number="8615088888888"):
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "WRITTEN\n"


class Stream:
    """One browser's open stream; its events arrive in ``events``."""

    def __init__(self, port, session, query=""):
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.link.request("GET", f"/live/stream{query}", headers={"Cookie": f"sessionid={session}"})
        self.socket = self.link.sock
        self.answer = self.link.getresponse()
        self.events = queue.Queue()
        self.has_ended = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        try:
            while line := self.answer.readline():
                if line.startswith(b"data: "):
                    self.events.put(json.loads(line[6:]))
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.has_ended.set()

    def next(self, timeout=30):
        return self.events.get(timeout=timeout)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.reader.join(timeout=5)
        self.answer.close()
        self.link.close()
        self.socket.close()


@pytest.fixture(scope="module")
def env(shared_database, tmp_path_factory):
    return process_environment(
        var_dir=tmp_path_factory.mktemp("var"),
        database_url=shared_database.url,
        WEB_CONCURRENCY="1",
    )


@pytest.fixture(scope="module")
def web(env, tmp_path_factory):
    with Web(env=env, log=tmp_path_factory.mktemp("log") / "web.log") as web:
        yield web.wait()


@pytest.fixture(scope="module")
def colleagues(env):
    with Colleagues(env) as colleagues:
        yield colleagues


@pytest.fixture
def open_stream():
    """Opens streams; those still open are closed after the test."""
    streams = []

    def opened(web, session, query=""):
        streams.append(Stream(web.port, session, query))
        return streams[-1]

    yield opened
    for stream in streams:
        stream.close()


def get(port, path, **headers):
    """Return status, headers and body of one request."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        link.close()


def test_a_member_hears_of_a_commit_and_a_stranger_does_not(web, colleagues, open_stream):
    desk, shop = (open_stream(web, colleagues.sessions[name]) for name in ("desk", "shop"))
    assert (desk.next()["kind"], shop.next()["kind"]) == ("hello", "hello")

    colleagues.write()
    heard = desk.next()
    colleagues.write(number="447700900123")
    heard_by_shop = shop.next()

    assert heard["kind"] == "message"
    assert heard_by_shop["did"] != heard["did"]
    assert desk.events.empty()
    assert shop.events.empty()


def test_a_page_that_was_away_is_told_to_fetch_again_only_when_it_missed_something(
    web, colleagues, open_stream
):
    first = open_stream(web, colleagues.sessions["desk"])
    seen = first.next()["id"]
    first.close()

    unchanged = open_stream(web, colleagues.sessions["desk"], f"?since={seen}")
    colleagues.write()
    changed = open_stream(web, colleagues.sessions["desk"], f"?since={seen}")

    assert [unchanged.next()["kind"], unchanged.next()["kind"]] == ["hello", "message"]
    assert [changed.next()["kind"], changed.next()["kind"]] == ["hello", "resync"]


def test_without_a_session_there_is_no_stream_and_no_poll(web, open_stream):
    assert open_stream(web, "nobody").answer.status == 403
    assert get(web.port, "/live/poll/?since=0")[0] == 403


def test_a_poll_brings_what_a_stream_would(web, colleagues):
    colleagues.write(number="34911000000")
    colleagues.write(number="447700900123")
    cookie = {"Cookie": f"sessionid={colleagues.sessions['quiet']}"}

    _status, headers, body = get(web.port, "/live/poll/?since=0", **cookie)
    again = get(web.port, "/live/poll/?since=0", **cookie, **{"If-None-Match": headers["ETag"]})
    found = json.loads(body)

    assert [change["kind"] for change in found["changes"]] == ["message"]
    assert found["last"] == found["changes"][0]["id"]  # not that of the other number's change
    assert again[0] == 304


@pytest.fixture
def fresh_web(env, tmp_path):
    """A process without the streams that tests before have closed: it sees that a while later."""
    with Web(env=env, log=tmp_path / "web.log") as web:
        yield web.wait()


def test_beyond_the_cap_a_stream_is_refused_and_pages_still_answer(
    fresh_web, colleagues, open_stream
):
    desk = colleagues.sessions["desk"]
    streams = [open_stream(fresh_web, desk) for _turn in range(24 - 16 + 1)]

    assert [stream.answer.status for stream in streams] == [200] * 8 + [503]
    assert get(fresh_web.port, "/healthz")[0] == 200


def test_stopping_the_server_ends_the_streams_at_once(fresh_web, colleagues, open_stream):
    stream = open_stream(fresh_web, colleagues.sessions["desk"])
    stream.next()
    began = time.monotonic()

    assert fresh_web.stop() == 0

    assert time.monotonic() - began < 6
    until(stream.has_ended.is_set)


@pytest.mark.nightly
def test_a_stream_survives_a_database_that_goes_away(database, open_stream, tmp_path):
    if database.proxy is None:
        pytest.skip("SQLite has no connection that could be cut")
    env = process_environment(var_dir=tmp_path, database_url=database.url, WEB_CONCURRENCY="1")
    past_the_proxy = env | {"DATABASE_URL": database.direct.replace("postgresql:", "postgres:")}
    with Web(env=env, log=tmp_path / "web.log") as web, Colleagues(past_the_proxy) as colleagues:
        web.wait()
        stream = open_stream(web, colleagues.sessions["desk"])
        stream.next()

        database.proxy.become("refuse")
        until(lambda: "the change feed is interrupted" in web.output)
        database.proxy.become("open")
        until(lambda: get(web.port, "/readyz")[0] == 200, what="the database is back")
        colleagues.write()

        assert stream.next()["kind"] == "message"
