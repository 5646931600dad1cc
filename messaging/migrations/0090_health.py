"""Alarms, and the hours of numbers that say what is usual."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0089_backup_run")]

    operations = [
        migrations.CreateModel(
            name="HealthAlarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("receipts_missing", "Delivery receipts are missing"), ("receipts_slow", "Delivery receipts are slow"), ("number_silent", "A number is silent"), ("signatures_refused", "Pushes are refused"), ("quarantine", "Pushes couldn’t be processed"), ("spool", "Pushes wait in the spool"), ("disk", "The disk is nearly full"), ("clock", "The clock is off"), ("queue_old", "Messages wait too long"), ("worker_gone", "No worker is running")], max_length=20)),
                ("facts", models.JSONField(default=dict)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("mailed_at", models.DateTimeField(null=True)),
                ("cleared_at", models.DateTimeField(null=True)),
                ("did_number", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="messaging.didnumber")),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("did_number__isnull", False), ("ended_at__isnull", True)), fields=("kind", "did_number"), name="one_open_alarm_of_a_number"),
                    models.UniqueConstraint(condition=models.Q(("did_number__isnull", True), ("ended_at__isnull", True)), fields=("kind",), name="one_open_alarm_of_the_line"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("inbound", models.PositiveIntegerField(default=0)),
                ("accepted", models.PositiveIntegerField(default=0)),
                ("late", models.PositiveIntegerField(default=0)),
                ("receipt_seconds", models.FloatField(null=True)),
                ("did_number", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="messaging.didnumber")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("hour", "did_number"), name="one_hour_of_a_number"),
                    models.UniqueConstraint(condition=models.Q(("did_number__isnull", True)), fields=("hour",), name="one_mark_of_an_hour"),
                ],
            },
        ),
    ]
