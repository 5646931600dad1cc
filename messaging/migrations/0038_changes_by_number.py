from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0046_message_is_damaged"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["did_number_id", "id"], name="change_by_number"),
        ),
    ]
