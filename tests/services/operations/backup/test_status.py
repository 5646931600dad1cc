"""What System health, /readyz and /metrics say of the backups."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client import generate_latest

from messaging.models import BackupRun, Message
from messaging.services.operations.backup.check import check_backup
from messaging.views.machines.health import DatabaseRegistry
from tests.factories import make_inbound

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


def made(*, hours_ago: float = 6, **columns) -> BackupRun:
    at = NOW - timedelta(hours=hours_ago)
    whole = {"made_at": at, "finished_at": at, "host": "h", "place": "/b", "size_bytes": 100}
    return BackupRun.objects.create(**{**whole, **columns})


def said() -> tuple[bool, str, str]:
    check = check_backup(at=NOW)
    return check.is_ok, check.state, check.message


def test_a_backup_that_was_tried_out_is_in_order():
    made(proven_at=NOW - timedelta(hours=6))

    assert said() == (
        True,
        "ok",
        "The last backup was made 6\xa0hours ago. It was restored as a test 6\xa0hours ago.",
    )


def test_a_new_installation_needs_none_yet_and_one_in_use_does():
    assert said() == (True, "none", "There is no backup yet.")

    make_inbound(at=NOW - timedelta(hours=47))
    assert said()[1] == "none"

    Message.objects.update(created_at=NOW - timedelta(hours=49))
    assert said()[:2] == (False, "missing")


@pytest.mark.parametrize(("most", "state"), [(36, "old"), (48, "ok"), (0, "ok")])
def test_an_old_backup_is_said_to_be_old(settings, most, state):
    settings.BACKUP_MAX_AGE_HOURS = most
    made(hours_ago=37)

    assert said()[1] == state


def test_a_failure_counts_until_the_next_success():
    failure = {"failure_code": "no_room", "failure_facts": {"folder": "/b"}, "size_bytes": None}
    made(hours_ago=7)
    made(hours_ago=2, **failure)

    assert said() == (
        False,
        "failed",
        "The last backup failed: There isn’t enough room in /b."
        " The last backup was made 7\xa0hours ago.",
    )

    made(hours_ago=1)
    assert said()[:2] == (True, "ok")


def test_one_that_is_not_finished_is_none():
    made(finished_at=None)

    assert said()[1] == "none"


def test_one_that_could_not_be_tried_out_says_why():
    made(proof_code="no_database_to_try", proof_facts={"role": "didsms"})

    is_ok, state, message = said()
    assert (is_ok, state) == (False, "unproven")
    assert message.endswith("Run: ALTER ROLE didsms CREATEDB")


def test_the_figures_are_there_for_prometheus():
    made(proven_at=NOW - timedelta(hours=5))

    text = generate_latest(DatabaseRegistry()).decode()

    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if "didsms_backup" in line)
    assert figures["didsms_backup_bytes"] == "100.0"
    assert figures["didsms_backup_failed"] == "0.0"
    assert float(figures["didsms_backup_age_seconds"]) >= 6 * 3600
    assert float(figures["didsms_backup_proven_seconds_ago"]) >= 5 * 3600
