"""Exports of everything that somebody may see: what was asked for, and the files in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    """Queries over exports."""

    def of(self, user: AbstractBaseUser | AnonymousUser) -> ExportJobQuerySet:
        """Keep a person's own; an export is nobody else's."""
        return self.filter(owner_id=user.pk or 0)


class ExportJob(models.Model):
    """One export, from the request to the files.

    Attributes:
        tables: which tables, in the order in which they are written.
        number_ids: the only DID numbers that the key reached with which it was asked for; None for
            all of its owner's.
        table, last_id: how far it is: the table that is being written, and its last row.
        totals, counts: by table, how many rows there were when it began, and are written.
        error: why it stopped, a code.
    """

    class Format(models.TextChoices):
        """How rows are written."""

        CSV = "csv", _("CSV (for spreadsheets)")
        JSONL = "jsonl", _("JSON Lines (for programs)")

    class State(models.TextChoices):
        """How far it is."""

        RUNNING = "running", _("Running")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Stopped")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="export_jobs", verbose_name=_("who")
    )
    tables = models.JSONField(default=list)
    format = models.CharField(_("format"), max_length=5, choices=Format.choices)
    number_ids = models.JSONField(null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.RUNNING
    )
    table = models.CharField(max_length=20, blank=True)
    last_id = models.BigIntegerField(default=0)
    totals = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("id",), name="export_at_work", condition=models.Q(state="running")
            ),
        )

    def __str__(self) -> str:
        """Return which."""
        return f"export {self.pk}"


class ExportPart(models.Model):
    """Some rows of one file of an export, compressed.

    Attributes:
        table: whose file.
        begins_at: how many bytes of the file come before it.
        byte_count: how many bytes it has in the file.
        packed: those bytes, as zlib makes them smaller.
    """

    job = models.ForeignKey(ExportJob, models.CASCADE, related_name="parts")
    table = models.CharField(max_length=20)
    begins_at = models.BigIntegerField()
    byte_count = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        ordering = ("begins_at",)
        constraints = (
            models.UniqueConstraint(fields=("job", "table", "begins_at"), name="export_part_once"),
        )

    def __str__(self) -> str:
        """Return where it is; never what is in it."""
        return f"{self.table} of export {self.job_id} from {self.begins_at}"
