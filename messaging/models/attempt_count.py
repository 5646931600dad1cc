"""Recent attempts: signing in, changing a password, asking for a link."""

from __future__ import annotations

from django.db import models


class AttemptCount(models.Model):
    """One counter.

    The key is a keyed digest of what is counted: names and addresses are not kept here.
    """

    key = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "attempt count"
        verbose_name_plural = "attempt counts"

    def __str__(self) -> str:
        """Return the count, never the key."""
        return f"{self.count} attempts"
