"""Reactions: a text that says "Loved “…”" is shown at the text that it quotes."""

from __future__ import annotations

from django.db import models


class Reaction(models.Model):
    """What an inbound message says about another message of its conversation."""

    message = models.OneToOneField(
        "messaging.Message", models.CASCADE, primary_key=True, related_name="reaction"
    )
    target = models.ForeignKey("messaging.Message", models.CASCADE, related_name="reactions")
    #: An emoji.
    sign = models.CharField(max_length=32)
    #: It takes an earlier one back.
    is_removal = models.BooleanField(default=False)

    class Meta:
        ordering = ("message_id",)

    def __str__(self) -> str:
        """Return what it says about which message."""
        return f"{self.sign} to {self.target_id}"
