from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0056_private_replies")]

    operations = [
        migrations.AddField(
            "statuschange",
            "code",
            models.CharField(blank=True, editable=False, max_length=40, null=True),
        ),
    ]
