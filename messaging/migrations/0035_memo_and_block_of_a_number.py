import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from messaging.db.search_index import create_search_indexes, drop_search_index

def create_indexes(apps, schema_editor):
    create_search_indexes(schema_editor.connection)


def drop_index(apps, schema_editor):
    drop_search_index(schema_editor.connection, "messaging_memo")


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("messaging", "0045_hidden_texts"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="blocked_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="blocked since"),
        ),
        migrations.AddField(
            model_name="conversation",
            name="blocked_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="blocked by",
            ),
        ),
        migrations.CreateModel(
            name="Memo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.TextField(max_length=2000, verbose_name="text")),
                ("search_text", models.TextField(blank=True, editable=False, null=True)),
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memo_row",
                        to="messaging.conversation",
                        verbose_name="conversation",
                    ),
                ),
            ],
            options={
                "verbose_name": "memo",
                "verbose_name_plural": "memos",
                "ordering": ("id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("search_text__isnull", True)),
                        fields=["id"],
                        name="memo_unindexed",
                    )
                ],
            },
        ),
        migrations.RunPython(create_indexes, drop_index, elidable=True),
    ]
