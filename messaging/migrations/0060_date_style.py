from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0050_opt_out_keywords")]

    operations = [
        migrations.AddField(
            model_name="staffsettings",
            name="date_order",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Same as browser"),
                    ("day", "Day first: 3 Dec 2027, 3/12"),
                    ("month", "Month first: Dec 3, 2027, 12/3"),
                ],
                default="",
                max_length=5,
                verbose_name="date format",
            ),
        ),
        migrations.AddField(
            model_name="staffsettings",
            name="clock",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Same as browser"),
                    ("24", "24 hours: 14:30"),
                    ("12", "12 hours: 2:30 PM"),
                ],
                default="",
                max_length=2,
                verbose_name="clock",
            ),
        ),
    ]
