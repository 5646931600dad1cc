"""The newest push of a number by its kind, in place of the newest of any.

PostgreSQL builds it while pushes come in; the old one goes when the new one is there.
"""

from django.db import migrations, models


class AddIndexOnline(migrations.AddIndex):
    """Adds an index on PostgreSQL without a lock that writers would wait for."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            return super().database_forwards(app_label, schema_editor, from_state, to_state)
        model = to_state.apps.get_model(app_label, self.model_name)
        # One that was built halfway, as when the connection broke, is in the way.
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
        schema_editor.execute(self.index.create_sql(model, schema_editor, concurrently=True))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("messaging", "0090_health")]

    operations = [
        AddIndexOnline(
            "push",
            models.Index(fields=["did_number", "kind", "-received_at"], name="push_last_of_kind"),
        ),
        migrations.RemoveIndex("push", "push_last_of_number"),
    ]
