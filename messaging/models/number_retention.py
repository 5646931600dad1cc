"""How long the messages and raw pushes of a number are kept, and how far the worker has come."""

from __future__ import annotations

from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

#: A late receipt or a repeat still finds its message within them.
LEAST_DAYS: Final = 7
MOST_DAYS: Final = 36_500


def _nothing() -> dict[str, Any]:
    return {}


class NumberRetention(models.Model):
    """What is kept of one number; one without a row keeps messages for ever.

    Attributes:
        message_days: how old messages become; None for ever.
        push_days: how old raw pushes become; None as long as `manage.py prune` says.
        waits_until: nothing goes before; a time that was shortened can be taken back until then.
        run_at: when the run began that is under way; None for none.
        run_after: the last message that it looked at.
        run_counts: what has gone in it.
        ran_at: when the last run was over.
    """

    did_number = models.OneToOneField(
        "messaging.DidNumber",
        models.CASCADE,
        related_name="retention",
        verbose_name=_("DID number"),
    )
    message_days = models.PositiveIntegerField(null=True, blank=True)
    push_days = models.PositiveIntegerField(null=True, blank=True)
    waits_until = models.DateTimeField(null=True, blank=True)
    run_at = models.DateTimeField(null=True, blank=True)
    run_after = models.BigIntegerField(default=0)
    run_counts = models.JSONField(default=_nothing)
    ran_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("retention")
        verbose_name_plural = _("retention")

    def __str__(self) -> str:
        """Return whose it is."""
        return str(self.did_number)
