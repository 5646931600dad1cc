from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0025_attempt_count"),
    ]

    operations = [
        migrations.AddField(
            model_name="didnumber",
            name="opt_out_keywords",
            field=models.JSONField(
                blank=True,
                db_default=[],
                default=list,
                help_text="A message that is exactly one of these opts out, in addition to STOP and the like. One per line.",
                verbose_name="opt-out keywords",
            ),
        ),
    ]
