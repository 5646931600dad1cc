"""What can go wrong on the provider's wire.

NXCloudError
├── RequestNotSent     no byte of the request left: try again later
├── TooLateToSend      our own time for it was over before a byte had left
├── ProviderBusy       HTTP 429 or 503: try again after retry_after_seconds
├── OutcomeUnknown     the request may have arrived: never repeat it by program
├── ClockRejected      code 1004: once more, freshly signed
├── AccountRejected    nothing will pass until somebody fixes it: the queue pauses
├── MessageRefused     this message failed, the others may go on
├── NotAuthentic       a push that is not the provider's: refused, nothing stored
├── UnusablePush       an authentic push that cannot be applied: quarantined
└── SpoiledSpoolFile   a spool file that does not hold what was written to it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from messaging.nxcloud.trace import Trace

MAX_DETAIL_LENGTH = 300


class NXCloudError(Exception):
    """Base of everything that this package raises.

    Attributes:
        detail: A technical hint for administrators; never a secret or a message text.
        provider_code: The provider's code as text, "" when there is none.
        http_status: Status of the provider's answer, None when there was none.
        trace: The request that failed, None when there was none.
    """

    trace: Trace | None = None

    #: A stable word for programs, where neither `reason` nor the provider's code says more.
    word: ClassVar[str] = "other"

    def __init__(
        self,
        detail: str = "",
        *,
        reason: str = "",
        provider_code: str = "",
        http_status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.provider_code = provider_code
        self.http_status = http_status
        self._reason = reason

    @property
    def code(self) -> str:
        """A stable word for what happened: ours, or the provider's code."""
        code = self.provider_code if self.provider_code not in {"", "0"} else self.word
        return self._reason or code

    @property
    def facts(self) -> dict[str, str | int]:
        """What there is to say beside the code: the HTTP status, where the code means no more."""
        is_bare = self.code == MessageRefused.word and self.http_status is not None
        return {"http_status": self.http_status or 0} if is_bare else {}


class RequestNotSent(NXCloudError):
    """No byte of the request left this machine."""

    word = "unreachable"


class TooLateToSend(NXCloudError):
    """Our own time for it was over before a byte had left: it says nothing of the provider."""

    word = "worker_stopped"


class ProviderBusy(NXCloudError):
    """The provider asks us to come back later.

    Attributes:
        retry_after_seconds: How long it asks us to wait, None when it does not say.
    """

    word = "busy"

    def __init__(
        self,
        detail: str = "",
        *,
        retry_after_seconds: float | None = None,
        reason: str = "",
        provider_code: str = "",
        http_status: int | None = None,
    ) -> None:
        super().__init__(
            detail, reason=reason, provider_code=provider_code, http_status=http_status
        )
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(NXCloudError):
    """The request may have been accepted; repeating it could send the message twice."""

    word = "no_answer"


class ClockRejected(NXCloudError):
    """Our time stamp is outside the provider's window (code 1004)."""

    word = "clock"


class AccountRejected(NXCloudError):
    """Account, key, balance or address are wrong: no message can pass for now."""

    word = "account"


class MessageRefused(NXCloudError):
    """The provider refused this message for good."""

    word = "refused"


class NotAuthentic(NXCloudError):
    """A push that does not prove to come from the provider; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The push is not authentic: {reason}")
        self.reason = reason


class UnusablePush(NXCloudError):
    """An authentic push that cannot be applied; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The push cannot be used: {reason}")
        self.reason = reason


class SpoiledSpoolFile(NXCloudError):
    """A spool file that is cut short, altered or not ours; `reason` says how."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The spool file is spoiled: {reason}")
        self.reason = reason


SendError = type[MessageRefused] | type[AccountRejected] | type[ClockRejected]


#: The codes that the provider's documentation names, and what each does to a message.
CODES: Final[dict[str, SendError]] = {
    "-1": MessageRefused,
    "1001": AccountRejected,
    "1002": MessageRefused,
    "1003": AccountRejected,
    "1004": ClockRejected,
    "1005": AccountRejected,
    "9006": MessageRefused,
    "9007": MessageRefused,
    "1100": AccountRejected,
    "1102": AccountRejected,
    "12001": MessageRefused,
    "12002": MessageRefused,
    "12004": MessageRefused,
    "12005": MessageRefused,
    "12007": MessageRefused,
    "12008": MessageRefused,
}


def error_for(code: str, message: str = "", http_status: int | None = None) -> NXCloudError:
    """Build the error that stands for the provider's code.

    Args:
        code: The code as text, e.g. "12002".
        message: The provider's own words.
        http_status: Status of the answer.

    Returns:
        An error to raise. Code "0" belongs to no failure: with it the outcome is unknown.

    Source: "Sending SMS via DID Number V2", Business error codes.
    """
    detail = tidy_detail(message)
    if code == "0":
        return OutcomeUnknown(
            detail, reason="contradictory_answer", provider_code=code, http_status=http_status
        )
    kind = CODES.get(code, MessageRefused)
    return kind(detail, provider_code=code, http_status=http_status)


def tidy_detail(text: str) -> str:
    """Bring text from outside to one bounded line without control characters."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 2 * MAX_DETAIL_LENGTH])
    return " ".join(printable.split())[:MAX_DETAIL_LENGTH]
