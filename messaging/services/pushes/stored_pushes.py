"""A push as it arrived, and its parsed content under this installation's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from messaging.nxcloud.push import PushEnvelope, parse_push

if TYPE_CHECKING:
    from messaging.models import Push
    from messaging.nxcloud.push import PushFields


def envelope_of(push: Push) -> PushEnvelope:
    """Return a stored push as it arrived."""
    return PushEnvelope(
        raw_body=bytes(push.raw_body),
        content_type=push.content_type,
        is_signed=push.is_signed,
        action=push.action,
        remote_addr=push.remote_addr,
        received_at=push.received_at,
        flags=tuple(push.flags),
        text_digest=push.text_digest or "",
    )


def fields_of(envelope: PushEnvelope) -> PushFields:
    """Return what a push says; its times are read in NXCLOUD_TIME_ZONE.

    Raises:
        UnusablePush: it cannot be read, or lacks what every push must have.
    """
    return parse_push(envelope, zone=ZoneInfo(settings.NXCLOUD_TIME_ZONE))
