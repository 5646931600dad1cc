"""The event stream of the shipped server: who hears what, and when it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import socket
import threading
import time

import pytest

from tests.processes import Web, process_environment, run_manage, until

pytestmark = pytest.mark.database

MAKE_PEOPLE = """
from django.contrib.auth import get_user_model
from messaging.services.access.sessions import SessionStore
from messaging.models import DidNumber
desk = DidNumber.objects.create(number="8615088888888", label="Desk")
shop = DidNumber.objects.create(number="447700900123", label="Shop")
for name, number in (("desk", desk), ("shop", shop)):
    user = get_user_model().objects.create_user(name, password="a good pass phrase")
    number.members.add(user)
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "messaging.services.access.auth_backend.StaffBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    print("SESSION", name, session.session_key)
"""
WRITE = """
from django.utils import timezone
from messaging.models import DidNumber
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.recipients import start_conversation
did = DidNumber.objects.get(number="{number}")
conversation = start_conversation(did_number=did, phone="34612345678", at=timezone.now())
queue_message(NewMessage(content="x"), conversation=conversation, user=None, at=timezone.now())
"""


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


@pytest.fixture
def env(database, tmp_path):
    return process_environment(var_dir=tmp_path, database_url=database.url, WEB_CONCURRENCY="1")


@pytest.fixture
def web(env, tmp_path):
    with Web(env=env, log=tmp_path / "web.log") as web:
        yield web.wait()


@pytest.fixture
def sessions(env):
    printed = run_manage("shell", "-v0", "-c", MAKE_PEOPLE, env=env)
    return dict(line.split()[1:] for line in printed.splitlines() if line.startswith("SESSION"))


@pytest.fixture
def open_stream(web):
    """Opens streams; those still open are closed after the test."""
    streams = []

    def opened(session, query=""):
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


def write(env, number="8615088888888"):
    run_manage("shell", "-v0", "-c", WRITE.format(number=number), env=env)


def test_a_member_hears_of_a_commit_and_a_stranger_does_not(web, env, sessions, open_stream):
    desk, shop = (open_stream(sessions[name]) for name in ("desk", "shop"))
    assert (desk.next()["kind"], shop.next()["kind"]) == ("hello", "hello")

    write(env)
    heard = desk.next()
    write(env, number="447700900123")
    heard_by_shop = shop.next()

    assert heard["kind"] == "message"
    assert heard_by_shop["did"] != heard["did"]
    assert desk.events.empty()
    assert shop.events.empty()


def test_a_page_that_was_away_is_told_to_fetch_again_only_when_it_missed_something(
    env, sessions, open_stream
):
    first = open_stream(sessions["desk"])
    seen = first.next()["id"]
    first.close()

    unchanged = open_stream(sessions["desk"], f"?since={seen}")
    write(env)
    changed = open_stream(sessions["desk"], f"?since={seen}")

    assert [unchanged.next()["kind"], unchanged.next()["kind"]] == ["hello", "message"]
    assert [changed.next()["kind"], changed.next()["kind"]] == ["hello", "resync"]


def test_without_a_session_there_is_no_stream_and_no_poll(web, open_stream):
    assert open_stream("nobody").answer.status == 403
    assert get(web.port, "/live/poll/?since=0")[0] == 403


def test_a_poll_brings_what_a_stream_would(web, env, sessions):
    write(env)
    write(env, number="447700900123")
    cookie = {"Cookie": f"sessionid={sessions['desk']}"}

    _status, headers, body = get(web.port, "/live/poll/?since=0", **cookie)
    again = get(web.port, "/live/poll/?since=0", **cookie, **{"If-None-Match": headers["ETag"]})
    found = json.loads(body)

    assert [change["kind"] for change in found["changes"]] == ["message"]
    assert found["last"] == found["changes"][0]["id"]  # not that of the other number's change
    assert again[0] == 304


def test_beyond_the_cap_a_stream_is_refused_and_pages_still_answer(web, sessions, open_stream):
    streams = [open_stream(sessions["desk"]) for _turn in range(24 - 16 + 1)]

    assert [stream.answer.status for stream in streams] == [200] * 8 + [503]
    assert get(web.port, "/healthz")[0] == 200


def test_stopping_the_server_ends_the_streams_at_once(web, sessions, open_stream):
    stream = open_stream(sessions["desk"])
    stream.next()
    began = time.monotonic()

    assert web.stop() == 0

    assert time.monotonic() - began < 6
    until(stream.has_ended.is_set)


def test_a_stream_survives_a_database_that_goes_away(web, env, database, sessions, open_stream):
    if database.proxy is None:
        pytest.skip("SQLite has no connection that could be cut")
    stream = open_stream(sessions["desk"])
    stream.next()

    database.proxy.become("refuse")
    until(lambda: "the change feed is interrupted" in web.output)
    database.proxy.become("open")
    write(env)

    assert stream.next()["kind"] == "message"
