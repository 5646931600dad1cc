from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0052_words_of_more_scripts")]

    operations = [
        migrations.AddField(
            "message",
            "error_code",
            models.CharField(blank=True, editable=False, max_length=40, null=True),
        ),
    ]
