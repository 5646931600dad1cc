"""Add the audit log and the head of its chain."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0098_budgets_stop_sending")]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="time")),
                ("actor_id", models.BigIntegerField(blank=True, null=True, verbose_name="user ID")),
                ("actor_name", models.CharField(blank=True, max_length=150, verbose_name="who")),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("session", "Signed in"),
                            ("token", "API token"),
                            ("command", "Command line"),
                            ("contact", "The contact"),
                        ],
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                ("token", models.CharField(blank=True, max_length=12, verbose_name="token")),
                (
                    "remote_addr",
                    models.CharField(blank=True, max_length=45, verbose_name="from address"),
                ),
                ("action", models.CharField(max_length=50, verbose_name="action")),
                ("object_type", models.CharField(blank=True, max_length=40, verbose_name="object")),
                (
                    "object_id",
                    models.CharField(blank=True, max_length=40, verbose_name="object’s ID"),
                ),
                (
                    "object_name",
                    models.CharField(blank=True, max_length=200, verbose_name="object’s name"),
                ),
                ("changes", models.JSONField(blank=True, default=dict, verbose_name="changes")),
                ("seal", models.CharField(editable=False, max_length=64)),
                (
                    "position",
                    models.BigIntegerField(
                        editable=False, null=True, unique=True, verbose_name="place"
                    ),
                ),
                (
                    "hash",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="hash"),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("position__isnull", True)),
                        fields=["id"],
                        name="audit_not_chained",
                    ),
                    models.Index(fields=["action", "-id"], name="audit_by_action"),
                    models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
                    models.Index(
                        fields=["object_type", "object_id", "-id"], name="audit_by_object"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.BigIntegerField(default=0)),
                ("hash", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="audit_head_is_one_row"
                    )
                ],
            },
        ),
    ]
