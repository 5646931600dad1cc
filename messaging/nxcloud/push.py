"""A push of the provider from its bytes to its meaning: envelope, fields, classification."""

from messaging.nxcloud.push_classification import (
    Classification,
    ClassificationFacts,
    KnownMessage,
    classify,
)
from messaging.nxcloud.push_envelope import PushEnvelope
from messaging.nxcloud.push_fields import CONTENT_DAMAGED, PushFields, parse_push

__all__ = [
    "CONTENT_DAMAGED",
    "Classification",
    "ClassificationFacts",
    "KnownMessage",
    "PushEnvelope",
    "PushFields",
    "classify",
    "parse_push",
]
