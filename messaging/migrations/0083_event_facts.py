from django.db import migrations, models

HAS_REASON = (
    models.Q(ended_at__isnull=True) | ~models.Q(end_reason="") | ~models.Q(end_keyword="")
)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0082_no_stored_sentences")]

    operations = [
        migrations.AddField(
            "conversationevent", "facts", models.JSONField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "push",
            "exception",
            models.CharField(blank=True, editable=False, max_length=100, null=True),
        ),
        migrations.AddField(
            "optout",
            "end_keyword",
            models.CharField(
                blank=True,
                db_default="",
                editable=False,
                max_length=40,
                verbose_name="keyword that ended it",
            ),
        ),
        migrations.RemoveConstraint("optout", "opt_out_end_has_reason"),
        migrations.AddConstraint(
            "optout",
            models.CheckConstraint(condition=HAS_REASON, name="opt_out_end_has_reason"),
        ),
    ]
