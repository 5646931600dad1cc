from django.db import migrations, models

from messaging.db.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("messaging", "0117_color_of_a_label"),
    ]

    operations = [
        AddIndexOnline(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("needs_reply_since__isnull", False)),
                fields=["needs_reply_since", "id", "did_number", "assignee", "status"],
                name="conversation_waiting_longest",
            ),
        ),
        migrations.RemoveIndex(model_name="conversation", name="conversation_needs_reply"),
    ]
