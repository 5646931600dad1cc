"""What a person has read: a mark for each conversation, and how far back everything is read."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ReadMark(models.Model):
    """Up to which message a person has seen a conversation."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="read_marks",
        db_index=False,  # the constraint begins with it
    )
    conversation = models.ForeignKey(
        "messaging.Conversation",
        models.CASCADE,
        related_name="read_marks",
        db_index=False,  # nobody asks for all readers of a conversation
    )
    last_read_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            # A person's marks are together: each sidebar and each list looks up many of them.
            models.UniqueConstraint(fields=("user", "conversation"), name="one_read_mark"),
        )

    def __str__(self) -> str:
        """Return whose mark where."""
        return f"{self.user_id} in {self.conversation_id}: {self.last_read_id}"


class ReadWatermark(models.Model):
    """How far back a person has read everything that is open on a DID number.

    No open conversation whose last inbound message is older than ``before_id`` is unread, but for
    its exceptions (WatermarkException). Without it, a person who has read everything could be told
    so only after a look at every open conversation. `services/reading/watermarks.py` moves it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    did_number = models.ForeignKey("messaging.DidNumber", models.CASCADE, related_name="+")
    before_id = models.BigIntegerField(default=0)
    #: Where it will be moved; announced a while before, so that what was being written
    #: meanwhile is there to be seen.
    target_id = models.BigIntegerField()
    target_set_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "did_number"), name="one_read_watermark"),
        )

    def __str__(self) -> str:
        """Return whose watermark where."""
        return f"{self.user_id} on {self.did_number_id}: {self.before_id}"


class WatermarkException(models.Model):
    """A conversation that may be unread although it is behind a person's watermark."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    did_number = models.ForeignKey(
        "messaging.DidNumber", models.CASCADE, related_name="+", db_index=False
    )
    conversation = models.ForeignKey(
        "messaging.Conversation", models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "did_number", "conversation"), name="watermark_exception_once"
            ),
        )

    def __str__(self) -> str:
        """Return which conversation, for whom."""
        return f"{self.conversation_id} for {self.user_id}"
