"""The newest push of a number by its kind, in place of the newest of any.

PostgreSQL builds it while pushes come in; the old one goes when the new one is there.
"""

from django.db import migrations, models

from messaging.db.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("messaging", "0090_health")]

    operations = [
        AddIndexOnline(
            "push",
            models.Index(fields=["did_number", "kind", "-received_at"], name="push_last_of_kind"),
        ),
        migrations.RemoveIndex("push", "push_last_of_number"),
    ]
