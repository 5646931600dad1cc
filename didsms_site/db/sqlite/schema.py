"""Migrations whose check of all foreign keys comes after their commit.

Django's own editor makes it before: a look at every row of every table while nobody may write, 1 to
6 seconds for each migration with a million messages (2026-11-30, `bench.migration_locks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.sqlite3 import schema

if TYPE_CHECKING:
    from types import TracebackType


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Django's editor, but for the end of it."""

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Commit, then look; a row that refers to nothing stops the migrations after this one."""
        try:
            BaseDatabaseSchemaEditor.__exit__(self, exc_type, exc_value, traceback)
            if exc_type is None:
                self.connection.check_constraints()
        finally:
            self.connection.enable_constraint_checking()
