"""A backup holds one state of database, spool and secrets, or there is none."""

from __future__ import annotations

import os
import stat
import subprocess
import tarfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from messaging.models import BackupRun, Conversation, Message, Push
from messaging.services.operations.backup import create, programs, runs
from messaging.services.operations.backup.create import create_backup
from messaging.services.operations.backup.manifest import read_verified
from messaging.services.operations.backup.problems import WORDS, BackupProblem, words_of
from messaging.services.operations.backup.sqlite_copy import unpack
from messaging.services.operations.backup.verify import prove_backup, verify_backup
from messaging.services.pushes.spool import drain_spool, spool_push, waiting_files
from tests.factories import NOW, inbound_envelope, make_inbound
from tests.small_disk import small_disk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def refused(code: str):
    """Expect a problem with a backup."""
    return pytest.raises(BackupProblem, check=lambda problem: problem.code == code)


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_it_holds_database_spool_and_secrets_for_its_owner_alone(filled, tmp_path):
    made = create_backup(path=tmp_path / "b", at=NOW, with_proof=True)

    file = "database.sqlite3.gz" if is_sqlite() else "database.dump"
    assert {path.name for path in made.path.iterdir()} == {
        "SHA256SUMS", "manifest.json", "var.tar", file,
    }  # fmt: skip
    manifest = read_verified(made.path)
    assert manifest == made.manifest
    assert manifest.rows["messaging_message"] == 2
    assert (manifest.spool_files, manifest.secrets) == (1, ["generated.env"])
    assert names(made.path / "var.tar") == [f"spool/{waiting_files()[0].name}", "generated.env"]
    assert made.is_proven
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700


def test_what_is_written_meanwhile_is_not_in_it_and_not_half(filled, tmp_path, monkeypatch):
    """The state is chosen, then others write; the copy is read after that."""
    save_spool = create.save_spool

    def save_while_others_write(archive: Path) -> int:
        make_inbound(content="three")
        return save_spool(archive)

    monkeypatch.setattr(create, "save_spool", save_while_others_write)

    made = create_backup(path=tmp_path / "b", at=NOW, with_proof=True)

    assert made.manifest.rows["messaging_message"] == 2
    assert Message.objects.count() == 3


def test_nobody_drains_the_spool_while_the_state_is_chosen(filled, tmp_path, monkeypatch):
    save_spool, left = create.save_spool, []

    def save_while_somebody_drains(archive: Path) -> int:
        left.append(drain_spool(record=lambda **_push: None).left)
        return save_spool(archive)

    monkeypatch.setattr(create, "save_spool", save_while_somebody_drains)

    made = create_backup(path=tmp_path / "b", at=NOW)

    assert (left, made.manifest.spool_files) == ([1], 1)
    assert drain_spool(record=lambda **_push: None).recorded == 1


def test_what_was_deleted_or_hidden_is_not_in_the_file(filled, tmp_path):
    if not is_sqlite():
        pytest.skip("a dump holds rows only")
    secret = "4111 1111 1111 1111 " * 400
    message = make_inbound(content=secret)
    Message.objects.filter(pk=message.pk).update(content="hidden", search_text="")
    Conversation.objects.update(last_preview="hidden")
    Push.objects.all().delete()

    made = create_backup(path=tmp_path / "b", at=NOW)
    unpack(made.path / made.manifest.database, tmp_path / "plain")

    found = (tmp_path / "plain").read_bytes()
    assert (b"hidden" in found, b"4111 1111" in found) == (True, False)


def test_it_never_overwrites(backup):
    with refused("exists"):
        create_backup(path=backup, at=NOW)

    assert verify_backup(path=backup)[0] == backup


def test_one_that_fails_leaves_nothing(filled, tmp_path, monkeypatch):
    def fail(*_arguments: object, **_more: object) -> None:
        raise BackupProblem("rows_differ", table="t", has=1, wants=2)

    monkeypatch.setattr(create, "prove_files", fail)

    with refused("rows_differ"):
        create_backup(path=tmp_path / "backups" / "b", at=NOW, with_proof=True)

    assert list((tmp_path / "backups").iterdir()) == []


def test_one_that_cannot_be_tried_out_here_is_kept_and_says_so(filled, tmp_path, monkeypatch):
    def cannot(*_arguments: object, **_more: object) -> None:
        raise BackupProblem("no_database_to_try", role="ann")

    monkeypatch.setattr(create, "prove_files", cannot)

    made = create_backup(path=tmp_path / "b", at=NOW, with_proof=True)

    assert (made.is_proven, made.unproven.code) == (False, "no_database_to_try")
    verify_backup(path=made.path)


def test_a_full_disk_leaves_nothing_and_says_so(filled, tmp_path):
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        (disk / "filler").write_bytes(b"x" * 1024 * 900)

        with pytest.raises(BackupProblem) as failed:
            create_backup(path=disk / "b", at=NOW)

        assert failed.value.code in {"no_room", "program_failed"}
        assert "No space left" in str(failed.value) or failed.value.code == "no_room"
        assert [path.name for path in disk.iterdir()] == ["filler"]


def test_a_copy_that_holds_something_else_is_not_proven(backup):
    manifest = read_verified(backup)
    rows = {**manifest.rows, "messaging_message": 3}

    with refused("rows_differ"):
        create.prove_files(
            backup, type(manifest)(**{**vars(manifest), "rows": rows}), work=backup.parent
        )


def test_scratch_databases_are_gone_afterwards(backup):
    prove_backup(path=backup)

    if not is_sqlite():
        with connection.cursor() as cursor:
            # Other tests prove backups of their own databases meanwhile.
            cursor.execute(
                "SELECT datname FROM pg_database"
                " WHERE starts_with(datname, current_database() || '_didsms_proof')"
            )
            assert cursor.fetchall() == []


def test_the_programs_of_postgresql_are_named_when_they_are_missing_or_old(
    filled, tmp_path, monkeypatch
):
    if is_sqlite():
        pytest.skip("SQLite needs none")
    old = tmp_path / "bin"
    old.mkdir()
    monkeypatch.setenv("PATH", str(old))

    with refused("program_missing") as missing:
        create_backup(path=tmp_path / "b", at=NOW)
    (old / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n", "ascii")
    (old / "pg_dump").chmod(0o700)
    with refused("program_old") as outdated:
        create_backup(path=tmp_path / "b", at=NOW)

    assert missing.value.facts == {"program": "pg_dump", "package": "postgresql-client"}
    assert outdated.value.facts["has"] == 9
    assert not (tmp_path / "b").exists()


def test_an_encrypted_backup_needs_its_secret_key(filled, tmp_path):
    if programs.shutil.which("age") is None:
        pytest.skip("needs the program age")
    key = tmp_path / "key.txt"
    subprocess.run(["age-keygen", "-o", str(key)], check=True, capture_output=True)
    recipient = subprocess.run(
        ["age-keygen", "-y", str(key)], check=True, capture_output=True, text=True
    ).stdout.strip()
    other = tmp_path / "other.txt"
    subprocess.run(["age-keygen", "-o", str(other)], check=True, capture_output=True)

    made = create_backup(path=tmp_path / "b", at=NOW, recipient=recipient, with_proof=True)

    assert made.is_proven
    assert sorted(path.suffix for path in made.path.iterdir()) == ["", ".age", ".age", ".json"]
    verify_backup(path=made.path)
    with refused("needs_identity"):
        prove_backup(path=made.path)
    with refused("program_failed"):
        prove_backup(path=made.path, identity=other)
    prove_backup(path=made.path, identity=key)


def test_a_wrong_public_key_makes_no_backup(filled, tmp_path):
    if programs.shutil.which("age") is None:
        pytest.skip("needs the program age")

    with refused("program_failed"):
        create_backup(path=tmp_path / "b", at=NOW, recipient="age1wrong")

    assert not (tmp_path / "b").exists()


def test_the_command_writes_down_what_it_made(filled, tmp_path):
    said = StringIO()
    call_command("backup", str(tmp_path / "all"), "--keep", "2", "--prove", stdout=said)

    run = BackupRun.objects.get()
    assert Path(run.place).parent == tmp_path / "all"
    assert run.size_bytes == sum(path.stat().st_size for path in Path(run.place).iterdir())
    assert run.proven_at is not None
    assert run.failure_code is None
    assert "keep it private" in said.getvalue()


def test_the_command_writes_down_why_there_is_none(filled, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match="No backup was made"):
        call_command("backup", str(tmp_path / "file" / "b"))

    assert BackupRun.objects.get().failure_code == "not_usable"


def test_what_nobody_foresaw_is_a_failure_too(filled, tmp_path, monkeypatch):
    def fail(**_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(runs, "create_backup", fail)

    with pytest.raises(CommandError, match="ZeroDivisionError"):
        call_command("backup", str(tmp_path / "b"))

    assert BackupRun.objects.get().failure_code == "unforeseen"


@pytest.mark.parametrize("code", WORDS)
def test_every_problem_has_words(code):
    facts = dict.fromkeys(
        ["folder", "path", "why", "program", "package", "has", "wants", "said", "version", "file",
         "table", "role", "engine", "target", "own"], "x",
    )  # fmt: skip

    assert words_of(code, facts).endswith((".", "x", "CREATEDB", "FILE."))
    assert words_of("of another version", None) == "of another version"


def test_the_spool_keeps_taking_pushes_while_it_is_held(filled, tmp_path, monkeypatch):
    save_spool = create.save_spool

    def save_while_a_push_comes(archive: Path) -> int:
        count = save_spool(archive)
        spool_push(inbound_envelope(content="later"))
        return count

    monkeypatch.setattr(create, "save_spool", save_while_a_push_comes)

    made = create_backup(path=tmp_path / "b", at=NOW)

    assert (made.manifest.spool_files, len(waiting_files())) == (1, 2)
    assert os.access(made.path, os.R_OK)
