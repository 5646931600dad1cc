"""Changes of big tables that look at no row."""

from __future__ import annotations

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from messaging.db.online import AddFieldOnline, AddIndexOnline

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

COLUMNS = [
    pytest.param(models.JSONField(null=True), id="checked as JSON"),
    pytest.param(models.IntegerField(db_default=7), id="with a value"),
    pytest.param(models.BooleanField(db_default=False), id="not null"),
]


def statements(operation: migrations.operations.base.Operation) -> list[str]:
    """Return what a migration with this operation would run."""
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    operation.state_forwards("messaging", after)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        operation.database_forwards("messaging", editor, before, after)
    return [line for line in editor.collected_sql if not line.startswith("--")]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_is_added_without_a_look_at_the_rows(column):
    (statement,) = statements(AddFieldOnline("push", "extra", column))

    assert statement.startswith('ALTER TABLE "messaging_push" ADD COLUMN "extra" ')
    assert "CHECK" not in statement


def test_an_index_is_built_while_its_table_is_written_to():
    index = models.Index(fields=["kind"], name="push_by_kind")

    made = " ".join(statements(AddIndexOnline("push", index)))

    assert ("CREATE INDEX CONCURRENTLY" in made) is (connection.vendor == "postgresql")
    assert "push_by_kind" in made
