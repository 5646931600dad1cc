"""Digests of hidden texts; what came back of texts that were hidden before goes."""

import hmac

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

HIDDEN = b"(hidden)"


def hide_again(apps, schema_editor):
    """Blank the pushes of hidden messages, and key the digest that their text could be guessed by.

    The texts themselves are gone, so these messages have no digest of them.
    """
    database = schema_editor.connection.alias
    messages = apps.get_model("messaging", "Message").objects.using(database)
    pushes = apps.get_model("messaging", "Push").objects.using(database)
    for message in messages.filter(redacted_at__isnull=False).iterator(chunk_size=200):
        where = Q(message_id=message.pk)
        if message.provider_message_id:
            where |= Q(
                outcome__in=["orphan", "quarantined"],
                provider_message_id=message.provider_message_id,
            )
        pushes.filter(where).update(raw_body=HIDDEN)
        if (message.dedup_key or "").startswith("sha256:"):
            messages.filter(pk=message.pk).update(dedup_key=hidden_identity(message.dedup_key))


def hidden_identity(dedup_key):
    """As services/content/digests.py makes it."""
    key = hmac.digest(settings.SECRET_KEY.encode(), b"messaging.hidden texts", "sha256")
    name = hmac.digest(key, b"name", "sha256").hex()[:8]
    return f"hmac:{name}:{hmac.digest(key, dedup_key.encode(), 'sha256').hex()}"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0060_date_style")]

    operations = [
        migrations.AddField(
            "message",
            "text_digest",
            models.CharField(blank=True, editable=False, max_length=80, null=True),
        ),
        migrations.AddField(
            "push",
            "text_digest",
            models.CharField(blank=True, editable=False, max_length=80, null=True),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("redacted_at__isnull", False)),
                fields=["conversation"],
                name="message_hidden",
            ),
        ),
        migrations.RunPython(hide_again, migrations.RunPython.noop, elidable=True),
    ]
