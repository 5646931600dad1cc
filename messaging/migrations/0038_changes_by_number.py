from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0037_no_memo_of_all_numbers"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["did_number_id", "id"], name="change_by_number"),
        ),
    ]
