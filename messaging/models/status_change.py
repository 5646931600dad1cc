"""The history of a message's states."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from messaging.reasons import Reason, reason_of
from messaging.status_words import STATUS_CHOICES


class StatusChange(models.Model):
    """One entry of a message's status history."""

    message = models.ForeignKey(
        "messaging.Message",
        models.CASCADE,
        related_name="status_changes",
        verbose_name=_("message"),
    )
    status = models.CharField(_("status"), max_length=12, choices=STATUS_CHOICES)
    at = models.DateTimeField(_("time"))
    # Why: a code of messaging.reasons with its facts; NULL where there is nothing to say.
    code = models.CharField(max_length=40, null=True, blank=True, editable=False)  # noqa: DJ001
    facts = models.JSONField(null=True, blank=True, editable=False)
    # Of an attempt: with `sending` the worker that claimed the message, with what came of it the
    # request as `nxcloud.trace.Trace.stored` returns it; NULL with everything else.
    trace = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ("id",)

    def __str__(self) -> str:
        """Return the status and its time."""
        at = date_format(timezone.localtime(self.at), "DATETIME_FORMAT")
        return f"{self.get_status_display()} {at}"

    @property
    def reason(self) -> Reason | None:
        """Why the message came into this status, where there is something to say."""
        return reason_of(self.code, self.facts)

    @property
    def detail(self) -> str:
        """The reason in the reader's language, "" without one."""
        return self.reason.words() if self.reason else ""
