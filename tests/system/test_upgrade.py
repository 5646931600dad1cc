"""The product is upgraded and rolled back under traffic, and nobody notices.

`make upgrade-drill`. The older version comes from the history (`scripts/previous_version.py`).
"""

from __future__ import annotations

import json
from collections import Counter

import pytest

from scripts.previous_version import NoPreviousVersion, previous_version, unpack

from .test_sending import contents_seen
from .upgrade import Fleet

pytestmark = [pytest.mark.database, pytest.mark.soak]


def figures_of(fleet: Fleet) -> dict[str, float]:
    stored = Counter(
        row[0]
        for row in fleet.database.rows(
            "SELECT provider_message_id FROM messaging_message WHERE direction = 'inbound'"
        )
    )
    seen = contents_seen(fleet.simulator)
    wanted = {f"answer {key}" for key in fleet.sent}
    calls = (fleet.pushes, fleet.sends, fleet.reads)
    return {
        "pushes acknowledged": len(fleet.pushed),
        "pushes that failed": len(fleet.pushes.failed),
        "pushes lost": len(set(fleet.pushed) - set(stored)),
        "pushes twice": sum(count - 1 for count in stored.values()),
        "texts sent": sum(seen.values()),
        "texts lost": len(wanted - set(seen)),
        "texts sent twice": sum(count - 1 for count in seen.values()),
        "calls of the API that failed": len(fleet.sends.failed) + len(fleet.reads.failed),
        "seconds without service": round(max(one.seconds_without for one in calls), 2),
        "slowest push in seconds": round(fleet.pushes.slowest_seconds, 2),
    }


def test_a_rolling_upgrade_and_a_rollback_lose_nothing_and_fail_no_push(
    another_database, tmp_path, capsys
):
    try:
        version = previous_version()
    except NoPreviousVersion as why:
        pytest.skip(f"no version before this one: {why}")
    old = unpack(version, tmp_path / "old")
    count = 2 if another_database.is_postgresql else 1
    fleet = Fleet(database=another_database, folder=tmp_path, old=old, count=count)
    with fleet.running():
        fleet.go_on()
        fleet.manage("upgrade_check", code=fleet.new)
        fleet.manage("migrate", "-v0", code=fleet.new)
        fleet.go_on()
        fleet.replace(code=fleet.new, webs_first=True)
        fleet.go_on()
        fleet.check_rollback()
        fleet.replace(code=fleet.old, webs_first=False)
        fleet.go_on()

    figures = figures_of(fleet)
    with capsys.disabled():
        print(f"\nfrom {version.name}, {count} web and {count} worker, and back again")  # noqa: T201
        print(json.dumps(figures, indent=1))  # noqa: T201  (the drill's report)
    assert fleet.pushes.failed == fleet.sends.failed == fleet.reads.failed == []
    assert fleet.troubles() == []
    wrong = ("pushes lost", "pushes twice", "texts lost", "texts sent twice")
    assert {name: figures[name] for name in wrong} == dict.fromkeys(wrong, 0)
