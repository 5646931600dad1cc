from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0015_search_notes")]

    operations = [
        migrations.AddField(
            model_name="note",
            name="edited_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="edited"),
        ),
        migrations.AddField(
            model_name="note",
            name="deleted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="deleted"),
        ),
    ]
