"""Whatever fails, and however it comes together: what was promised holds.

`make chaos` runs it for longer with other seeds: CHAOS_SECONDS, CHAOS_SEED.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter, defaultdict

import pytest

from messaging.statuses import Status, can_become
from tests.processes import process_environment, run_manage

from .chaos import Chaos

pytestmark = [pytest.mark.database, pytest.mark.soak]

SECONDS = float(os.environ.get("CHAOS_SECONDS", "20"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or time.time_ns() % 1_000_000


def say(capsys, line: str) -> None:
    with capsys.disabled():
        print(f"\n{line}")  # noqa: T201


def test_what_was_promised_holds_under_a_schedule_of_faults(database, tmp_path, capsys):
    say(capsys, f"CHAOS_SEED={SEED} CHAOS_SECONDS={SECONDS:.0f} plays it again")
    chaos = Chaos(seed=SEED, database=database, folder=tmp_path)
    chaos.run(seconds=SECONDS)
    traffic = chaos.traffic
    say(capsys, f"faults: {dict(chaos.faults)}; operations: {dict(traffic.operations)}")

    # Every push that was answered is there once.
    stored = Counter(
        row[0]
        for row in database.rows(
            "SELECT provider_message_id FROM messaging_message WHERE direction = 'inbound'"
        )
    )
    assert stored == dict.fromkeys(traffic.pushes, 1)

    # Every message that the API took is there once, and left at most once.
    taken = Counter(
        row[0]
        for row in database.rows(
            "SELECT client_id FROM messaging_message WHERE client_id IS NOT NULL"
        )
    )
    assert taken == dict.fromkeys(traffic.sends, 1)
    _total, records = chaos.simulator.ledger.requests()
    left = Counter(record.content for record in records if record.outcome == "accepted")
    assert not [content for content, count in left.items() if count > 1]

    # What the product says is true: delivered and sent did leave; what never left is not called so.
    by_status = defaultdict(set)
    for content, status in database.rows(
        "SELECT content, status FROM messaging_message WHERE client_id IS NOT NULL"
    ):
        by_status[status].add(content)
    assert by_status["sent"] | by_status["delivered"] <= set(left)
    assert not (by_status["failed"] | by_status["blocked"]) & set(left)
    never_left = set(traffic.sends.values()) - set(left)
    assert never_left <= by_status["unconfirmed"] | by_status["failed"] | by_status["blocked"]

    # Statuses only go where the table lets them.
    histories = defaultdict(list)
    for message, status in database.rows(
        "SELECT message_id, status FROM messaging_statuschange ORDER BY message_id, id"
    ):
        histories[message].append(status)
    for message, history in histories.items():
        for old, new in itertools.pairwise(history):
            assert old == new or can_become(Status(old), Status(new)), (message, history)

    # Nothing was attempted after its contact had opted out.
    late = database.rows(
        "SELECT m.id FROM messaging_message m"
        " JOIN messaging_conversation c ON c.id = m.conversation_id"
        " JOIN messaging_optout o ON o.contact_id = c.contact_id"
        " WHERE m.direction = 'outbound' AND m.client_id IS NOT NULL"
        " AND m.attempt_started_at > o.created_at AND m.status <> 'blocked'"
    )
    assert late == []

    # Counters equal rows.
    env = process_environment(var_dir=tmp_path / "node0", database_url=database.url)
    run_manage("check_reports", env=env)
