"""Rows and files that a backup must hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from messaging.services.operations.backup.create import create_backup
from messaging.services.pushes.spool import spool_push
from tests.factories import NOW, inbound_envelope, make_inbound


@pytest.fixture
def filled(transactional_db, var_dir: Path) -> Path:
    """A database with two messages and VAR_DIR with a push and a secret; returns VAR_DIR."""
    make_inbound(content="one", at=NOW)
    make_inbound(content="two", at=NOW)
    spool_push(inbound_envelope(content="from the spool"))
    (var_dir / "generated.env").write_text("WEBHOOK_TOKEN=kept\n", "utf-8")
    return var_dir


@pytest.fixture
def backup(filled: Path, tmp_path: Path) -> Path:
    """A finished backup."""
    return create_backup(path=tmp_path / "backup", at=NOW).path
