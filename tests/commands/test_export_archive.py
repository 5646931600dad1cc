"""The commands export_archive and import_archive say what they did, or why not."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from messaging.services.pushes.spool import spool_push
from tests.factories import inbound_envelope, make_inbound, make_user
from tests.services.operations.archive.conftest import empty_database

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    """Run a command, and return what it said."""
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def path(var_dir, tmp_path):
    make_user("boss")
    make_inbound()
    return tmp_path / "all.zip"


def test_from_one_installation_to_another(path, settings):
    told = said("export_archive", str(path))
    assert "keep it private" in told
    assert "spool" not in told
    assert "is whole" in said("import_archive", str(path), "--check")
    empty_database()

    told = said("import_archive", str(path))

    assert "Sending is paused" in told
    assert "1 people need a new password" in told
    assert "SECRET_KEY is not" not in told


def test_another_key_is_said(path, settings):
    call_command("export_archive", str(path), stdout=StringIO())
    empty_database()
    settings.SECRET_KEY = "another-key-another-key-another-key-another"

    assert "SECRET_KEY is not the one of the archive" in said("import_archive", str(path))


def test_what_waits_in_the_spool_is_said(path):
    spool_push(inbound_envelope())

    assert "1 push(es) wait in this node’s spool" in said("export_archive", str(path))


def test_refusals_are_one_sentence(path, tmp_path):
    call_command("export_archive", str(path), stdout=StringIO())

    with pytest.raises(CommandError, match=r"No archive was made.*already exists"):
        call_command("export_archive", str(path))
    with pytest.raises(CommandError, match=r"No archive was made.*isn’t a folder"):
        call_command("export_archive", str(tmp_path / "none" / "a.zip"))
    with pytest.raises(CommandError, match=r"Nothing was imported.*isn’t empty"):
        call_command("import_archive", str(path))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CommandError, match="cut off"):
        call_command("import_archive", str(path), "--check")
