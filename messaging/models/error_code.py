"""Stable words for what went wrong with a message, beside the sentence that people read."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Our own words; where the provider gave a code, that is the word."""

    OPTED_OUT = "opted_out"
    NUMBER_INACTIVE = "number_inactive"
    TOO_OLD = "too_old"
    THEY_WROTE = "they_wrote"
    CANCELED = "canceled"
    WORKER_LOST = "worker_lost"
    NOT_DELIVERED = "not_delivered"
    OTHER = "other"
