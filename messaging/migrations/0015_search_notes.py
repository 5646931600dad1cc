from django.db import migrations, models

from messaging.db.search_index import create_search_indexes, drop_search_index


def create_indexes(apps, schema_editor):
    create_search_indexes(schema_editor.connection)


def drop_index(apps, schema_editor):
    drop_search_index(schema_editor.connection, "messaging_note")


def forget_words(apps, schema_editor):
    """Have the contacts indexed anew whose memo or e-mail address the index did not know."""
    contacts = apps.get_model("messaging", "Contact")._default_manager.using(
        schema_editor.connection.alias
    )
    contacts.exclude(memo="", email="").update(search_text=None)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0014_trouble_dealt_with"),
    ]

    operations = [
        migrations.AddField(
            model_name="note",
            name="search_text",
            field=models.TextField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                condition=models.Q(("search_text__isnull", True)),
                fields=["id"],
                name="note_unindexed",
            ),
        ),
        migrations.RunPython(create_indexes, drop_index, elidable=True),
        migrations.RunPython(forget_words, migrations.RunPython.noop, elidable=True),
    ]
