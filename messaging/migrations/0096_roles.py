"""Give every member of a number a role, and people a role on all numbers and two switches.

The table of members stays the one that Django made for the plain relation; it gets one column with
a default, which on PostgreSQL rewrites nothing. Everybody who is a member becomes an agent, who may
do what members could.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ROLES = [("supervisor", "Supervisor"), ("agent", "Agent"), ("viewer", "Viewer")]


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0095_series_made_in_parts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "didnumber",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="messaging.didnumber",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "messaging_didnumber_members",
                        "unique_together": {("didnumber", "user")},
                    },
                ),
                migrations.AlterField(
                    model_name="didnumber",
                    name="members",
                    field=models.ManyToManyField(
                        blank=True,
                        help_text="Colleagues who see and reply on this number."
                        " Administrators see every number.",
                        related_name="did_numbers",
                        through="messaging.Membership",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="members",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=ROLES,
                db_default="agent",
                default="agent",
                max_length=12,
                verbose_name="role",
            ),
        ),
        migrations.CreateModel(
            name="StaffAccess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "everywhere",
                    models.CharField(
                        blank=True,
                        choices=ROLES,
                        db_default="",
                        default="",
                        max_length=12,
                        verbose_name="role on all numbers",
                    ),
                ),
                (
                    "only_own",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        verbose_name="only own and unassigned conversations",
                    ),
                ),
                (
                    "may_export",
                    models.BooleanField(
                        db_default=True, default=True, verbose_name="may export"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="staff_access",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "access", "verbose_name_plural": "access"},
        ),
    ]
