"""What the flight recorder keeps; columns without a value, which both databases add at once."""

from django.db import migrations, models

from messaging.db.online import AddFieldOnline

JSON = models.JSONField(blank=True, editable=False, null=True)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0086_circuit_breaker_and_watermarks")]

    operations = [
        AddFieldOnline("statuschange", "trace", JSON),
        AddFieldOnline("push", "replays", JSON),
    ]
