"""The audit log: who did what to what, from where; rows that only come, chained in order."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One thing that somebody did, in words that outlive them and what it was done to.

    A row is written in the transaction of what it records, with `seal`, which only a process of
    ours can make. The worker then gives it its place in the chain.
    """

    class Via(models.TextChoices):
        """How they came."""

        SESSION = "session", _("Signed in")
        TOKEN = "token", _("API token")
        COMMAND = "command", _("Command line")
        CONTACT = "contact", _("The contact")

    at = models.DateTimeField(_("time"))
    actor_id = models.BigIntegerField(_("user ID"), null=True, blank=True)
    actor_name = models.CharField(_("who"), max_length=150, blank=True)
    via = models.CharField(_("how"), max_length=10, choices=Via.choices)
    token = models.CharField(_("token"), max_length=12, blank=True)
    remote_addr = models.CharField(_("from address"), max_length=45, blank=True)
    action = models.CharField(_("action"), max_length=50)
    object_type = models.CharField(_("object"), max_length=40, blank=True)
    object_id = models.CharField(_("object’s ID"), max_length=40, blank=True)
    object_name = models.CharField(_("object’s name"), max_length=200, blank=True)
    changes = models.JSONField(_("changes"), default=dict, blank=True)
    seal = models.CharField(max_length=64, editable=False)
    position = models.BigIntegerField(_("place"), null=True, unique=True, editable=False)
    hash = models.CharField(_("hash"), max_length=64, blank=True, editable=False)
    # When what it said of a person was taken out; its seal then stands for the row.
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("id",), name="audit_not_chained", condition=models.Q(position__isnull=True)
            ),
            models.Index(fields=("action", "-id"), name="audit_by_action"),
            models.Index(fields=("actor_id", "-id"), name="audit_by_actor"),
            models.Index(fields=("object_type", "object_id", "-id"), name="audit_by_object"),
        )

    def __str__(self) -> str:
        """Return who did what to what."""
        return f"{self.actor_name or '–'}: {self.action} {self.object_name}".strip()


class AuditHead(models.Model):
    """How far the chain has come: one row, locked while the chain grows."""

    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(pk=1), name="audit_head_is_one_row"),
        )

    def __str__(self) -> str:
        """Return the place and the beginning of the hash."""
        return f"{self.position} {self.hash[:12]}"
