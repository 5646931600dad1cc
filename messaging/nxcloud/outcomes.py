"""What an answer of the provider, or the lack of one, proves about a message."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime

from messaging.nxcloud.errors import (
    AccountRejected,
    ClockRejected,
    MessageRefused,
    NXCloudError,
    OutcomeUnknown,
    ProviderBusy,
    RequestNotSent,
    TooLateToSend,
    error_for,
)
from messaging.nxcloud.http_post import AttemptFailed, HttpAnswer
from messaging.nxcloud.payloads import ProviderAnswer, read_answer
from messaging.nxcloud.trace import Trace

MAX_RETRY_AFTER_SECONDS = 86_400.0

_BUSY = frozenset({429, 503})
_NO_ENTRY = frozenset({401, 403})
_NOT_THE_API = frozenset({404, 405, 410})


@dataclass(frozen=True)
class Accepted:
    """The provider took the message; its id may be missing.

    Attributes:
        message_id: the provider's own.
        http_status: of its answer.
        trace: the request that it answered.
    """

    message_id: str | None
    http_status: int
    trace: Trace | None = field(default=None, compare=False, repr=False)


def error_for_failure(failure: AttemptFailed) -> NXCloudError:
    """Evaluate a request without an answer by whether it had begun to leave."""
    if failure.had_begun:
        return OutcomeUnknown(failure.detail)
    if failure.is_too_late:
        return TooLateToSend(failure.detail)
    if failure.is_misconfigured:
        return AccountRejected(failure.detail, reason="malformed_address")
    return RequestNotSent(failure.detail)


def evaluate(answer: HttpAnswer, *, now: float) -> Accepted:
    """Turn an HTTP answer into the outcome that it proves."""
    status = answer.status
    said = read_answer(answer.body) if answer.body is not None else None
    if 200 <= status < 300:
        if said is None or not said.code:
            raise _unknown(status, "an answer without a code")
        if said.code == "0":
            return Accepted(message_id=said.message_id, http_status=status)
        raise error_for(said.code, said.message, status)
    if said is not None and said.code == "0":
        # An error's status around the words of success: it may have been sent.
        raise error_for(said.code, said.message, status)
    raise _refusal(answer, said, now=now)


def _refusal(answer: HttpAnswer, said: ProviderAnswer | None, *, now: float) -> NXCloudError:
    """Evaluate an answer whose HTTP status is not one of success."""
    status = answer.status
    if status in _BUSY:
        return ProviderBusy(
            retry_after_seconds=_retry_after(answer.headers, now=now),
            http_status=status,
        )
    if status in _NO_ENTRY:
        return _no_entry(status, said)
    if 300 <= status < 400 or status in _NOT_THE_API:
        return AccountRejected(reason="wrong_address", http_status=status)
    if not 400 <= status < 500 or status == 408 or answer.body is None:
        return _unknown(status, f"HTTP {status}")
    if said is not None and said.code:
        return error_for(said.code, said.message, status)
    return MessageRefused(http_status=status)


def _no_entry(status: int, said: ProviderAnswer | None) -> NXCloudError:
    if said is not None and said.code:
        error = error_for(said.code, said.message, status)
        if isinstance(error, (AccountRejected, ClockRejected)):
            return error
    return AccountRejected(
        reason="access_denied",
        provider_code=said.code if said is not None else "",
        http_status=status,
    )


def _unknown(status: int, detail: str) -> OutcomeUnknown:
    return OutcomeUnknown(detail, reason="unclear_answer", http_status=status)


def _retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Read Retry-After, as seconds or as a date, in seconds from now; None without a meaning."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        seconds = float(text)
    else:
        until = http_date(text)
        if until is None:
            return None
        # Its date is by the provider's clock, which may not be ours.
        seconds = until - (http_date(headers.get("Date", "")) or now)
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS) if math.isfinite(seconds) else None


def http_date(text: str) -> float | None:
    """Return an HTTP date as seconds since 1970."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
