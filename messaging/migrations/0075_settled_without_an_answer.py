"""Note what was settled without an answer: until now a STOP or a block left no trace of it.

The conversation's "needs reply" can now be worked out from its rows alone.
"""

from django.db import migrations, models
from django.db.models import F, OuterRef
from django.utils import timezone


def note_what_is_settled(apps, schema_editor):
    Conversation = apps.get_model("messaging", "Conversation")
    Message = apps.get_model("messaging", "Message")
    answers = Message.objects.filter(
        conversation_id=OuterRef("pk"),
        pk__gt=OuterRef("last_inbound_id"),
        direction="outbound",
        is_automatic=False,
    ).exclude(status__in=["canceled", "scheduled", "blocked"])
    settled = Conversation.objects.filter(
        needs_reply_since__isnull=True, last_inbound_id__gt=F("settled_message_id")
    )
    settled.exclude(models.Exists(answers)).update(settled_message_id=F("last_inbound_id"))


class Migration(migrations.Migration):
    dependencies = [("messaging", "0061_status_change_code")]

    operations = [
        # The database has no default of its own here: only Django's idea of the column changes.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "conversation",
                    "created_at",
                    models.DateTimeField(
                        default=timezone.now, editable=False, verbose_name="created"
                    ),
                ),
            ],
        ),
        migrations.RunPython(note_what_is_settled, migrations.RunPython.noop, elidable=True),
    ]
