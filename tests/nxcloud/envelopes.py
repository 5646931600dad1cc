"""Push envelopes for tests, with only what a test names out of the ordinary."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from messaging.nxcloud.push import PushEnvelope

FORM = "application/x-www-form-urlencoded"


def form_push(raw_body: bytes, *, content_type: str = FORM) -> PushEnvelope:
    """Return an unsigned push."""
    return PushEnvelope(
        raw_body=raw_body,
        content_type=content_type,
        is_signed=False,
        action="",
        remote_addr="203.0.113.9",
        received_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def signed_push(raw_body: bytes | Mapping[str, object], *, action: str = "mo") -> PushEnvelope:
    """Return a push whose signature was verified."""
    if isinstance(raw_body, Mapping):
        raw_body = json.dumps(raw_body).encode()
    return PushEnvelope(
        raw_body=raw_body,
        content_type="application/json",
        is_signed=True,
        action=action,
        remote_addr="203.0.113.9",
        received_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
