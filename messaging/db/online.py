"""Changes of big tables beside which everybody goes on: for migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

if TYPE_CHECKING:
    from django.db.migrations.state import ProjectState


class AddIndexOnline(migrations.AddIndex):
    """Adds an index on PostgreSQL without a lock that writers would wait for.

    Its migration says ``atomic = False``. SQLite has one writer at a time in any case.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Build it; one that was built halfway, as when the connection broke, is in the way."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
        schema_editor.execute(self.index.create_sql(model, schema_editor, concurrently=True))


class AddFieldOnline(migrations.AddField):
    """Adds a column on SQLite without a look at the rows; PostgreSQL does so by itself.

    The column is nullable or has a constant `db_default`, and is not unique. Django would write the
    whole table again for the default, and SQLite would try every row for what the column's type
    checks (as JSON): on SQLite the column goes without that check.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Add it."""
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        field = to_state.apps.get_model(app_label, self.model_name)._meta.get_field(self.name)
        field.db_check = lambda connection: None
        model = from_state.apps.get_model(app_label, self.model_name)
        BaseDatabaseSchemaEditor.add_field(schema_editor, model, field)
