"""Errors of the service layer; each has a stable word, and a sentence for the user who caused it.

MessagingError
├── InvalidInput            a field cannot be used as it is (``field`` names it)
│   ├── InvalidNumber       a text is no phone number, or not clearly one
│   ├── OptedOut            the recipient asked not to be written to
│   ├── NumberInactive      the DID number does not send
│   └── BudgetUsedUp        the DID number's budget is used up, and stops it
├── ClientIdConflict        the same client id came with other content
├── WrongState              the thing is not in a state that allows this
│   └── OnLegalHold         it is kept by a legal hold (`contacts/legal_holds.py`)
├── ThreadMovedOn           somebody wrote in the conversation since the writer looked
├── TheyWrote               the contact wrote since its reader, who wants to put it away, looked
├── ReportTooSlow           a report took longer than reports may
└── CannotKeepPush          neither the database nor the spool could take a push
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from messaging.services.dialing.number_errors import explain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messaging.models import Message, OptOut
    from messaging.typed_numbers import InvalidPhoneNumber


class MessagingError(Exception):
    """Base of everything that the service layer refuses.

    Args:
        user_message: plain words for the person who caused it.
        code: stable word for programs.
    """

    code = "error"

    def __init__(self, user_message: str, *, code: str = "") -> None:
        super().__init__(user_message)
        self.user_message = user_message
        if code:
            self.code = code


class InvalidInput(MessagingError):
    """A field's value cannot be used."""

    code = "invalid"

    def __init__(self, user_message: str, *, field: str, code: str = "") -> None:
        super().__init__(user_message, code=code)
        self.field = field


class InvalidNumber(InvalidInput):
    """A typed phone number cannot be dialed, or not without a word about what it means."""

    def __init__(self, problem: InvalidPhoneNumber, *, field: str = "phone") -> None:
        super().__init__(explain(problem), field=field, code=problem.code)
        self.problem = problem


class OptedOut(InvalidInput):
    """The recipient asked not to be written to from this number."""

    code = "opted_out"

    def __init__(self, opt_out: OptOut) -> None:
        super().__init__(
            _("This contact has opted out of messages from this number."), field="phone"
        )
        self.opt_out = opt_out


class NumberInactive(InvalidInput):
    """The DID number is switched off."""

    code = "number_inactive"

    def __init__(self) -> None:
        super().__init__(_("This number is inactive and can’t send."), field="sender")


class BudgetUsedUp(InvalidInput):
    """The DID number has cost what it may in this month."""

    code = "budget_used_up"

    def __init__(self) -> None:
        super().__init__(
            _(
                "This month’s budget of this number is used up, so it can’t send. Ask an"
                " administrator to raise the budget."
            ),
            field="sender",
        )


class ClientIdConflict(MessagingError):
    """The same client id was used before for another message."""

    code = "client_id_conflict"

    def __init__(self, message: Message) -> None:
        super().__init__(_("This client_id was used before with other content."))
        self.message = message


class WrongState(MessagingError):
    """The thing is not in a state that allows this."""

    code = "wrong_state"


class ThreadMovedOn(MessagingError):
    """Somebody wrote in the conversation since the writer last saw it."""

    code = "thread_moved_on"

    def __init__(self, newer: Sequence[Message]) -> None:
        super().__init__(
            _(
                "There is new activity in this conversation. Review it, then send again if you"
                " still want to."
            )
        )
        self.newer = newer


class TheyWrote(MessagingError):
    """The contact wrote a moment ago: who puts the conversation away has not seen it."""

    code = "they_wrote"

    def __init__(self) -> None:
        super().__init__(_("Nothing was changed: they just replied. Read it first."))


class CannotKeepPush(MessagingError):
    """Neither the database nor the spool could take a push; the provider must repeat it."""

    code = "cannot_keep"


class ReportTooSlow(MessagingError):
    """A report took longer than reports may; a shorter period may do."""

    code = "report_too_slow"

    def __init__(self) -> None:
        super().__init__(_("This report takes too long. Choose a shorter period."))
