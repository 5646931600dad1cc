"""The names of the glossary for the circuit breaker and for what is read.

PostgreSQL renames and nothing else, without a look at a row. SQLite makes two small tables again
for the names of their constraints; neither has triggers for the search.
"""

from django.db import migrations, models


class DropOldName(migrations.RemoveConstraint):
    """The first half of a constraint's new name; PostgreSQL needs only the second."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class AddNewName(migrations.AddConstraint):
    """The second half: on PostgreSQL the index of the constraint gets its new name."""

    def __init__(self, model_name, constraint, old_name):
        super().__init__(model_name, constraint)
        self.old_name = old_name

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            self._rename(schema_editor, self.old_name, self.constraint.name)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            self._rename(schema_editor, self.constraint.name, self.old_name)
        else:
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    @staticmethod
    def _rename(schema_editor, old_name, new_name):
        quote = schema_editor.quote_name
        schema_editor.execute(f"ALTER INDEX {quote(old_name)} RENAME TO {quote(new_name)}")


def renamed(model_name, old_name, constraint):
    return [DropOldName(model_name, old_name), AddNewName(model_name, constraint, old_name)]


class Migration(migrations.Migration):
    dependencies = [("messaging", "0085_interface_words")]

    operations = [
        migrations.RenameModel("QueuePause", "CircuitBreakerTrip"),
        migrations.RenameField("circuitbreakertrip", "next_trial_at", "next_probe_at"),
        migrations.RenameField("circuitbreakertrip", "trials", "probes"),
        *renamed(
            "circuitbreakertrip",
            "one_pause_in_force",
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(ended_at__isnull=True), name="one_open_trip"
            ),
        ),
        migrations.RenameField("didnumber", "last_trial_at", "last_probe_at"),
        migrations.RenameModel("ReadHorizon", "ReadWatermark"),
        migrations.RenameField("readwatermark", "aim_id", "target_id"),
        migrations.RenameField("readwatermark", "aimed_at", "target_set_at"),
        *renamed(
            "readwatermark",
            "one_read_horizon",
            models.UniqueConstraint(fields=("user", "did_number"), name="one_read_watermark"),
        ),
        migrations.RenameModel("LeftBehind", "WatermarkException"),
        *renamed(
            "watermarkexception",
            "left_behind_once",
            models.UniqueConstraint(
                fields=("user", "did_number", "conversation"), name="watermark_exception_once"
            ),
        ),
        # Labels only: nothing changes in the database.
        migrations.AlterField(
            model_name="change",
            name="at",
            field=models.DateTimeField(auto_now_add=True, verbose_name="time"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="phone_key",
            field=models.CharField(editable=False, max_length=64, unique=True, verbose_name="normalized number"),
        ),
        migrations.AlterField(
            model_name="conversationevent",
            name="at",
            field=models.DateTimeField(verbose_name="time"),
        ),
        migrations.AlterField(
            model_name="message",
            name="dedup_key",
            field=models.CharField(blank=True, editable=False, max_length=140, null=True, verbose_name="deduplication key"),
        ),
        migrations.AlterField(
            model_name="optout",
            name="end_keyword",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=40, verbose_name="keyword that opted back in"),
        ),
        migrations.AlterField(
            model_name="statuschange",
            name="at",
            field=models.DateTimeField(verbose_name="time"),
        ),
    ]
