"""One worker makes each night's backup, in a process of its own."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest

from messaging.models import BackupRun
from messaging.services.operations.backup import nightly
from messaging.services.operations.backup.nightly import NightlyBackup, claim_night, command

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


@pytest.fixture
def backups(settings, tmp_path, monkeypatch):
    """Nightly backups are on; the process that makes them does nothing but end."""
    settings.BACKUP_DIR, settings.BACKUP_HOUR = tmp_path / "backups", 3
    monkeypatch.setattr(nightly, "command", lambda run: [sys.executable, "-c", f"print({run})"])
    return NightlyBackup()


def test_it_begins_at_its_hour_once_a_night(backups):
    assert not backups.start_if_due(at=NIGHT - timedelta(seconds=1))
    assert backups.start_if_due(at=NIGHT)
    backups.stop()
    assert not backups.start_if_due(at=NIGHT + timedelta(hours=2))
    assert backups.start_if_due(at=NIGHT + timedelta(days=1))
    backups.stop()
    assert BackupRun.objects.count() == 2


def test_without_a_folder_there_is_none(backups, settings):
    settings.BACKUP_DIR = ""

    assert not backups.start_if_due(at=NIGHT)


def test_only_one_of_several_workers_gets_a_night():
    assert [claim_night(at=NIGHT) is not None for _worker in range(3)] == [True, False, False]


def test_one_that_failed_is_tried_again_an_hour_later():
    key = claim_night(at=NIGHT)
    BackupRun.objects.filter(pk=key).update(failure_code="no_room", finished_at=NIGHT)

    assert claim_night(at=NIGHT + timedelta(minutes=59)) is None
    assert claim_night(at=NIGHT + timedelta(minutes=61)) == key
    assert claim_night(at=NIGHT + timedelta(minutes=61)) is None
    run = BackupRun.objects.get()
    assert (run.failure_code, run.finished_at) == (None, None)


def test_one_whose_machine_was_lost_is_tried_again_and_one_that_is_made_is_not():
    key = claim_night(at=NIGHT)
    later = NIGHT + timedelta(hours=13)

    assert claim_night(at=NIGHT + timedelta(hours=11)) is None
    assert claim_night(at=later) == key
    BackupRun.objects.filter(pk=key).update(finished_at=later)
    assert claim_night(at=later + timedelta(hours=6)) is None


def test_its_command_keeps_and_proves_as_the_settings_say(settings, tmp_path):
    settings.BACKUP_DIR, settings.BACKUP_KEEP, settings.BACKUP_PROVE = tmp_path, 3, True

    assert command(7)[-5:] == ["backup", str(tmp_path), "--run=7", "--keep=3", "--prove"]
    settings.BACKUP_PROVE = False
    assert "--prove" not in command(7)
