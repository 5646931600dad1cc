"""Measure how long a message takes from its commit to the provider's socket, as a share of 100 ms.

One message after the other on an otherwise idle installation: written as the inbox writes it, sent
by the shipped worker, received by the simulator. Prints the median of each database as a share of
the promise in design ("median under 100 ms").
"""

from __future__ import annotations

import statistics
from datetime import UTC, datetime
from pathlib import Path

from messaging.nxcloud.signing import Credentials
from messaging.simulator import Simulator
from tests.processes import Running, manage, process_environment, run_manage, until

PROMISE_MS = 100
WRITE = """
import time
from django.utils import timezone
from messaging.models import DidNumber
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.recipients import start_conversation
did, _new = DidNumber.objects.get_or_create(number="8615088888888")
for turn in range({count}):
    now = timezone.now()
    conversation = start_conversation(did_number=did, phone=f"346{{turn:08d}}", at=now)
    new = NewMessage(content=f"turn {{turn}}")
    queue_message(new, conversation=conversation, user=None, at=now)
    print("COMMITTED", turn, timezone.now().isoformat(), flush=True)
    time.sleep(0.25)
"""


def measure(*, name: str, url: str, folder: Path, count: int = 40) -> None:
    """Measure one database and print a line."""
    credentials = Credentials(access_key="test-access-key", access_secret="test-access-secret")  # noqa: S106
    with Simulator(webhook_url="http://127.0.0.1:9/", credentials=credentials) as simulator:
        env = process_environment(var_dir=folder, database_url=url, NXCLOUD_BASE_URL=simulator.url)
        run_manage("migrate", "-v0", env=env)
        worker: Running = manage("run_outbox", env=env, log=folder / "worker.log")
        with worker:
            until(lambda: "started" in worker.output)
            printed = run_manage("shell", "-v0", "-c", WRITE.format(count=count), env=env)
            until(lambda: simulator.ledger.requests()[0] == count)
        committed = {
            f"turn {words[1]}": datetime.fromisoformat(words[2])
            for words in (line.split() for line in printed.splitlines())
            if words and words[0] == "COMMITTED"
        }
        _total, records = simulator.ledger.requests()
    waits = [
        (datetime.fromisoformat(r.at).astimezone(UTC) - committed[r.content]).total_seconds() * 1000
        for r in records
    ]
    median = statistics.median(waits)
    print(
        f"{name:<11} commit to the provider's socket           {median / PROMISE_MS:5.2f}"
        f" of the promised {PROMISE_MS} ms (median {median:.0f} ms, slowest {max(waits):.0f} ms)",
        flush=True,
    )
