"""The backups in the admin."""

import pytest
from django.utils import timezone

from messaging.models import BackupRun
from tests.admin.pages import page

pytestmark = pytest.mark.django_db


def test_administrators_see_what_was_made_and_what_failed(admin):
    now = timezone.now()
    whole = {"made_at": now, "finished_at": now, "host": "h", "place": "/b"}
    BackupRun.objects.create(**whole, size_bytes=2048)
    BackupRun.objects.create(
        **whole,
        failure_code="program_missing",
        failure_facts={"program": "pg_dump", "package": "p"},
    )

    text = page(admin, "messaging_backuprun_changelist")

    assert "Complete" in text
    assert "The program pg_dump is missing. Install p." in text
