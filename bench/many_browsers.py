"""Measure how soon many open browsers hear of an arriving message, as a share of one second.

Two hundred event streams on the shipped server, then one push after the other; a wait lasts from
the webhook's answer (the push is committed by then) to the hint's arrival in each stream.
"""

from __future__ import annotations

import selectors
import socket
import statistics
import time
import urllib.request
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.people import cookies_of
from tests.processes import Web, process_environment, run_manage

if TYPE_CHECKING:
    from pathlib import Path

PROMISE_MS = 1000
#: Nobody may hold more (services/feed/hub.py).
STREAMS_OF_ONE = 8
TOKEN = "test-webhook-token"  # noqa: S105
MAKE_NUMBER = """
from messaging.models import DidNumber
DidNumber.objects.get_or_create(number="8615088888888", defaults={"label": "Front desk"})
"""


class Streams:
    """Many open event streams, read by one thread."""

    def __init__(self, *, port: int, cookies: list[str], count: int, stack: ExitStack) -> None:
        """Open them one after the other and read each one's greeting."""
        self._selector = stack.enter_context(selectors.DefaultSelector())
        for number in range(count):
            cookie = cookies[number % len(cookies)]
            request = f"GET /live/stream HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"
            link = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            link.sendall(request.encode())
            seen = b""
            while b'"hello"' not in seen:
                part = link.recv(4096)
                if not part or b" 503 " in part[:40]:
                    raise ConnectionError(f"no stream: {seen[:80]!r}")
                seen += part
            self._selector.register(link, selectors.EVENT_READ)
        self.count = count

    def waits_ms(self, *, since: float) -> list[float]:
        """Return how long after `since` (time.perf_counter()) a hint reached each stream."""
        heard: dict[int, float] = {}
        ends_at = since + 10
        while len(heard) < self.count and time.perf_counter() < ends_at:
            for key, _events in self._selector.select(timeout=0.5):
                link = key.fileobj
                assert isinstance(link, socket.socket)  # noqa: S101
                if b'"message"' in link.recv(65536):
                    heard.setdefault(key.fd, (time.perf_counter() - since) * 1000)
        if len(heard) < self.count:
            raise TimeoutError(f"{self.count - len(heard)} streams heard nothing in 10 s")
        return list(heard.values())


def push(url: str, number: int) -> None:
    """Let a message arrive; return when it is answered."""
    body = f"messageId=live-{number}&toPhone=8615088888888&fromPhone=3461{number:07d}&content=Hi"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = urllib.request.Request(url, data=body.encode(), headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        assert answer.read() == b"success"  # noqa: S101


def measure(*, name: str, url: str, folder: Path, streams: int = 200, pushes: int = 30) -> None:
    """Measure one database and print a line."""
    threads = str(streams)  # the kernel shares connections among processes as it likes
    env = process_environment(
        var_dir=folder, database_url=url, WEB_CONCURRENCY="2", WEB_THREADS=threads
    )
    run_manage("migrate", "-v0", env=env)
    run_manage("shell", "-v0", "-c", MAKE_NUMBER, env=env)
    people = [f"streams{number}" for number in range(streams // STREAMS_OF_ONE)]
    cookies = cookies_of(people, env=env)
    waits: list[float] = []
    with Web(env=env, log=folder / "web.log") as web, ExitStack() as stack:
        web.wait()
        port = int(web.url.rpartition(":")[2])
        opened = Streams(port=port, cookies=cookies, count=streams, stack=stack)
        for number in range(pushes):
            push(f"{web.url}/webhooks/nxcloud/{TOKEN}/", number)
            waits += opened.waits_ms(since=time.perf_counter())
            time.sleep(0.1)
    median = statistics.median(waits)
    print(
        f"{name:<11} commit to {streams} open browsers              {median / PROMISE_MS:5.2f}"
        f" of the promised {PROMISE_MS} ms (median {median:.0f} ms, slowest {max(waits):.0f} ms)",
        flush=True,
    )
