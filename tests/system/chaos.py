"""The product under a seeded schedule of faults and traffic; `test_chaos` checks what it leaves.

The seed decides which faults come, in which order and for how long; threads and processes have
their own pace, so a seed that found something finds it again more often than not.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from messaging.nxcloud.signing import Credentials
from messaging.simulator import Simulator
from tests.processes import (
    Running,
    Web,
    manage,
    process_environment,
    reserve_port,
    run_manage,
    until,
)

from .test_receiving import DID, PATH, add_number, push

PHONES = [f"346{number:08d}" for number in range(12)]
LONGEST_FAULT_SECONDS = 2.0
#: Workers give up a request soon, so that what is unconfirmed is known soon.
TOTAL_TIMEOUT = "3"


@dataclass
class Traffic:
    """What people and the provider did, and what was answered.

    Attributes:
        pushes: ids of inbound messages by whether one was answered ``success``.
        sends: contents of messages by their client id, those that the API took.
        operations: how many of each kind.
    """

    pushes: dict[str, bool] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    sends: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, tuple[str, str]] = field(default_factory=dict)
    operations: Counter[str] = field(default_factory=Counter)


class Chaos:
    """Two nodes (one on SQLite) with web and worker, the provider, traffic and faults.

    Args:
        seed: of the schedule.
        database: of this run alone.
        folder: for VAR_DIR and logs.
    """

    def __init__(self, *, seed: int, database: Any, folder: Path) -> None:
        self.random = random.Random(seed)
        self.traffic = Traffic()
        self.faults: Counter[str] = Counter()
        self._database, self._folder = database, folder
        self._ends = threading.Event()
        count = 2 if database.is_postgresql else 1
        self._ports = [reserve_port() for _node in range(count)]
        self.simulator = Simulator(
            webhook_url=f"http://127.0.0.1:{self._ports[0]}{PATH}",
            credentials=Credentials(
                access_key="test-access-key", access_secret="test-access-secret"
            ),
            receipt_delay_seconds=0.3,
            push_format="form",
        )
        self._webs: list[Web] = []
        self._workers: list[Running] = []
        self._token = ""

    def run(self, *, seconds: float) -> None:
        """Let traffic and faults happen for a while, then heal everything and wait for calm."""
        with self.simulator, self._processes():
            threads = [threading.Thread(target=self._loop, args=(act,)) for act in self._acts()]
            for thread in threads:
                thread.start()
            ends_at = time.monotonic() + seconds
            try:
                while time.monotonic() < ends_at:
                    time.sleep(self.random.uniform(0.1, 0.8))
                    name, fault = self.random.choice(self._faults())
                    with fault():
                        time.sleep(self.random.uniform(0.1, LONGEST_FAULT_SECONDS))
                    self.faults[name] += 1
            finally:
                self._ends.set()
                for thread in threads:
                    thread.join()
            self._calm_down()

    # --- Processes -------------------------------------------------------------------------------

    def _env(self, node: int) -> dict[str, str]:
        folder = self._folder / f"node{node}"
        folder.mkdir(exist_ok=True)
        return process_environment(
            var_dir=folder,
            database_url=self._database.url,
            NXCLOUD_BASE_URL=self.simulator.url,
            NXCLOUD_TOTAL_TIMEOUT=TOTAL_TIMEOUT,
            NXCLOUD_CONNECT_TIMEOUT="1",
            WEB_CONCURRENCY="1",
        )

    @contextlib.contextmanager
    def _processes(self) -> Iterator[None]:
        add_number(self._database)
        code = (
            "from django.contrib.auth.models import User\n"
            "from rest_framework.authtoken.models import Token\n"
            "print(Token.objects.create(user=User.objects.create_superuser('boss', '', 'x')).key)\n"
        )
        self._token = run_manage("shell", "-v0", "-c", code, env=self._env(0)).strip()
        try:
            for node in range(len(self._ports)):
                self._webs.append(self._web(node))
                self._workers.append(self._worker(node))
            for web in self._webs:
                web.wait()
            yield
        finally:
            for running in (*self._webs, *self._workers):
                with contextlib.suppress(ProcessLookupError):
                    running.process.send_signal(signal.SIGCONT)
                running.stop()

    def _web(self, node: int) -> Web:
        log = self._folder / f"web{node}.log"
        return Web(env=self._env(node), log=log, port=self._ports[node])

    def _worker(self, node: int) -> Running:
        return manage("run_outbox", env=self._env(node), log=self._folder / f"worker{node}.log")

    # --- Traffic ---------------------------------------------------------------------------------

    def _acts(self) -> list[Callable[[], None]]:
        return [self._push, self._send]

    def _loop(self, act: Callable[[], None]) -> None:
        while not self._ends.is_set():
            act()
            self._ends.wait(0.02)

    def _push(self) -> None:
        """A contact writes, now and then STOP; or the provider repeats what it pushed."""
        pushed = self.traffic.pushes
        if pushed and self.random.random() < 0.2:
            name = self.random.choice(list(pushed))
            self.traffic.operations["push repeated"] += 1
        else:
            name = f"mo-{len(pushed):06d}"
            text = "STOP" if self.random.random() < 0.02 else f"text {name}"
            phone = self.random.choice(PHONES)
            fields = {"messageId": name, "toPhone": DID, "fromPhone": phone, "content": text}
            pushed[name], self.traffic.fields[name] = False, fields
            self.traffic.operations["push"] += 1
        self._deliver(name)

    def _deliver(self, name: str) -> None:
        port = self.random.choice(self._ports)
        fields = self.traffic.fields[name]
        if push(port, name, fields=lambda _id: fields, timeout=6) == (200, b"success"):
            self.traffic.pushes[name] = True

    def _send(self) -> None:
        """A program sends; the same message again where it saw no answer."""
        open_ones = [key for key in self.traffic.wanted if key not in self.traffic.sends]
        if open_ones and self.random.random() < 0.5:
            key = open_ones[0]
        else:
            key = f"order-{len(self.traffic.wanted):05d}"
            self.traffic.wanted[key] = (self.random.choice(PHONES), f"answer {key}")
            self.traffic.operations["send"] += 1
        self._post(key)

    def _post(self, key: str) -> None:
        phone, content = self.traffic.wanted[key]
        body = {"sender": DID, "phone": f"+{phone}", "content": content, "client_id": key}
        status = self._api("messages/", body)
        if status in {200, 201}:
            self.traffic.sends[key] = content
        elif status == 400:  # Opted out by then.
            del self.traffic.wanted[key]

    def _api(self, path: str, body: dict[str, str]) -> int:
        link = http.client.HTTPConnection("127.0.0.1", self.random.choice(self._ports), timeout=20)
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        try:
            link.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
            return link.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            link.close()

    # --- Faults ----------------------------------------------------------------------------------

    def _faults(self) -> list[tuple[str, Callable[[], contextlib.AbstractContextManager[None]]]]:
        common = [
            ("web killed", lambda: self._killed(self._webs, self._web)),
            ("worker killed", lambda: self._killed(self._workers, self._worker)),
            ("web stopped", lambda: self._stopped(self._webs)),
            ("worker stopped", lambda: self._stopped(self._workers)),
            ("provider out", lambda: self._provider(outage=True)),
            ("provider slow", lambda: self._provider(answer_delay_seconds=1.5)),
            ("provider silent", lambda: self._provider(answer_delay_seconds=5.0)),
        ]
        if not self._database.is_postgresql:
            return [*common, ("database locked", self._locked)]
        return [
            *common,
            ("database cut", lambda: self._proxied("refuse")),
            ("database silent", lambda: self._proxied("silent")),
        ]

    @contextlib.contextmanager
    def _killed(self, running: list[Any], start: Callable[[int], Any]) -> Iterator[None]:
        node = self.random.randrange(len(running))
        running[node].kill()
        yield
        running[node] = start(node)

    @contextlib.contextmanager
    def _stopped(self, running: list[Any]) -> Iterator[None]:
        process = self.random.choice(running).process
        process.send_signal(signal.SIGSTOP)
        yield
        process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def _provider(self, **changes: Any) -> Iterator[None]:
        settings = self.simulator.settings
        before = {name: getattr(settings, name) for name in changes}
        settings.change(changes)
        yield
        settings.change(before)

    @contextlib.contextmanager
    def _proxied(self, mode: Any) -> Iterator[None]:
        self._database.proxy.become(mode)
        yield
        self._database.proxy.become("open")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = sqlite3.connect(self._database.direct, isolation_level=None, timeout=60)
        lock.execute("BEGIN EXCLUSIVE")
        yield
        lock.execute("ROLLBACK")
        lock.close()

    # --- Calm ------------------------------------------------------------------------------------

    def _calm_down(self) -> None:
        """The provider repeats what was not answered, and so do senders; then all is done."""
        for name, is_answered in list(self.traffic.pushes.items()):
            while not is_answered and not self.traffic.pushes[name]:
                self._deliver(name)
        for key in list(self.traffic.wanted):
            while key in self.traffic.wanted and key not in self.traffic.sends:
                self._post(key)
        self._api("sending/resume/", {})  # Faults of the provider may have opened the breaker.
        waiting = (
            "SELECT count(*) FROM messaging_message WHERE status IN ('queued', 'held', 'sending')"
        )
        until(
            lambda: self._database.rows(waiting) == [(0,)] and not self._spooled(),
            timeout_seconds=240,
            what="nothing waits any more",
        )

    def _spooled(self) -> list[Path]:
        return list(self._folder.glob("node*/spool/*.push"))
