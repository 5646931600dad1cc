"""Put a backup back, into an empty or just migrated database, so that nothing is sent again."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from didsms_site import __version__
from messaging.models import (
    BackupRun,
    CannedReply,
    Contact,
    Conversation,
    DidNumber,
    Label,
    Message,
    Note,
    OptOut,
    Push,
)
from messaging.services.operations.upgrades import pending_migrations, unknown_migrations
from messaging.services.pushes.spool import hold_still
from messaging.services.receiving.receive import drain
from messaging.statuses import Status

from .after_restore import rebuild_summaries, settling_statements
from .copies import Restoring
from .create import STILL_SECONDS
from .engines import engine, tables
from .folder import size_of
from .manifest import Manifest, key_check
from .problems import BackupProblem
from .var_files import ARCHIVE, put_back
from .verify import check_engine, plain_files, verify_backup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from django.db.models import Model

#: What nobody has in a database that was just made.
MUST_BE_EMPTY: tuple[type[Model], ...] = (
    User,
    DidNumber,
    Contact,
    Conversation,
    Message,
    Push,
    OptOut,
    Note,
    Label,
    CannedReply,
)


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        manifest: of the backup.
        unconfirmed: messages that were waiting, and may have been sent since.
        scheduled: messages that are due later, and stay so.
        pushes: spool files that were put back.
        drained: those that are in the database by now.
        replaced: secrets whose former content was another; it is beside them.
        has_other_key: whether SECRET_KEY is not the one of the backup.
    """

    manifest: Manifest
    unconfirmed: int
    scheduled: int
    pushes: int
    drained: int
    replaced: list[str]
    has_other_key: bool


def restore_backup(*, path: Path, at: datetime, identity: Path | None = None) -> Restored:
    """Restore a backup.

    Args:
        path: the backup, or a folder of backups, of which the newest is taken.
        at: now, aware UTC.
        identity: file with the secret key, where it is encrypted.

    Returns:
        What was done.

    Raises:
        BackupProblem: nothing was changed in the database, which is as it was.
    """
    folder, manifest = verify_backup(path=path)
    check_fits(manifest)
    with plain_files(folder, manifest, identity=identity) as (files, work):
        with _still():
            # First the files: what of them is lost in a crash is still in the backup, and with an
            # empty database it can be restored again.
            pushes, replaced = put_back(files / ARCHIVE)
            engine().put_back(
                files / manifest.database, work=work, restoring=_restoring(manifest, at=at)
            )
        connection.close()
    if pending_migrations():
        call_command("migrate", interactive=False, verbosity=0)
    unconfirmed = rebuild_summaries(made_at=manifest.made)
    _note_backup(folder, manifest, at=at)
    return Restored(
        manifest=manifest,
        unconfirmed=unconfirmed,
        scheduled=Message.objects.filter(status=Status.SCHEDULED).count(),
        pushes=pushes,
        drained=drain().recorded,
        replaced=replaced,
        # Without one of its own this machine takes the one that was just put back.
        has_other_key="SECRET_KEY" in os.environ and key_check() != manifest.key_check,
    )


def check_fits(manifest: Manifest) -> None:
    """Refuse a backup of the other database, or of a newer version.

    Raises:
        BackupProblem: it is one.
    """
    check_engine(manifest)
    if unknown_migrations((app, name) for app, name in manifest.migrations):
        raise BackupProblem("newer_schema", version=manifest.version, own=__version__)


def _restoring(manifest: Manifest, *, at: datetime) -> Restoring:
    present = tables()
    return Restoring(
        rows=manifest.rows,
        must_be_empty=[
            model._meta.db_table for model in MUST_BE_EMPTY if model._meta.db_table in present
        ],
        present=present,
        statements=settling_statements(
            vendor=connection.vendor, schema=manifest.schema, made_at=manifest.made, at=at
        ),
    )


@contextlib.contextmanager
def _still() -> Iterator[None]:
    try:
        with hold_still(timeout_seconds=STILL_SECONDS):
            yield
    except TimeoutError:
        raise BackupProblem("spool_busy") from None


def _note_backup(folder: Path, manifest: Manifest, *, at: datetime) -> None:
    """Write down that there is this backup: it was not finished when its rows were copied."""
    if not BackupRun.objects.filter(made_at=manifest.made).exists():
        BackupRun.objects.create(
            made_at=manifest.made,
            finished_at=at,
            host=socket.gethostname()[:100],
            place=str(folder)[-500:],
            size_bytes=size_of(folder),
        )
