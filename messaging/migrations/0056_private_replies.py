import itertools

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower


def rename_doubles(apps, schema_editor):
    """Number the replies that only their capitals tell apart: "Hi" stays, "hi" becomes "hi-2"."""
    replies = apps.get_model("messaging", "CannedReply")._default_manager.using(
        schema_editor.connection.alias
    )
    seen = set()
    # The database folds the names: what it takes for the same letter is what its index refuses.
    for reply in replies.annotate(folded=Lower("shortcut")).order_by("pk"):
        if reply.folded in seen:
            for number in itertools.count(2):
                suffix = f"-{number}"
                shortcut = reply.shortcut[: 30 - len(suffix)] + suffix
                same = replies.annotate(folded=Lower("shortcut"))
                if not same.filter(folded=Lower(models.Value(shortcut))):
                    break
            reply.shortcut = shortcut
            reply.save(update_fields=["shortcut"])
        seen.add(reply.folded)


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0032_fill_error_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(rename_doubles, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            model_name='cannedreply',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='private_replies', to=settings.AUTH_USER_MODEL, verbose_name='private to'),
        ),
        migrations.AlterField(
            model_name='cannedreply',
            name='shortcut',
            field=models.CharField(max_length=30, validators=[django.core.validators.RegexValidator('^[\\w-]+$', 'Letters, digits, - and _ only.')], verbose_name='shortcut'),
        ),
        migrations.AddConstraint(
            model_name='cannedreply',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('shortcut'), condition=models.Q(('owner__isnull', True)), name='shared_reply_once_in_any_case'),
        ),
        migrations.AddConstraint(
            model_name='cannedreply',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('shortcut'), models.F('owner'), condition=models.Q(('owner__isnull', False)), name='private_reply_once_in_any_case'),
        ),
    ]
