from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0051_reactions")]

    operations = [
        migrations.AddField(
            "message",
            "is_damaged",
            models.BooleanField(
                blank=True,
                editable=False,
                null=True,
                verbose_name="parts of the text could not be read",
            ),
        ),
    ]
