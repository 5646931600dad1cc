from django.db import migrations, models

FACTS = models.JSONField(blank=True, editable=False, null=True)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0076_signature")]

    operations = [
        migrations.AddField("message", "error_facts", FACTS),
        migrations.AddField("statuschange", "facts", FACTS),
        migrations.AddField("queuepause", "facts", FACTS),
    ]
