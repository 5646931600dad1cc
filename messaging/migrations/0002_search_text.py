from django.db import migrations, models

from messaging.db.search_index import create_search_indexes


def create_indexes(apps, schema_editor):
    create_search_indexes(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="search_text",
            field=models.TextField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="search_text",
            field=models.TextField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("search_text__isnull", True)),
                fields=["id"],
                name="contact_unindexed",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("search_text__isnull", True)),
                fields=["id"],
                name="message_unindexed",
            ),
        ),
        migrations.RunPython(create_indexes, migrations.RunPython.noop, elidable=True),
    ]
