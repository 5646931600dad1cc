"""The header Idempotency-Key, the twin of ``client_id``.

The key is kept with the message (`models/message_indexes.py`) and found by
`services/outbox/repeats.py`, so it is remembered for as long as the message is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

if TYPE_CHECKING:
    from rest_framework.request import Request

IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 100},
    OpenApiParameter.HEADER,
    description="The same as client_id, for programs that have a header for it.",
)


def with_idempotency_key(request: Request) -> Any:
    """Return a request's body with the client_id that its header may name.

    Raises:
        ValidationError: the body names another one.
    """
    body, key = request.data, request.headers.get("Idempotency-Key")
    if not key or not isinstance(body, dict):
        return body
    if body.get("client_id") not in (None, "", key):
        raise serializers.ValidationError(
            {"client_id": [_("It differs from the header Idempotency-Key.")]}
        )
    return {**body, "client_id": key}
