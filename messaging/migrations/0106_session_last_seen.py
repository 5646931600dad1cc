"""Add when a session was last used."""

from django.db import migrations, models

from messaging.db.online import AddFieldOnline


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0103_contacts_by_hand_and_erased'),
    ]

    operations = [
        AddFieldOnline(
            model_name='staffsession',
            name='last_seen_at',
            field=models.DateTimeField(null=True),
        ),
    ]
