"""Going back to the states of the schema that the first migration of today replaces."""

from __future__ import annotations

from django.apps.registry import Apps
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

SQUASHED = ("messaging", "0001_squashed_0117_color_of_a_label")


class OldLoader(MigrationLoader):
    """Loads the migrations so that the replaced ones run, one after the other.

    The one that replaces them comes after them and does nothing.
    """

    def load_disk(self) -> None:
        super().load_disk()
        squashed = self.disk_migrations[SQUASHED]
        squashed.dependencies = squashed.replaces
        squashed.replaces = squashed.operations = []


def old_executor() -> MigrationExecutor:
    """Return an executor that runs the replaced migrations."""
    executor = MigrationExecutor(connection)
    executor.loader = OldLoader(connection)
    return executor


def migrate(*targets: tuple[str, str]) -> Apps:
    """Migrate to these migrations of before; without targets as `manage.py migrate` does.

    Returns:
        the models as they were then.
    """
    make = old_executor if targets else lambda: MigrationExecutor(connection)
    executor = make()
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes("messaging"))
    if not targets:  # a table that a migration rebuilds loses its search index
        emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    loader = make().loader
    return loader.project_state(list(targets) or loader.graph.leaf_nodes("messaging")).apps
