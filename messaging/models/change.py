"""The change feed: one small row for every change that an open browser must see."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Change(models.Model):
    """A hint that something happened in a conversation, written in the same transaction."""

    class Kind(models.TextChoices):
        """What happened; the page fetches what it shows."""

        MESSAGE = "message", _("New message")
        STATUS = "status", _("Message status")
        CONVERSATION = "conversation", _("Conversation")
        NOTE = "note", _("Note")
        PRESENCE = "presence", _("Presence")
        QUEUE = "queue", _("Queue")
        WAKE = "wake", _("Wake the worker")

    kind = models.CharField(_("type"), max_length=12, choices=Kind.choices)
    conversation_id = models.BigIntegerField(_("conversation"), null=True, blank=True)
    did_number_id = models.BigIntegerField(_("DID number"), null=True, blank=True)
    at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ("id",)
        # The newest of one number is found without a look at what the others do.
        indexes = (models.Index(fields=("did_number_id", "id"), name="change_by_number"),)

    def __str__(self) -> str:
        """Return kind and conversation."""
        return f"{self.kind} {self.conversation_id}"
