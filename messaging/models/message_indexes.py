"""The constraints that messages keep, and the indexes by which they are found."""

from __future__ import annotations

from typing import Final

from django.db import models

from messaging.statuses import COMMON, Status

#: In the order in which a statement must name them, so that SQLite sees that the index serves.
UNCOMMON: Final = tuple(status for status in Status if status not in COMMON)

CONSTRAINTS: Final = (
    models.UniqueConstraint(
        fields=("dedup_key",),
        name="inbound_message_once",
        condition=models.Q(dedup_key__isnull=False),
    ),
    models.UniqueConstraint(
        fields=("provider_message_id",),
        name="outbound_provider_id_once",
        condition=models.Q(direction="outbound", provider_message_id__isnull=False),
    ),
    models.UniqueConstraint(
        fields=("sent_by", "client_id"),
        name="client_id_once_per_user",
        condition=models.Q(client_id__isnull=False),
    ),
    models.UniqueConstraint(
        fields=("resend_of",),
        name="sent_again_once",
        condition=models.Q(resend_of__isnull=False),
    ),
    models.CheckConstraint(
        condition=models.Q(direction="outbound") | models.Q(direction="inbound", status="received"),
        name="inbound_is_received",
    ),
    models.CheckConstraint(
        condition=models.Q(direction="inbound") | ~models.Q(status="received"),
        name="outbound_is_not_received",
    ),
    models.CheckConstraint(
        condition=~models.Q(status="queued")
        | models.Q(queued_at__isnull=False, not_before__isnull=False),
        name="queued_has_its_times",
    ),
    models.CheckConstraint(
        condition=~models.Q(status="sending") | models.Q(attempt_started_at__isnull=False),
        name="sending_has_its_start",
    ),
)

INDEXES: Final = (
    # With the direction, what I have not read is counted from the index alone.
    models.Index(fields=("conversation", "-id", "direction"), name="message_thread"),
    models.Index(
        fields=("did_number", "queued_at", "id"),
        name="message_queue",
        condition=models.Q(status="queued"),
    ),
    models.Index(
        fields=("conversation", "queued_at"),
        name="message_holding_back",
        condition=models.Q(status__in=["queued", "sending"]),
    ),
    models.Index(
        fields=("attempt_started_at",),
        name="message_sending",
        condition=models.Q(status="sending"),
    ),
    models.Index(
        fields=("not_before",),
        name="message_waiting",
        condition=models.Q(status__in=["scheduled", "held"]),
    ),
    models.Index(
        fields=("conversation",),
        name="message_planned",
        condition=models.Q(send_at__isnull=False),
    ),
    models.Index(
        fields=("conversation", "-id"),
        name="message_attention",
        condition=models.Q(
            status__in=["failed", "unconfirmed", "undelivered"],
            attention_cleared_at__isnull=True,
        ),
    ),
    # A list of the few in one state; with the number, a member's from the index alone.
    models.Index(
        fields=("status", "-id", "did_number"),
        name="message_uncommon",
        condition=models.Q(status__in=[status.value for status in UNCOMMON]),
    ),
    models.Index(
        fields=("id",),
        name="message_unindexed",
        condition=models.Q(search_text__isnull=True),
    ),
    models.Index(
        fields=("conversation",),
        name="message_hidden",
        condition=models.Q(redacted_at__isnull=False),
    ),
    models.Index(
        fields=("conversation", "-id"),
        name="message_unconfirmed",
        condition=models.Q(direction="outbound", provider_message_id__isnull=True),
    ),
)
