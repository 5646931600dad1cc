"""What is remembered of the health of numbers: hours as they were, alarms while they last."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class NumberHour(models.Model):
    """One hour of one DID number; without a number, the mark that the hour was measured.

    Attributes:
        did_number: whose; None for the mark, which has the sums of all numbers.
        hour: its beginning, aware UTC.
        inbound: messages that came.
        accepted: messages that NXCloud accepted.
        late: those of them that had no delivery receipt in time.
        receipt_seconds: median until the receipt of those that had one; None where none had.
    """

    did_number = models.ForeignKey(
        "messaging.DidNumber", models.CASCADE, null=True, related_name="+", db_index=False
    )
    hour = models.DateTimeField()
    inbound = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    receipt_seconds = models.FloatField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("hour", "did_number"), name="one_hour_of_a_number"),
            models.UniqueConstraint(
                fields=("hour",),
                name="one_mark_of_an_hour",
                condition=models.Q(did_number__isnull=True),
            ),
        )

    def __str__(self) -> str:
        """Return when it was."""
        return f"{self.hour:%Y-%m-%d %H}"


class HealthAlarmQuerySet(models.QuerySet["HealthAlarm"]):
    """Queries over alarms."""

    def open(self) -> HealthAlarmQuerySet:
        """Keep those that are not over."""
        return self.filter(ended_at__isnull=True)


class HealthAlarm(models.Model):
    """Something that is not as it should be, from its first sight to the all-clear."""

    class Kind(models.TextChoices):
        """What is wrong."""

        RECEIPTS_MISSING = "receipts_missing", _("Delivery receipts are missing")
        RECEIPTS_SLOW = "receipts_slow", _("Delivery receipts are slow")
        NUMBER_SILENT = "number_silent", _("A number is silent")
        SIGNATURES_REFUSED = "signatures_refused", _("Pushes are refused")
        QUARANTINE = "quarantine", _("Pushes couldn’t be processed")
        SPOOL = "spool", _("Pushes wait in the spool")
        DISK = "disk", _("The disk is nearly full")
        CLOCK = "clock", _("The clock is off")
        QUEUE_OLD = "queue_old", _("Messages wait too long")
        WORKER_GONE = "worker_gone", _("No worker is running")
        BACKUP = "backup", _("Backups aren’t in order")
        ROUND_TRIP = "round_trip", _("A check text didn’t come back")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    did_number = models.ForeignKey(
        "messaging.DidNumber", models.CASCADE, null=True, related_name="+", db_index=False
    )
    # Figures by name, as they are now; words are made where it is shown.
    facts = models.JSONField(default=dict)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)

    objects = HealthAlarmQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "did_number"),
                name="one_open_alarm_of_a_number",
                condition=models.Q(ended_at__isnull=True, did_number__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("kind",),
                name="one_open_alarm_of_the_line",
                condition=models.Q(ended_at__isnull=True, did_number__isnull=True),
            ),
        )

    def __str__(self) -> str:
        """Return what is wrong."""
        return str(self.Kind(self.kind).label)
