"""The machine is lost and restored elsewhere: nothing is sent twice, every loss is named.

The provider's stand-in is the judge. `make drill` runs it for longer and prints its figures.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from messaging.nxcloud.signing import Credentials
from messaging.simulator import Simulator
from tests.processes import Web, manage, process_environment, reserve_port, run_manage, until

from .test_receiving import DID, PATH, add_number, push
from .test_sending import accepted, contents_seen, write_messages

pytestmark = pytest.mark.database

#: How many messages wait when the backup is made; `make drill` takes more.
SIZE = int(os.environ.get("DRILL_MESSAGES", "40"))
PER_SECOND = 15


@dataclass
class Traffic:
    """Pushes inbound messages until it is stopped, and remembers which were answered."""

    port: int
    answered: list[str] = field(default_factory=list)
    failed: int = 0
    _ends: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def flowing(self):
        thread = threading.Thread(target=self._flow)
        thread.start()
        try:
            yield self
        finally:
            self._ends.set()
            thread.join()

    def _flow(self) -> None:
        number = 0
        while not self._ends.is_set():
            number += 1
            name = f"in-{number:06d}"
            if push(self.port, name, timeout=3) == (200, b"success"):
                self.answered.append(name)
            else:
                self.failed += 1
                self._ends.wait(0.05)


def machine(folder: Path, url: str, simulator: Simulator) -> dict[str, str]:
    folder.mkdir()
    return process_environment(
        var_dir=folder,
        database_url=url,
        NXCLOUD_BASE_URL=simulator.url,
        WEB_CONCURRENCY="1",
        OUTBOX_CONCURRENCY="2",
    )


def api(port: int, token: str, path: str, *, method: str = "GET") -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/{path}",
        headers={"Authorization": f"Token {token}"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def texts(database, where: str) -> Counter[str]:
    rows = database.rows(f"SELECT content FROM messaging_message WHERE {where}")  # noqa: S608
    return Counter(row[0] for row in rows)


def administrators_token(env) -> str:
    code = (
        "from django.contrib.auth.models import User\n"
        "from rest_framework.authtoken.models import Token\n"
        "boss = User.objects.create_superuser('boss', '', 'a good pass phrase')\n"
        "print(Token.objects.create(user=boss).key)\n"
    )
    return run_manage("shell", "-v0", "-c", code, env=env).strip()


@pytest.mark.nightly
def test_a_lost_machine_is_restored_elsewhere_and_nothing_is_sent_twice(
    database, another_database, tmp_path, capsys
):
    credentials = Credentials(access_key="test-access-key", access_secret="test-access-secret")
    port = reserve_port()
    with Simulator(
        webhook_url=f"http://127.0.0.1:{port}{PATH}",
        credentials=credentials,
        receipt_delay_seconds=3600,
    ) as simulator:
        first = machine(tmp_path / "first", database.url, simulator)
        add_number(database)
        database.rows(f"UPDATE messaging_didnumber SET max_per_second = {PER_SECOND}")  # noqa: S608
        token = administrators_token(first)
        write_messages(first, *range(SIZE))

        # Traffic, a backup, more traffic; then the machine is lost.
        log = tmp_path / "first.log"
        backup = tmp_path / "backup"
        with (
            Web(env=first, log=log, port=port) as web,
            manage("run_outbox", env=first, log=log) as worker,
        ):
            web.wait()
            traffic = Traffic(port)
            with traffic.flowing():
                until(lambda: len(accepted(simulator)) >= 5 and len(traffic.answered) >= 20)
                before_backup = set(traffic.answered)
                run_manage("backup", str(backup), "--prove", env=first)
                after_backup = len(accepted(simulator))
                write_messages(first, *range(1000, 1005))
                until(lambda: len(accepted(simulator)) >= after_backup + 5)
                worker.kill()
                web.kill()
        sent_by_first = contents_seen(simulator)
        answered = set(traffic.answered)

        # Another machine, with nothing but the backup.
        second = machine(tmp_path / "second", another_database.url, simulator)
        run_manage("verify_backup", str(backup), env=second)
        said = run_manage("restore", str(backup), env=second)
        assert "Lost is what came after" in said
        log = tmp_path / "second.log"
        with (
            Web(env=second, log=log, port=port) as web,
            manage("run_outbox", env=second, log=log) as worker,
        ):
            web.wait("/readyz")
            until(lambda: "started" in worker.output)
            state = api(port, token, "sending/")
            assert (state["state"], state["pauses"][0]["code"]) == ("paused", "restored")
            write_messages(second, *range(2000, 2003))
            assert contents_seen(simulator) == sent_by_first

            assert api(port, token, "sending/resume/", method="POST")["state"] == "running"
            until(lambda: sum(contents_seen(simulator).values()) == sum(sent_by_first.values()) + 3)

            # The provider repeats pushes of before, and sends the receipts of what it took.
            for name in sorted(before_backup)[:5]:
                assert push(port, name) == (200, b"success")
            for record in accepted(simulator):
                fields = {
                    "messageId": record.message_id, "type": "1", "toPhone": record.phone,
                    "fromPhone": DID, "content": record.content, "smsStatus": "DELIVRD",
                }  # fmt: skip
                assert push(port, "", fields=lambda _id, fields=fields: fields)[0] == 200
            delivered = "direction = 'outbound' AND status = 'delivered'"
            known = set(texts(another_database, "direction = 'outbound'"))
            until(
                lambda: (
                    set(texts(another_database, delivered)) == known & set(contents_seen(simulator))
                ),
                what="every message that the provider took is delivered",
            )
            assert worker.stop() == 0

        seen = contents_seen(simulator)
        inbound = texts(another_database, "direction = 'inbound'")
        there = {text.removeprefix("text ") for text in inbound}
        doubtful = texts(another_database, "status = 'unconfirmed'")
        lost_messages = set(seen) - known
        figures = {
            "pushes acknowledged": len(answered),
            "pushes lost (after the backup)": len(answered - there),
            "pushes twice": sum(count - 1 for count in inbound.values()),
            "texts sent": sum(seen.values()),
            "texts sent twice": sum(count - 1 for count in seen.values()),
            "texts sent whose row is lost (after the backup)": len(lost_messages),
            "texts that wait for a person": len(doubtful),
        }
        if "DRILL_MESSAGES" in os.environ:
            with capsys.disabled():
                print(json.dumps(figures, indent=1))  # noqa: T201  (the drill's report)
        assert figures["texts sent twice"] == 0
        assert figures["pushes twice"] == 0
        assert before_backup <= there
        assert all(text.startswith("text 10") for text in lost_messages)
        assert not set(doubtful) & set(seen)
        assert not texts(another_database, "status IN ('queued', 'sending', 'held')")


def test_a_backup_that_is_killed_leaves_no_backup_and_the_next_cleans_up(
    database, tmp_path, var_dir
):
    # The program that copies stops itself before it is done.
    env = process_environment(var_dir=var_dir, database_url=database.url)
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from django.utils import timezone\n"
        "from messaging.services.operations.backup import create\n"
        "create.save_secrets = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"create.create_backup(path=Path('{tmp_path}/all'), at=timezone.now(), is_folder=True)\n"
    )
    with manage("shell", "-v0", "-c", code, env=env, log=tmp_path / "log") as killed:
        until(lambda: not killed.is_running)
    (left,) = (tmp_path / "all").iterdir()
    assert ".partial-" in left.name

    run_manage("backup", f"{tmp_path}/all", "--keep", "3", env=env)

    (made,) = (tmp_path / "all").iterdir()
    assert ".partial-" not in made.name
    run_manage("verify_backup", f"{tmp_path}/all", env=env)
