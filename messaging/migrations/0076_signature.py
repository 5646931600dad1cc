from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0075_settled_without_an_answer")]

    operations = [
        migrations.AddField(
            "didnumber",
            "signature",
            models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text=(
                    "Added on a line of its own to every text that people or programs send from"
                    " this number, and counted with it. The answer to HELP goes without it."
                ),
                max_length=160,
                verbose_name="signature",
            ),
        ),
        migrations.AddField(
            "message", "signature", models.TextField(blank=True, editable=False, null=True)
        ),
    ]
