from django.db import migrations, models
from django.db.migrations.recorder import MigrationRecorder

# In this order: the second refers to the third.
AXES_TABLES = (
    "axes_accesslog",
    "axes_accessattemptexpiration",
    "axes_accessattempt",
    "axes_accessfailurelog",
)


def drop_axes(apps, schema_editor):
    """Remove what django-axes kept: names, addresses, and every refused form.

    Its migrations count as never applied afterwards, so an older didsms makes the tables again.
    """
    for table in AXES_TABLES:
        schema_editor.execute(f"DROP TABLE IF EXISTS {table}")
    recorder = MigrationRecorder(schema_editor.connection)
    recorder.migration_qs.filter(app="axes").delete()


class Migration(migrations.Migration):
    dependencies = [("messaging", "0016_notes_edited_and_deleted")]

    operations = [
        migrations.CreateModel(
            name="AttemptCount",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField(default=0)),
                ("blocked_until", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "attempt count",
                "verbose_name_plural": "attempt counts",
            },
        ),
        migrations.RunPython(drop_axes, migrations.RunPython.noop),
    ]
