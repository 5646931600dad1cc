"""The command upgrade_check, and what it knows."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from didsms_site import __version__
from messaging.services.operations import upgrades
from messaging.services.operations.upgrades import missing_step, unknown_migrations

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def run(*options: str) -> str:
    said = StringIO()
    call_command("upgrade_check", *options, stdout=said)
    return said.getvalue()


def test_a_database_of_this_version_is_fine():
    assert run() == f"didsms {__version__} may run on this database.\n"


def test_a_database_of_a_newer_version_is_refused():
    MigrationRecorder(connection).record_applied("messaging", "9999_from_the_future")

    with pytest.raises(CommandError, match=r"doesn’t know its migration messaging\.9999"):
        run()


def test_a_rollback_bears_the_migrations_of_the_next_version(monkeypatch):
    MigrationRecorder(connection).record_applied("messaging", "9999_from_the_future")

    assert run("--rollback") == f"didsms {__version__} may run on this database.\n"

    monkeypatch.setattr(upgrades, "missing_step", lambda _applied: "0.4.0")
    with pytest.raises(CommandError, match="is too old"):
        run("--rollback")


def test_what_an_app_that_is_gone_has_left_does_not_matter():
    MigrationRecorder(connection).record_applied("axes", "0001_initial")

    assert "may run" in run()


def test_an_older_database_is_told_to_migrate():
    MigrationRecorder(connection).record_unapplied("messaging", "0089_backup_run")

    assert "1 migration(s) to run" in run()


def test_squashed_migrations_are_known_by_their_old_names():
    seen = [("messaging", "0002_search_text"), ("messaging", "0001_squashed_0085_interface_words")]

    assert unknown_migrations(seen) == []


STEPS = (("0.4.0", "0100_first_step"), ("0.9.0", "0140_second_step"))


@pytest.mark.parametrize(
    ("applied", "between"),
    [
        pytest.param([], None, id="new"),
        pytest.param(["0001_initial"], "0.4.0", id="before both"),
        pytest.param(["0001_initial", "0100_first_step"], "0.9.0", id="between"),
        pytest.param(["0100_first_step", "0140_second_step"], None, id="after both"),
    ],
)
def test_a_jump_that_is_too_far_names_the_version_between(applied, between):
    assert missing_step([("messaging", name) for name in applied], steps=STEPS) == between


def test_the_refusal_says_what_to_install(monkeypatch):
    monkeypatch.setattr(upgrades, "missing_step", lambda _applied: "0.4.0")

    with pytest.raises(CommandError, match=r"Install 0\.4\.0 first and run manage\.py migrate"):
        run()


def test_a_server_that_is_too_old_is_named(monkeypatch):
    monkeypatch.setattr(upgrades, "LEAST_POSTGRESQL", 99)
    monkeypatch.setattr(upgrades, "LEAST_SQLITE", (9, 0))

    with pytest.raises(CommandError, match="is too old"):
        run()
