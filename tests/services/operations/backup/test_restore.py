"""A restore refuses what does not fit, and leaves nothing that could be sent again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from messaging.models import CircuitBreakerTrip, Message, StaffSession, StatusChange, WorkerSighting
from messaging.reasons import Reason
from messaging.services.operations.backup.after_restore import ID_GAP, NEVER, settling_statements
from messaging.services.operations.backup.manifest import read_verified, write_manifest
from messaging.services.operations.backup.problems import BackupProblem
from messaging.services.operations.backup.restore import restore_backup
from messaging.services.operations.backup.var_files import put_back, save_secrets, save_spool
from messaging.services.pushes.spool import spool_push, waiting_files
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import close_breaker, current_trip, open_breaker
from messaging.services.sending.claims import claim_due_messages
from tests.factories import (
    DID,
    NOW,
    inbound_envelope,
    make_conversation,
    make_did,
    make_outbound,
    receipt_envelope,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

LATER = NOW + timedelta(hours=6)


def refused(code: str):
    """Expect a problem with a restore."""
    return pytest.raises(BackupProblem, check=lambda problem: problem.code == code)


def settle() -> None:
    """Change the rows as a restore does six hours after the backup of NOW."""
    schema = "public" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for statement in settling_statements(
            vendor=connection.vendor, schema=schema, made_at=NOW, at=LATER
        ):
            cursor.execute(statement)


def rewrite(backup: Path, **changes) -> None:
    manifest = read_verified(backup)
    write_manifest(backup, type(manifest)(**{**vars(manifest), **changes}))


# --- What is refused, and then nothing has changed ------------------------------------------------


def test_a_database_with_rows_is_left_as_it_is(backup):
    with refused("not_empty"):
        restore_backup(path=backup, at=LATER)

    assert Message.objects.count() == 2
    assert current_trip() is None


def test_a_damaged_backup_is_refused(backup):
    (backup / "var.tar").write_bytes(b"x")

    with refused("damaged"):
        restore_backup(path=backup, at=LATER)


def test_a_backup_of_a_newer_version_is_refused_with_its_version(backup):
    migrations = [*read_verified(backup).migrations, ["messaging", "9999_from_the_future"]]
    rewrite(backup, migrations=migrations, version="9.1.0")

    with refused("newer_schema") as failed:
        restore_backup(path=backup, at=LATER)

    assert "Restore it with didsms 9.1.0 or newer." in str(failed.value)


def test_migrations_of_apps_that_are_gone_do_not_matter(backup):
    migrations = [*read_verified(backup).migrations, ["axes", "0001_initial"]]
    rewrite(backup, migrations=migrations)

    with refused("not_empty"):  # It came as far as the database.
        restore_backup(path=backup, at=LATER)


def test_a_backup_of_the_other_database_is_refused(backup):
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    rewrite(backup, engine=other)

    with refused("other_engine"):
        restore_backup(path=backup, at=LATER)


# --- What a restore changes in the rows -----------------------------------------------------------


def test_what_was_waiting_is_unconfirmed_and_says_why():
    conversation = make_conversation()
    waiting = [
        make_outbound(conversation, "queued"),
        make_outbound(conversation, "held", status="held", queued_at=None),
        make_outbound(conversation, "sending", status="sending", claimed_by="old worker"),
        make_outbound(conversation, "due", status="scheduled", send_at=LATER),
    ]
    settled = [
        make_outbound(conversation, "later", status="scheduled", send_at=LATER + timedelta(days=1)),
        make_outbound(conversation, "sent", status="sent", provider_message_id="p"),
        make_outbound(conversation, "failed", status="failed"),
    ]

    settle()

    rows = Message.objects.in_bulk()
    assert {rows[m.pk].status for m in waiting} == {"unconfirmed"}
    assert [rows[m.pk].status for m in settled] == ["scheduled", "sent", "failed"]
    assert {rows[m.pk].claimed_by for m in waiting} == {""}
    assert rows[waiting[0].pk].error == (
        "It was waiting when the backup of 22 Nov 2026, 09:00:00 was made;"
        " it may have been sent since."
    )
    entry = StatusChange.objects.filter(message=waiting[0]).latest("id")
    assert (entry.status, entry.code, entry.at) == ("unconfirmed", "since_backup", LATER)


def test_sending_is_paused_until_a_person_resumes_it():
    make_outbound(content="written after the restore", at=LATER)
    open_breaker(reason=Reason("1102"), message=None, at=NOW)

    settle()

    trip = current_trip()
    assert (trip.code, trip.waits_for_a_person) == ("restored", True)
    assert "22 Nov 2026, 09:00" in trip.reason.words()
    assert CircuitBreakerTrip.objects.count() == 2
    much_later = LATER + NEVER - timedelta(days=1)
    assert claim_due_messages(worker="w", limit=9, at=much_later) == []
    open_breaker(reason=Reason("1102"), message=None, at=LATER)
    assert current_trip().code == "restored"
    assert close_breaker(at=LATER)


@pytest.mark.parametrize("came_after", ["5 minutes", "40 hours"])
def test_a_late_receipt_heals_what_was_queued(came_after):
    count, unit = came_after.split()
    message = make_outbound(content="queued")
    settle()

    record_push(
        envelope=receipt_envelope(
            message_id="unknown-to-us",
            content="queued",
            at=NOW + timedelta(**{unit: int(count)}),
        )
    )

    row = Message.objects.get(pk=message.pk)
    assert (row.status, row.provider_message_id) == ("delivered", "unknown-to-us")


def test_sessions_and_workers_of_the_old_machine_are_worthless():
    StaffSession.objects.create(session_key="k", session_data="", expire_date=LATER)
    WorkerSighting.objects.create(name="old", started_at=NOW, seen_at=LATER)

    settle()

    assert (StaffSession.objects.count(), WorkerSighting.objects.count()) == (0, 0)


def test_no_id_is_given_twice():
    last = make_outbound(content="the last one in the backup")

    settle()

    following = make_outbound(content="the first one afterwards", at=LATER)
    assert following.pk > last.pk + ID_GAP


# --- Files ----------------------------------------------------------------------------------------


def test_the_spool_and_the_secrets_come_back_beside_what_is_there(var_dir, tmp_path, settings):
    make_did(DID)
    saved = spool_push(inbound_envelope(content="saved"))
    (var_dir / "generated.env").write_text("WEBHOOK_TOKEN=old\n", "utf-8")
    save_spool(tmp_path / "var.tar")
    save_secrets(tmp_path / "var.tar")
    settings.VAR_DIR = tmp_path / "another machine"
    settings.VAR_DIR.mkdir()
    (settings.VAR_DIR / "generated.env").write_text("WEBHOOK_TOKEN=new\n", "utf-8")
    waiting = spool_push(inbound_envelope(content="came meanwhile"))

    assert put_back(tmp_path / "var.tar") == (1, ["generated.env"])

    assert {path.name for path in waiting_files()} == {saved.name, waiting.name}
    assert (settings.VAR_DIR / "generated.env").read_text("utf-8") == "WEBHOOK_TOKEN=old\n"
    kept = settings.VAR_DIR / "generated.env.before-restore"
    assert kept.read_text("utf-8") == "WEBHOOK_TOKEN=new\n"
