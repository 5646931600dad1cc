"""Whether this version may run on this database, and which version to install first if not."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from didsms_site import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The oldest servers and libraries that Django works with.
LEAST_POSTGRESQL: Final = 14
LEAST_SQLITE: Final = (3, 31)
#: Releases that nobody may skip, the oldest first: the version, and a migration that it brings. A
#: release that drops migrations which a squashed one replaces is entered here.
STEPS: Final[tuple[tuple[str, str], ...]] = ()
#: Databases have seen it; the squashed migration of today has taken its place.
SQUASHED_BEFORE: Final = ("messaging", "0001_squashed_0085_interface_words")

Key = tuple[str, str]


@dataclass(frozen=True)
class UpgradeState:
    """What an upgrade would find.

    Attributes:
        refusal: why this version must not run on this database; "" where it may.
        pending: migrations to run first.
    """

    refusal: str
    pending: int


@cache
def _migrations_on_disk() -> frozenset[Key]:
    """Return the migrations of this code, without one whose work is that of others here."""
    found = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return frozenset(
        key for key, migration in found.items() if found.keys().isdisjoint(migration.replaces)
    )


def pending_migrations() -> list[Key]:
    """Return the migrations of this code that the database has not seen."""
    return sorted(_migrations_on_disk() - set(MigrationRecorder(connection).applied_migrations()))


def unknown_migrations(applied: Iterable[Key]) -> list[Key]:
    """Return the migrations that this version does not know, of the apps that it has."""
    on_disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    known = {
        SQUASHED_BEFORE,
        *on_disk,
        *(key for migration in on_disk.values() for key in migration.replaces),
    }
    ours = {config.label for config in apps.get_app_configs()}
    return sorted(key for key in set(applied) - known if key[0] in ours)


def missing_step(applied: Iterable[Key], *, steps: Iterable[tuple[str, str]] = STEPS) -> str | None:
    """Return the version that must be installed before this one; None where there is none.

    Args:
        applied: migrations that the database has seen; none in a new one.
        steps: releases that nobody may skip.
    """
    names = {name for app, name in applied if app == "messaging"}
    if not names:
        return None
    return next((version for version, migration in steps if migration not in names), None)


def database_name() -> str:
    """Return name and version of the database server."""
    if connection.vendor == "postgresql":
        number = _postgresql_version()
        return f"PostgreSQL {number // 10_000}.{number % 10_000}"
    return f"SQLite {sqlite3.sqlite_version}"


def _postgresql_version() -> int:
    with connection.cursor() as cursor:
        return int(cursor.connection.info.server_version)


def upgrade_refusal() -> str:
    """Return why this version must not run on the database; "" where it may."""
    return upgrade_state(pending=0).refusal


def upgrade_state(*, pending: int, is_rollback: bool = False) -> UpgradeState:
    """Return whether this version may run on the database that DATABASE_URL names.

    Args:
        pending: migrations that the database has not seen.
        is_rollback: whether migrations of the next version are borne: each is such that the version
            before it goes on (`tests/migrations/test_side_by_side.py`).
    """
    applied = set(MigrationRecorder(connection).applied_migrations())
    if is_rollback:
        applied -= set(unknown_migrations(applied))
    return UpgradeState(_too_old_server() or refusal_of(list(applied)), pending)


def refusal_of(applied: list[Key]) -> str:
    """Return why this version must not run on a database that has seen these; "" if it may."""
    unknown = unknown_migrations(applied)
    if unknown:
        return _(
            "The database was made by a newer didsms: %(version)s doesn’t know its migration"
            " %(migration)s. Install the newer version again, or restore a backup made by this one."
        ) % {"version": __version__, "migration": ".".join(unknown[-1])}
    step = missing_step(applied)
    if step is not None:
        return _(
            "The database is too old for didsms %(version)s. Install %(step)s first and run"
            " manage.py migrate, then this version."
        ) % {"version": __version__, "step": step}
    return ""


def _too_old_server() -> str:
    """Return that the database server is older than Django works with; "" if it is not."""
    if connection.vendor == "postgresql":
        is_old, least = _postgresql_version() // 10_000 < LEAST_POSTGRESQL, f"{LEAST_POSTGRESQL}"
    else:
        is_old = sqlite3.sqlite_version_info < LEAST_SQLITE
        least = ".".join(map(str, LEAST_SQLITE))
    if not is_old:
        return ""
    return _("%(name)s is too old. Install version %(least)s or newer.") % {
        "name": database_name(),
        "least": least,
    }
