"""The history of a message's states."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from messaging.statuses import Status

STATUS_CHOICES = [
    (Status.SCHEDULED.value, _("Scheduled")),
    (Status.HELD.value, _("Held for undo")),
    (Status.QUEUED.value, _("Queued")),
    (Status.SENDING.value, _("Sending")),
    (Status.SENT.value, _("Sent")),
    (Status.DELIVERED.value, _("Delivered")),
    (Status.UNDELIVERED.value, _("Not delivered")),
    (Status.FAILED.value, _("Failed")),
    (Status.UNCONFIRMED.value, _("May have been sent")),
    (Status.BLOCKED.value, _("Blocked")),
    (Status.CANCELED.value, _("Canceled")),
    (Status.RECEIVED.value, _("Received")),
]


class StatusChange(models.Model):
    """One entry of a message's status history."""

    message = models.ForeignKey(
        "messaging.Message",
        models.CASCADE,
        related_name="status_changes",
        verbose_name=_("message"),
    )
    status = models.CharField(_("status"), max_length=12, choices=STATUS_CHOICES)
    at = models.DateTimeField(_("at"))
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    # The message's error_code at that time; NULL where nothing had gone wrong.
    code = models.CharField(max_length=40, null=True, blank=True, editable=False)  # noqa: DJ001

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ("id",)

    def __str__(self) -> str:
        """Return the status and its time."""
        at = date_format(timezone.localtime(self.at), "DATETIME_FORMAT")
        return f"{self.get_status_display()} {at}"
