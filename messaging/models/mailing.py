"""Mails that go out once, whichever process sends them."""

from __future__ import annotations

from django.db import models


class Mailing(models.Model):
    """What is known of one mail.

    Attributes:
        key: what it is about; it holds no address.
        due_at: when it may be tried next; None once it was sent for good.
        tries: failures in a row.
        sent_at: when a mail server took it last.
    """

    key = models.CharField(max_length=60, unique=True)
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "mailing"
        verbose_name_plural = "mailings"

    def __str__(self) -> str:
        """Return what it is about."""
        return self.key
