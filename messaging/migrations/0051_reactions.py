import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0037_no_memo_of_all_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reaction",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reaction",
                        serialize=False,
                        to="messaging.message",
                    ),
                ),
                ("sign", models.CharField(max_length=32)),
                ("is_removal", models.BooleanField(default=False)),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reactions",
                        to="messaging.message",
                    ),
                ),
            ],
            options={"ordering": ("message_id",)},
        ),
    ]
