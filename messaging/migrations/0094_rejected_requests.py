"""The name of the glossary for requests that are counted and not stored: rejected requests.

The table has some rows a day, so its constraint is made again within a moment.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0093_backup_alarm")]

    operations = [
        migrations.RemoveConstraint("RefusedPushCount", "refused_count_per_day_and_reason"),
        migrations.RenameModel("RefusedPushCount", "RejectedRequestCount"),
        migrations.AddConstraint(
            "RejectedRequestCount",
            models.UniqueConstraint(
                fields=("day", "reason"), name="rejected_count_per_day_and_reason"
            ),
        ),
    ]
