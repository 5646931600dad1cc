import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("messaging", "0036_move_memos_and_blocks"),
    ]

    operations = [
        migrations.RemoveField(model_name="contact", name="memo"),
        migrations.AlterField(
            model_name="contact",
            name="blocked_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="blocked for all numbers since"
            ),
        ),
        migrations.AlterField(
            model_name="contact",
            name="blocked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="blocked for all numbers by",
            ),
        ),
    ]
