"""Backups that were made, or tried: what System health knows of them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class BackupRunQuerySet(models.QuerySet["BackupRun"]):
    """Queries over backups."""

    def made(self) -> BackupRunQuerySet:
        """Keep those that are whole, the newest first."""
        whole = self.filter(finished_at__isnull=False, failure_code__isnull=True)
        return whole.order_by("-made_at")

    def failed(self) -> BackupRunQuerySet:
        """Keep those that came to nothing."""
        return self.filter(failure_code__isnull=False)


class BackupRun(models.Model):
    """One backup: when, where, how large, and whether it was tried out."""

    # The night that it is for; NULL where a person asked for it. Unique: one worker makes it.
    night = models.DateField(_("night"), null=True, blank=True, unique=True)
    made_at = models.DateTimeField(_("state of"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    host = models.CharField(_("machine"), max_length=100)
    place = models.CharField(_("place"), max_length=500, blank=True)
    size_bytes = models.BigIntegerField(_("size"), null=True, blank=True)
    # Why there is none: a code of the backups' problems with its facts; NULL when it is whole.
    failure_code = models.CharField(max_length=40, null=True, blank=True, editable=False)  # noqa: DJ001
    failure_facts = models.JSONField(null=True, blank=True, editable=False)
    # When it was restored into a scratch database and held what it should, and why it was not.
    proven_at = models.DateTimeField(_("proven"), null=True, blank=True)
    proof_code = models.CharField(max_length=40, null=True, blank=True, editable=False)  # noqa: DJ001
    proof_facts = models.JSONField(null=True, blank=True, editable=False)

    objects = BackupRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        ordering = ("-id",)

    def __str__(self) -> str:
        """Return the time whose state it holds."""
        return date_format(timezone.localtime(self.made_at), "DATETIME_FORMAT")
