"""Why a message is where it is: one table from a code to its words and to who can fix it.

The database holds the code and its facts (a name, a word, a time). Words are made of them where
they are shown: in the reader's language on pages, in English in the API. No logic reads the words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from .reason_codes import ReasonCode
from .sentences import join_sentences

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


__all__ = [
    "OWNER_ADVICE",
    "OWNER_LABELS",
    "UNDOCUMENTED",
    "WORDINGS",
    "Owner",
    "Reason",
    "ReasonCode",
    "Wording",
    "columns_of",
    "reason_of",
]


class Owner(StrEnum):
    """Who can fix it."""

    WRITER = "writer"
    ADMINISTRATOR = "administrator"
    PROVIDER = "provider"
    DEVELOPER = "developer"
    NOBODY = "nobody"


#: Who can fix it, in words.
OWNER_LABELS: Final[dict[Owner, StrPromise]] = {
    Owner.WRITER: gettext_lazy("The person who wrote the message"),
    Owner.ADMINISTRATOR: gettext_lazy("An administrator"),
    Owner.PROVIDER: gettext_lazy("NXCloud"),
    Owner.DEVELOPER: gettext_lazy("The didsms developers"),
    Owner.NOBODY: gettext_lazy("No one: it clears by itself"),
}
#: What the reader of a failed message can do about it.
OWNER_ADVICE: Final[dict[Owner, StrPromise | str]] = {
    Owner.WRITER: gettext_lazy("Check the number and the message."),
    Owner.ADMINISTRATOR: gettext_lazy("Ask an administrator to fix it."),
    Owner.PROVIDER: gettext_lazy("Contact NXCloud support."),
    Owner.DEVELOPER: gettext_lazy("Contact the didsms developers."),
    Owner.NOBODY: "",
}


@dataclass(frozen=True)
class Wording:
    """The words of one code.

    Attributes:
        words: an English sentence with the names of its facts, marked for translation.
        owner: who can fix it.
        bare: the sentence without facts, "" where `words` names none or they are always there.
    """

    words: str
    owner: Owner = Owner.NOBODY
    bare: str = ""


_W, _A, _P, _D = Owner.WRITER, Owner.ADMINISTRATOR, Owner.PROVIDER, Owner.DEVELOPER
_CLOCK: Final = Wording(gettext_noop("NXCloud says that our clock is wrong."), _A)

WORDINGS: Final[dict[str, Wording]] = {
    # The codes of NXCloud's documentation.
    "-1": Wording(gettext_noop("NXCloud could not send it and gave no reason."), _P),
    "1001": Wording(gettext_noop("NXCloud received incomplete credentials."), _D),
    "1002": Wording(gettext_noop("NXCloud did not understand the request."), _D),
    "1003": Wording(
        gettext_noop("NXCloud does not accept our signature: check the access secret."), _A
    ),
    "1004": _CLOCK,
    "1005": Wording(
        gettext_noop(
            "NXCloud does not let this account send: check the access key and its permissions."
        ),
        _A,
    ),
    "9006": Wording(gettext_noop("The recipient’s number is not a phone number."), _W),
    "9007": Wording(gettext_noop("NXCloud does not serve the country of this number."), _W),
    "1100": Wording(gettext_noop("The NXCloud account is closed or suspended."), _A),
    "1102": Wording(
        gettext_noop("The balance of the NXCloud account is used up: top it up at NXCloud."), _A
    ),
    "12001": Wording(gettext_noop("The text is too long: at most 1000 characters."), _W),
    "12002": Wording(gettext_noop("The sending number doesn’t belong to this account."), _A),
    "12004": Wording(
        gettext_noop("NXCloud has no price for sending from this number (number not found)."), _A
    ),
    "12005": Wording(
        gettext_noop("NXCloud has no price for sending from this number (carrier not found)."), _A
    ),
    "12007": Wording(
        gettext_noop("NXCloud does not find this number among the account’s numbers."), _A
    ),
    "12008": Wording(gettext_noop("NXCloud has suspended the sending number."), _A),
    # Ours.
    ReasonCode.UNREACHABLE: Wording(
        gettext_noop("NXCloud could not be reached; nothing was sent."), _P
    ),
    ReasonCode.WORKER_STOPPED: Wording(
        gettext_noop("The program was stopped before it could send it; nothing was sent.")
    ),
    ReasonCode.BUSY: Wording(gettext_noop("NXCloud is busy; it will be tried again."), _P),
    ReasonCode.NO_ANSWER: Wording(
        gettext_noop("The connection was lost before NXCloud responded.")
    ),
    ReasonCode.UNCLEAR_ANSWER: Wording(
        gettext_noop("NXCloud’s response does not say whether it was sent."), _P
    ),
    ReasonCode.CONTRADICTORY_ANSWER: Wording(
        gettext_noop("NXCloud’s response contradicts itself: it is not known whether it was sent."),
        _P,
    ),
    ReasonCode.UNEXPECTED_ERROR: Wording(
        gettext_noop("An unexpected error occurred while it was being sent."), _D
    ),
    ReasonCode.CLOCK: _CLOCK,
    ReasonCode.ACCOUNT: Wording(gettext_noop("NXCloud does not accept our account."), _A),
    ReasonCode.ACCESS_DENIED: Wording(
        gettext_noop(
            "NXCloud denies us access: check the account, the keys and the allowed addresses."
        ),
        _A,
    ),
    ReasonCode.WRONG_ADDRESS: Wording(
        gettext_noop("The NXCloud URL does not lead to its API: check NXCLOUD_BASE_URL."), _A
    ),
    ReasonCode.MALFORMED_ADDRESS: Wording(
        gettext_noop("The NXCloud URL or access key is malformed."), _A
    ),
    ReasonCode.REFUSED: Wording(
        gettext_noop("NXCloud refused it (HTTP %(http_status)s)."),
        _P,
        bare=gettext_noop("NXCloud refused it."),
    ),
    ReasonCode.OPTED_OUT: Wording(gettext_noop("The contact opted out before it was sent.")),
    ReasonCode.NUMBER_INACTIVE: Wording(
        gettext_noop("The number was deactivated before it was sent."), _A
    ),
    ReasonCode.BUDGET_USED_UP: Wording(
        gettext_noop("This month’s budget of the number was used up before it was sent."), _A
    ),
    ReasonCode.TOO_OLD: Wording(gettext_noop("It missed its sending window, so it wasn’t sent.")),
    ReasonCode.THEY_WROTE: Wording(gettext_noop("Canceled: they replied first.")),
    ReasonCode.CANCELED: Wording(
        gettext_noop("Canceled by %(by)s."), bare=gettext_noop("Canceled.")
    ),
    ReasonCode.WORKER_LOST: Wording(gettext_noop("The program stopped while it was being sent.")),
    ReasonCode.RESTORED: Wording(
        gettext_noop(
            "The database was restored from a backup of %(made_at)s. Check the unconfirmed"
            " messages, then resume sending."
        ),
        _A,
        bare=gettext_noop(
            "The database was restored from a backup. Check the unconfirmed messages, then resume"
            " sending."
        ),
    ),
    ReasonCode.SINCE_BACKUP: Wording(
        gettext_noop(
            "It was waiting when the backup of %(made_at)s was made; it may have been sent since."
        ),
        bare=gettext_noop("It was waiting when the backup was made; it may have been sent since."),
    ),
    ReasonCode.CHANGED: Wording(gettext_noop("Changed by %(by)s."), bare=gettext_noop("Changed.")),
    ReasonCode.ACCEPTED_WITHOUT_ID: Wording(gettext_noop("Accepted without an ID."), _P),
    ReasonCode.ACCEPTED_WITH_KNOWN_ID: Wording(
        gettext_noop("Accepted with an ID that already belongs to another message."), _P
    ),
    ReasonCode.NOT_DELIVERED: Wording(
        gettext_noop("Not delivered; the carrier gave no reason."), _P
    ),
    ReasonCode.EARLY_RECEIPT: Wording(
        gettext_noop("The receipt had arrived at %(received_at)s."),
        bare=gettext_noop("The receipt had arrived before."),
    ),
    ReasonCode.REPORTED: Wording(
        gettext_noop("NXCloud reported %(status)s."),
        bare=gettext_noop("NXCloud reported no status."),
    ),
    ReasonCode.CONTRADICTION: Wording(
        gettext_noop("Contradiction: NXCloud also reported %(status)s."),
        bare=gettext_noop("Contradiction: NXCloud also reported no status."),
    ),
    ReasonCode.TEXT: Wording("%(text)s"),
    ReasonCode.OTHER: Wording(gettext_noop("Something went wrong.")),
}
#: A code that neither NXCloud's documentation nor we name.
UNDOCUMENTED: Final = Wording(
    gettext_noop("NXCloud returned code %(code)s, which it doesn’t document."), _P
)


@dataclass(frozen=True)
class Reason:
    """A code and its facts, as the database holds them.

    Attributes:
        code: a `ReasonCode`, or NXCloud's own code.
        facts: by name, JSON values. Three mean the same with every code: ``words`` is what the
            other side said, quoted behind ours; ``received_at`` when a receipt had come that
            overtook the answer; ``text`` a sentence that an earlier version stored, shown alone.
    """

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def owner(self) -> Owner:
        """Who can fix it."""
        return WORDINGS.get(self.code, UNDOCUMENTED).owner

    @property
    def is_documented(self) -> bool:
        """Whether the code is one of ours, or one that NXCloud's documentation names."""
        return self.code in WORDINGS

    def words(self) -> str:
        """Return a sentence in the reader's language, times as they write them."""
        return self._words(gettext, _as_read)

    def in_english(self) -> str:
        """Return the sentence for programs and their makers, whatever language is active."""
        return self._words(str, _in_utc)

    @property
    def owner_label(self) -> str:
        """Who can fix it, in the reader's language."""
        return str(OWNER_LABELS[self.owner])

    def _words(self, translate: Callable[[str], str], write: Callable[[datetime], str]) -> str:
        if text := self.facts.get("text"):
            return str(text)
        known = {"code": self.code, **self.facts}
        for name in ("received_at", "made_at"):
            if moment := parse_datetime(str(known.get(name, ""))):
                known[name] = write(moment)
        received_at = parse_datetime(str(self.facts.get("received_at", "")))
        wording = WORDINGS.get(self.code, UNDOCUMENTED)
        said = _filled(wording, known, translate)
        if received_at and self.code != ReasonCode.EARLY_RECEIPT:
            early = _filled(WORDINGS[ReasonCode.EARLY_RECEIPT], known, translate)
            said = join_sentences((said, early), translate)
        words = str(self.facts.get("words", ""))
        is_new = words.rstrip(".").casefold() not in wording.words.casefold()
        return join_sentences((said, f"“{words}”"), translate) if words and is_new else said


def _as_read(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _filled(wording: Wording, facts: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    try:
        return translate(wording.words) % facts
    except KeyError:
        return translate(wording.bare)


def columns_of(reason: Reason | None) -> tuple[str | None, dict[str, Any] | None]:
    """Return what two columns hold of a reason: its code, and its facts where it has some."""
    return (None, None) if reason is None else (str(reason.code), dict(reason.facts) or None)


def reason_of(code: str | None, facts: Mapping[str, Any] | None) -> Reason | None:
    """Return what two columns hold; None where the code is NULL."""
    return None if code is None else Reason(code, facts or {})
