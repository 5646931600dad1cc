"""What can go wrong on the provider's wire, and who can fix it.

NXCloudError
├── RequestNotSent     no byte of the request left: try again later
├── TooLateToSend      our own time for it was over before a byte had left
├── ProviderBusy       HTTP 429 or 503: try again after retry_after_seconds
├── OutcomeUnknown     the request may have arrived: never repeat it by program
├── ClockRejected      code 1004: once more, freshly signed
├── AccountRejected    nothing will pass until somebody repairs it: the queue pauses
├── MessageRefused     this message failed, the others may go on
├── NotAuthentic       a push that is not the provider's: refused, nothing stored
├── UnusablePush       an authentic push that cannot be applied: quarantined
└── SpoiledSpoolFile   a spool file that does not hold what was written to it
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

MAX_DETAIL_LENGTH = 300


class Owner(StrEnum):
    """Who can do something about an error."""

    WRITER = "writer"
    ADMINISTRATOR = "administrator"
    PROVIDER = "provider"
    DEVELOPER = "developer"
    NOBODY = "nobody"


class NXCloudError(Exception):
    """Base of everything that this package raises.

    Attributes:
        user_message: Plain words for staff.
        provider_code: The provider's code as text, "" when there is none.
        owner: Who can fix it.
        http_status: Status of the provider's answer, None when there was none.
        detail: A technical hint for administrators; never a secret or a message text.
    """

    #: A stable word for programs, where neither the provider's code nor an HTTP status says more.
    word: ClassVar[str] = "other"

    def __init__(
        self,
        user_message: str,
        *,
        provider_code: str = "",
        owner: Owner = Owner.NOBODY,
        http_status: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(user_message)
        self.user_message = user_message
        self.provider_code = provider_code
        self.owner = owner
        self.http_status = http_status
        self.detail = detail

    @property
    def code(self) -> str:
        """The provider's code, else our word."""
        return self.provider_code if self.provider_code not in {"", "0"} else self.word


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
        user_message: str,
        *,
        retry_after_seconds: float | None = None,
        provider_code: str = "",
        owner: Owner = Owner.PROVIDER,
        http_status: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(
            user_message,
            provider_code=provider_code,
            owner=owner,
            http_status=http_status,
            detail=detail,
        )
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(NXCloudError):
    """The request may have been accepted; repeating it could send the message twice."""

    word = "no_answer"


class ClockRejected(NXCloudError):
    """Our time stamp lies outside the provider's window (code 1004)."""

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
        super().__init__(f"The push is not authentic: {reason}", owner=Owner.ADMINISTRATOR)
        self.reason = reason


class UnusablePush(NXCloudError):
    """An authentic push that cannot be applied; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The push cannot be used: {reason}", owner=Owner.ADMINISTRATOR)
        self.reason = reason


class SpoiledSpoolFile(NXCloudError):
    """A spool file that is cut short, altered or not ours; `reason` says how."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The spool file is spoiled: {reason}", owner=Owner.ADMINISTRATOR)
        self.reason = reason


SendError = type[MessageRefused] | type[AccountRejected] | type[ClockRejected]


@dataclass(frozen=True)
class CodeMeaning:
    """One row of the provider's table of codes."""

    user_message: str
    owner: Owner
    kind: SendError


CODES: dict[str, CodeMeaning] = {
    "-1": CodeMeaning(
        "The provider could not send it and gave no reason.", Owner.PROVIDER, MessageRefused
    ),
    "1001": CodeMeaning(
        "The provider misses part of our sign-in.", Owner.DEVELOPER, AccountRejected
    ),
    "1002": CodeMeaning(
        "The provider did not understand the request.", Owner.DEVELOPER, MessageRefused
    ),
    "1003": CodeMeaning(
        "The provider does not accept our signature: check the access secret.",
        Owner.ADMINISTRATOR,
        AccountRejected,
    ),
    "1004": CodeMeaning(
        "The provider says that our clock is wrong.", Owner.ADMINISTRATOR, ClockRejected
    ),
    "1005": CodeMeaning(
        "The provider does not let this account send: check the access key and its rights.",
        Owner.ADMINISTRATOR,
        AccountRejected,
    ),
    "9006": CodeMeaning(
        "The recipient's number is not a phone number.", Owner.WRITER, MessageRefused
    ),
    "9007": CodeMeaning(
        "The provider does not serve the country of this number.", Owner.WRITER, MessageRefused
    ),
    "1100": CodeMeaning(
        "The provider's account is closed or suspended.", Owner.ADMINISTRATOR, AccountRejected
    ),
    "1102": CodeMeaning(
        "The account's balance is used up: top it up with the provider.",
        Owner.ADMINISTRATOR,
        AccountRejected,
    ),
    "12001": CodeMeaning(
        "The text is too long: at most 1000 characters.", Owner.WRITER, MessageRefused
    ),
    "12002": CodeMeaning(
        "The number that it should go out from does not belong to this account.",
        Owner.ADMINISTRATOR,
        MessageRefused,
    ),
    "12004": CodeMeaning(
        "The provider has no price for sending from this number (number not found).",
        Owner.ADMINISTRATOR,
        MessageRefused,
    ),
    "12005": CodeMeaning(
        "The provider has no price for sending from this number (carrier not found).",
        Owner.ADMINISTRATOR,
        MessageRefused,
    ),
    "12007": CodeMeaning(
        "The provider does not find this number among the account's numbers.",
        Owner.ADMINISTRATOR,
        MessageRefused,
    ),
    "12008": CodeMeaning(
        "The provider has suspended the number that it should go out from.",
        Owner.ADMINISTRATOR,
        MessageRefused,
    ),
}


def error_for(code: str, message: str = "", http_status: int | None = None) -> NXCloudError:
    """Build the error that stands for the provider's code.

    Args:
        code: The code as text, e.g. "12002".
        message: The provider's own words; shown as they came when the code is unknown.
        http_status: Status of the answer.

    Returns:
        An error to raise. Code "0" belongs to no failure: with it the outcome is unknown.

    Source: "Sending SMS via DID Number V2", Business error codes.
    """
    detail = tidy_detail(message)
    if code == "0":
        return OutcomeUnknown(
            "The provider's answer contradicts itself: it is not known whether it was sent.",
            provider_code=code,
            owner=Owner.PROVIDER,
            http_status=http_status,
            detail=detail,
        )
    meaning = CODES.get(code)
    if meaning is None:
        return MessageRefused(
            detail or f"The provider refused it with the code {code}.",
            provider_code=code,
            owner=Owner.PROVIDER,
            http_status=http_status,
            detail=detail,
        )
    return meaning.kind(
        meaning.user_message,
        provider_code=code,
        owner=meaning.owner,
        http_status=http_status,
        detail=detail,
    )


def tidy_detail(text: str) -> str:
    """Bring text from outside to one bounded line without control characters."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 2 * MAX_DETAIL_LENGTH])
    return " ".join(printable.split())[:MAX_DETAIL_LENGTH]
