"""Two versions side by side on one database under traffic; `test_upgrade` judges what it leaves."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from messaging.nxcloud.signing import Credentials
from messaging.simulator import Simulator
from tests.processes import (
    ROOT,
    Running,
    Web,
    manage,
    process_environment,
    reserve_port,
    run_manage,
    until,
)

from .balancer import Balancer
from .test_receiving import DID, PATH, add_number, push

MAKE_TOKEN = (
    "from django.contrib.auth.models import User\n"
    "from rest_framework.authtoken.models import Token\n"
    "print(Token.objects.create(user=User.objects.create_superuser('boss', '', 'x')).key)\n"
)
PAUSE_SECONDS = 0.05


@dataclass
class Calls:
    """What came of the calls of one kind, in the order in which they ended.

    Attributes:
        failed: descriptions of those that had to be repeated.
        seconds_without: from the first failure after a success to the next success, added up.
    """

    good: int = 0
    failed: list[str] = field(default_factory=list)
    seconds_without: float = 0.0
    slowest_seconds: float = 0.0
    _failing_since: float | None = None

    def note(self, *, began: float, failure: str) -> None:
        """Take down one call; "" is a success."""
        now = time.monotonic()
        self.slowest_seconds = max(self.slowest_seconds, now - began)
        if failure:
            self.failed.append(failure)
            if self._failing_since is None:
                self._failing_since = began
            return
        self.good += 1
        if self._failing_since is not None:
            self.seconds_without += now - self._failing_since
            self._failing_since = None


class Fleet:
    """Nodes behind a balancer, their workers, the provider, and traffic.

    Args:
        count: of web processes and of workers.
        old: folder of the older version's code.
    """

    def __init__(self, *, database: Any, folder: Path, old: Path, count: int) -> None:
        self.database, self._folder, self._count = database, folder, count
        self.old, self.new = old, ROOT
        self.balancer = Balancer()
        self.simulator = Simulator(
            webhook_url=f"http://127.0.0.1:{self.balancer.port}{PATH}",
            credentials=Credentials(
                access_key="test-access-key", access_secret="test-access-secret"
            ),
            receipt_delay_seconds=0.3,
            push_format="form",
        )
        self.pushes, self.sends, self.reads = Calls(), Calls(), Calls()
        self.pushed: list[str] = []
        self.sent: list[str] = []
        self._webs: list[Web] = []
        self._workers: list[Running] = []
        self._logs: list[Path] = []
        self._token = ""
        self._ends = threading.Event()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run the older version on its own schema, with traffic."""
        try:
            with self.balancer, self.simulator:
                self.manage("migrate", "-v0", code=self.old)
                add_number(self.database)
                self._token = self.manage("shell", "-v0", "-c", MAKE_TOKEN, code=self.old).strip()
                for node in range(self._count):
                    self._webs.append(self._web(node, self.old))
                    self._workers.append(self._worker(node, self.old))
                for web in self._webs:
                    web.wait("/readyz")
                    self.balancer.nodes.append(web.port)
                with self._traffic():
                    yield
                self._calm_down()
        finally:
            for running in (*self._webs, *self._workers):
                running.stop()

    def manage(self, *arguments: str, code: Path) -> str:
        """Run a command of one of the versions."""
        return run_manage(*arguments, env=self._env(0), cwd=code)

    def check_rollback(self) -> None:
        """Ask the older version whether it may come back, as an operator would."""
        command = "messaging/management/commands/upgrade_check.py"
        if "--rollback" in (self.old / command).read_text("utf-8"):
            self.manage("upgrade_check", "--rollback", code=self.old)

    def replace(self, *, code: Path, webs_first: bool) -> None:
        """Put another version into the place of each process, one after the other."""
        turns: list[Callable[[int, Path], None]] = [self._replace_web, self._replace_worker]
        for turn in turns if webs_first else reversed(turns):
            for node in range(self._count):
                turn(node, code)

    def go_on(self, *, calls: int = 30) -> None:
        """Let traffic flow for some more calls of each kind."""
        before = len(self.pushed), len(self.sent)
        until(
            lambda: len(self.pushed) >= before[0] + calls and len(self.sent) >= before[1] + calls,
            what="traffic flows",
        )

    def troubles(self) -> list[str]:
        """Return lines of the logs that tell of an error inside the product."""
        marks = ("Traceback", "ERROR", "CRITICAL", "no such table", "does not exist", "no such col")
        return [
            f"{log.name}: {line}"
            for log in self._logs
            for line in log.read_text("utf-8", "replace").splitlines()
            if any(mark in line for mark in marks)
        ]

    # --- Processes -------------------------------------------------------------------------------

    def _env(self, node: int) -> dict[str, str]:
        folder = self._folder / f"node{node}"
        folder.mkdir(exist_ok=True)
        return process_environment(
            var_dir=folder,
            database_url=self.database.url,
            NXCLOUD_BASE_URL=self.simulator.url,
            WEB_CONCURRENCY="1",
            OUTBOX_CONCURRENCY="2",
        )

    def _log(self, name: str, code: Path) -> Path:
        log = self._folder / f"{name}-{'new' if code == self.new else 'old'}-{len(self._logs)}.log"
        self._logs.append(log)
        return log

    def _web(self, node: int, code: Path) -> Web:
        port = reserve_port()
        return Web(env=self._env(node), log=self._log(f"web{node}", code), port=port, cwd=code)

    def _worker(self, node: int, code: Path) -> Running:
        log = self._log(f"worker{node}", code)
        return manage("run_outbox", env=self._env(node), log=log, cwd=code)

    def _replace_web(self, node: int, code: Path) -> None:
        """Start the other version beside the one of before, then let that one finish and end."""
        before, after = self._webs[node], self._web(node, code)
        after.wait("/readyz")
        self.balancer.nodes = [*self.balancer.nodes, after.port]
        self.balancer.take_out(before.port)
        self._webs[node] = after
        assert before.stop() == 0, before.output
        self.go_on(calls=5)

    def _replace_worker(self, node: int, code: Path) -> None:
        before = self._workers[node]
        assert before.stop() == 0, before.output
        after = self._workers[node] = self._worker(node, code)
        until(lambda: "started" in after.output or not after.is_running)
        assert after.is_running, after.output
        self.go_on(calls=5)

    # --- Traffic ---------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _traffic(self) -> Iterator[None]:
        threads = [
            threading.Thread(target=self._loop, args=(act,))
            for act in (self._push, self._push, self._send, self._read)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join()

    def _loop(self, act: Callable[[], None]) -> None:
        while not self._ends.is_set():
            act()
            self._ends.wait(PAUSE_SECONDS)

    def _push(self) -> None:
        """A contact writes; the provider repeats until it is answered."""
        name = f"{threading.get_ident() % 100_000:05d}-{len(self.pushed):06d}"
        fields = {
            "messageId": name, "toPhone": DID, "content": f"text {name}",
            "fromPhone": f"346{len(self.pushed) % 20:08d}",
        }  # fmt: skip
        while True:
            began = time.monotonic()
            answer = push(self.balancer.port, name, fields=lambda _id: fields, timeout=15)
            is_good = answer == (200, b"success")
            self.pushes.note(began=began, failure="" if is_good else f"{name}: {answer}")
            if is_good:
                self.pushed.append(name)
                return
            time.sleep(0.1)

    def _send(self) -> None:
        """A program sends, again with the same key until it has an answer."""
        key = f"order-{len(self.sent):06d}"
        body = {
            "sender": DID, "phone": f"+346{len(self.sent) % 20:08d}",
            "content": f"answer {key}", "client_id": key,
        }  # fmt: skip
        while True:
            began = time.monotonic()
            status = self._api("POST", "messages/", body)
            is_good = status in {200, 201}
            self.sends.note(began=began, failure="" if is_good else f"{key}: {status}")
            if is_good:
                self.sent.append(key)
                return
            time.sleep(0.1)

    def _read(self) -> None:
        began = time.monotonic()
        status = self._api("GET", "messages/", None)
        self.reads.note(began=began, failure="" if status == 200 else str(status))

    def _api(self, method: str, path: str, body: dict[str, str] | None) -> int:
        link = http.client.HTTPConnection("127.0.0.1", self.balancer.port, timeout=20)
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        try:
            link.request(method, f"/api/v1/{path}", json.dumps(body) if body else None, headers)
            answer = link.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            link.close()

    def _calm_down(self) -> None:
        waiting = (
            "SELECT count(*) FROM messaging_message"
            " WHERE direction = 'outbound' AND status <> 'delivered'"
        )
        until(
            lambda: (
                self.database.rows(waiting) == [(0,)]
                and not list(self._folder.glob("node*/spool/*.push"))
            ),
            what="everything is delivered, the spools are empty",
        )
