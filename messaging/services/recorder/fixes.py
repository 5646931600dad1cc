"""What to do about each thing that can go wrong with a message, for the person who can fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

from messaging.reasons import ReasonCode

from .outlook import Next

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from .outlook import Outlook

_ACCESS: Final = gettext_lazy(
    "In NXCloud’s console, check that the access key is active, may send, and is allowed from this"
    " server’s address. Then resume sending."
)
_ADDRESS: Final = gettext_lazy(
    "Server admin: correct NXCLOUD_BASE_URL and restart didsms. Then resume sending."
)
_CLOCK: Final = gettext_lazy(
    "Server admin: set the server’s clock (NTP). Sending resumes by itself once it’s right."
)
_NUMBER: Final = gettext_lazy(
    "In NXCloud’s console, check that this number is active, belongs to the account and has a price"
    " for sending. Then resend."
)
_UNKNOWN_OUTCOME: Final = gettext_lazy(
    "It may have been sent. Wait for a delivery receipt; resend only if the contact didn’t get it."
)
_ASK_NXCLOUD: Final = gettext_lazy(
    "Share this record with NXCloud support and ask them why. You can resend later."
)

FIXES: Final[dict[str, StrPromise]] = {
    "-1": _ASK_NXCLOUD,
    "1001": gettext_lazy("Server admin: set NXCLOUD_ACCESS_KEY and NXCLOUD_ACCESS_SECRET."),
    "1003": gettext_lazy(
        "Server admin: compare NXCLOUD_ACCESS_SECRET with the secret in NXCloud’s console, correct"
        " it and restart didsms. Then resume sending."
    ),
    "1004": _CLOCK,
    "1005": _ACCESS,
    "1100": gettext_lazy("Ask NXCloud support why the account is closed. Then resume sending."),
    "1102": gettext_lazy(
        "Top up the account in NXCloud’s console. Then resume sending; it also resumes by itself"
        " within 15 minutes."
    ),
    "9006": gettext_lazy("Check the contact’s number and write to the right one."),
    "9007": gettext_lazy(
        "NXCloud doesn’t send to this country. Ask NXCloud support to enable it, or reach the"
        " contact in another way."
    ),
    "12001": gettext_lazy("Shorten the message and send it again."),
    "12002": _NUMBER,
    "12004": _NUMBER,
    "12005": _NUMBER,
    "12007": _NUMBER,
    "12008": _NUMBER,
    ReasonCode.ACCOUNT: _ACCESS,
    ReasonCode.ACCESS_DENIED: _ACCESS,
    ReasonCode.WRONG_ADDRESS: _ADDRESS,
    ReasonCode.MALFORMED_ADDRESS: _ADDRESS,
    ReasonCode.CLOCK: _CLOCK,
    ReasonCode.UNREACHABLE: gettext_lazy(
        "Server admin: check that this server reaches NXCloud (name lookup, firewall). It’s tried"
        " again by itself."
    ),
    ReasonCode.NO_ANSWER: _UNKNOWN_OUTCOME,
    ReasonCode.UNCLEAR_ANSWER: _UNKNOWN_OUTCOME,
    ReasonCode.CONTRADICTORY_ANSWER: _UNKNOWN_OUTCOME,
    ReasonCode.WORKER_LOST: gettext_lazy(
        "It may have been sent: wait for a delivery receipt before you resend. Server admin: see in"
        " the worker’s log why it stopped."
    ),
    ReasonCode.UNEXPECTED_ERROR: gettext_lazy(
        "Server admin: send the worker’s log to the didsms developers. It may have been sent."
    ),
    ReasonCode.NUMBER_INACTIVE: gettext_lazy("Activate the number in the admin. Then resend."),
    ReasonCode.BUDGET_USED_UP: gettext_lazy(
        "Raise the number’s budget in the admin, under Budgets, or let it send beyond. Then resend."
    ),
    ReasonCode.OPTED_OUT: gettext_lazy(
        "Only the contact can change this: they text START, or a colleague records that they opted"
        " back in. Then resend."
    ),
    ReasonCode.TOO_OLD: gettext_lazy(
        "See in System health what held the queue up. Resend it if it still matters."
    ),
    ReasonCode.NOT_DELIVERED: gettext_lazy(
        "The contact’s carrier refused it. Share this record with NXCloud support and ask them why;"
        " you can resend later."
    ),
    ReasonCode.REFUSED: _ASK_NXCLOUD,
    ReasonCode.RESTORED: gettext_lazy(
        "Check the unconfirmed messages: they may have been sent in the hours after the backup."
        " Then resume sending."
    ),
}
#: Where what comes next says more than the reason.
FIXES_OF_STEPS: Final[dict[Next, StrPromise]] = {
    Next.WAITS_FOR_A_WORKER: gettext_lazy("Server admin: start manage.py run_outbox."),
    Next.HAS_NO_RECEIPT: gettext_lazy(
        "If other messages from this number get no receipts either, its webhook URL at NXCloud may"
        " be wrong: see the number’s page. Otherwise share this record with NXCloud support."
    ),
}


def how_to_fix(outlook: Outlook) -> str:
    """Return what somebody can do, in the reader's language; "" where nobody need do anything."""
    if outlook.next in FIXES_OF_STEPS:
        return str(FIXES_OF_STEPS[outlook.next])
    if outlook.cause is None or outlook.next == Next.IS_COMPLETE:
        return ""
    if outlook.cause.is_documented:
        return str(FIXES.get(outlook.cause.code, ""))
    return str(_ASK_NXCLOUD)
