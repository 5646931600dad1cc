"""Loads in which a piece of machinery may show, and what one short run of each has measured."""

from __future__ import annotations

import random
import socket
import statistics
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from bench.against_bare import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.ablation_servers import Site

SECONDS: Final = 1
PAGES: Final = 32
BURSTS: Final = 3
SILENT: Final = 40
ASKED: Final = 3
LONGEST_SECONDS: Final = 5


class Sample(NamedTuple):
    """What one run measured.

    Attributes:
        rate: requests a second.
        p99_ms: what nearly all requests took at most.
        cpu_ms: of server and database, for each request.
    """

    rate: float
    p99_ms: float
    cpu_ms: float

    @classmethod
    def mean(cls, samples: Sequence[Sample]) -> Sample:
        """Return the means of several runs."""
        return cls(*(statistics.mean(values) for values in zip(*samples, strict=True)))

    @classmethod
    def median(cls, samples: Sequence[Sample]) -> Sample:
        """Return the medians of several runs."""
        return cls(*(statistics.median(values) for values in zip(*samples, strict=True)))


class Load(Protocol):
    """Something that is asked of a server."""

    what: str

    def run(self, site: Site, name: str) -> Sample:
        """Load a server for a moment; the name is another each time."""


class Pushes:
    """Inbound messages over eight connections, as fast as they are taken."""

    what = "pushes, 8 at once"

    def run(self, site: Site, name: str) -> Sample:
        """Load a server for a second."""
        before = site.cpu_ms()
        found = load("push.lua", site.webhook, f"{name}-{site.url[-5:]}", seconds=SECONDS)
        return _sample(site, before, found)


@dataclass(frozen=True)
class Page:
    """One address over eight connections, by a signed-in person."""

    what: str
    path: str
    who: str = "admin"

    def run(self, site: Site, name: str) -> Sample:
        """Load a server for a second."""
        cookie = site.stage.cookies[self.who]
        if name.startswith("warm"):
            site.check(self.path, cookie)
        before = site.cpu_ms()
        return _sample(site, before, load("get.lua", site.url + self.path, cookie, seconds=SECONDS))


def _sample(site: Site, before: dict[int, float], found: dict[str, float]) -> Sample:
    used = site.cpu_ms_since(before)
    return Sample(found["rate"], found["p99_ms"], used / max(1.0, found["rate"] * SECONDS))


@dataclass(frozen=True)
class Bursts:
    """All open pages fetch their list after a change; the rate is that of the slowest one.

    Attributes:
        spread_ms: within which each waits at random, with and without the machinery.
    """

    what: str
    spread_ms: tuple[int, int]

    def run(self, site: Site, name: str) -> Sample:
        """Let a server be asked some times by all pages."""
        is_without = "B" in name
        waits: list[float] = []
        before = site.cpu_ms()
        with ExitStack() as stack:
            address = ("127.0.0.1", int(site.url.rpartition(":")[2]))
            links = [
                stack.enter_context(socket.create_connection(address, timeout=10))
                for _ in range(PAGES)
            ]
            for _turn in range(BURSTS):
                waits += self._burst(site, links, spread_ms=self.spread_ms[is_without])
        used = site.cpu_ms_since(before)
        slowest = statistics.quantiles(waits, n=100)[98]
        return Sample(1000 / statistics.median(waits), slowest, used / (PAGES * BURSTS))

    def _burst(self, site: Site, links: list[socket.socket], *, spread_ms: int) -> list[float]:
        request = (
            "GET /inbox/parts/list/?view=open HTTP/1.1\r\nHost: localhost\r\n"
            f"Cookie: {site.stage.cookies['admin']}\r\n\r\n"
        ).encode()
        waits: list[float] = []
        began = time.perf_counter()

        def ask(link: socket.socket) -> None:
            time.sleep(random.uniform(0, spread_ms) / 1000)
            link.sendall(request)
            _read_answer(link)
            waits.append((time.perf_counter() - began) * 1000)

        threads = [threading.Thread(target=ask, args=(link,)) for link in links]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return waits


def _read_answer(link: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += link.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    if b" 200 " not in head[:16]:
        raise ConnectionError(f"no page: {head[:80]!r}")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(rest) < length:
        rest += link.recv(65536)


class BesideSilentOnes:
    """Pushes while forty connections say nothing; one that takes five seconds is given up."""

    what = "a push beside 40 silent ones"

    def run(self, site: Site, name: str) -> Sample:
        """Send a few pushes, one after the other."""
        address = ("127.0.0.1", int(site.url.rpartition(":")[2]))
        waits = []
        before = site.cpu_ms()
        with ExitStack() as stack:
            for _ in range(SILENT):
                stack.enter_context(socket.create_connection(address, timeout=10))
            for turn in range(ASKED):
                began = time.perf_counter()
                self._push(site, address, f"{name}-{site.url[-5:]}-{turn}")
                waits.append((time.perf_counter() - began) * 1000)
        used = site.cpu_ms_since(before)
        return Sample(1000 / statistics.median(waits), max(waits), used / ASKED)

    def _push(self, site: Site, address: tuple[str, int], name: str) -> None:
        body = f"messageId={name}&toPhone=8615088888888&fromPhone=34610000001&content=Hi"
        path = site.webhook.removeprefix(site.url)
        request = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
        )
        with socket.create_connection(address, timeout=LONGEST_SECONDS) as link:
            link.sendall(request.encode())
            try:
                link.recv(65536)
            except TimeoutError:
                return
