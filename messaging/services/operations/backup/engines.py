"""One interface to both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db import connection

from . import postgresql_dump, sqlite_copy
from .programs import program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .copies import InSnapshot, Restoring, Taken


class Engine(Protocol):
    """What a database's module does."""

    NAME: str

    def check_tools(self) -> None:
        """Refuse when a program that is needed is missing or too old."""

    def take(self, folder: Path, *, tables: Sequence[str], in_snapshot: InSnapshot) -> Taken:
        """Write a copy into a folder."""

    def prove(self, file: Path, *, work: Path, rows: dict[str, int]) -> None:
        """Restore a copy elsewhere and compare."""

    def put_back(self, file: Path, *, work: Path, restoring: Restoring) -> None:
        """Put a copy in the database's place."""


def engine() -> Engine:
    """Return the module for the database that DATABASE_URL names."""
    found: Engine = postgresql_dump if connection.vendor == "postgresql" else sqlite_copy
    return found


def check_tools() -> None:
    """Look whether this machine can make and restore backups.

    Raises:
        BackupProblem: a program is missing, or older than the server.
    """
    engine().check_tools()
    if settings.BACKUP_RECIPIENT:
        program("age")


def tables() -> list[str]:
    """Return the tables of didsms that the database has."""
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
    known = connection.introspection.django_table_names(include_views=False)
    return sorted({*known, "django_migrations"} & present)
