"""Numbers of people who were erased: a keyed digest each, so that their opt-outs still hold."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ErasedNumber(models.Model):
    """What is left of an erased person's number.

    Attributes:
        digest: stands for the number, under a key made from SECRET_KEY.
        contact: the row that was theirs, with its opt-outs and without anything that tells of them.
        erased_at: when, aware UTC.
        erased_by: which administrator did it.
    """

    digest = models.CharField(max_length=80, unique=True)
    contact = models.ForeignKey("messaging.Contact", models.CASCADE, related_name="erased_numbers")
    erased_at = models.DateTimeField()
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        """Return whose it was."""
        return f"number of contact {self.contact_id}"
