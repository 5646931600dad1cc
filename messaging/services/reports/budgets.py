"""Monthly budgets of numbers, how much of them is used, and the one email that warns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from messaging.models import Budget
from messaging.services.mail.admin_mail import MailText, mail_administrators
from messaging.services.mail.once import mail_once

from .figures import cost_report
from .question import Question

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from messaging.models import DidNumber

#: Percent of a budget at which people are told.
MARKS: Final = (100, 80)


@dataclass(frozen=True)
class BudgetState:
    """How far a number's budget is used up.

    Attributes:
        number: whose.
        amount: of the month.
        spent: since its first day.
    """

    number: DidNumber
    amount: Decimal
    spent: Decimal

    @property
    def percent(self) -> int:
        """How much of it is used, in whole percent, rounded down."""
        return int(100 * self.spent / self.amount) if self.amount else 100

    @property
    def mark(self) -> int | None:
        """The mark that was reached; None for none."""
        return next((mark for mark in MARKS if self.percent >= mark), None)


def budget_states(*, at: datetime, numbers: Iterable[DidNumber] | None = None) -> list[BudgetState]:
    """Return how far the budgets of this month are used up.

    Args:
        at: now, aware; the month is that of the installation's zone.
        numbers: whose; None for all.
    """
    budgets = Budget.objects.select_related("did_number").order_by("did_number__number")
    if numbers is not None:
        budgets = budgets.filter(did_number__in=[number.pk for number in numbers])
    rows = list(budgets)
    if not rows:
        return []
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    month = Question(
        first=today.replace(day=1),
        last=today,
        zone=settings.TIME_ZONE,
        by=("number",),
        numbers=tuple(row.did_number_id for row in rows),
    )
    spent = {row["number"]: row["cost"] for row in cost_report(month).rows}
    return [
        BudgetState(row.did_number, row.amount, spent.get(row.did_number.number, Decimal(0)))
        for row in rows
    ]


def mail_about_budgets(*, at: datetime) -> int:
    """Tell administrators, once a month each, that 80 or 100 % of a budget are used up.

    Returns:
        How many mails were sent by this call.
    """
    sent = 0
    month = at.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m")
    for state in budget_states(at=at):
        if state.mark is None:
            continue
        key = f"budget:{state.number.pk}:{month}:{state.mark}"
        deliver = partial(mail_administrators, write=partial(_write, state))
        sent += mail_once(key=key, deliver=deliver, at=at)
    return sent


def _write(state: BudgetState) -> MailText:
    facts = {
        "number": state.number,
        "percent": state.percent,
        "spent": f"{state.spent:.2f}",
        "budget": f"{state.amount:.2f}",
        "currency": settings.CURRENCY,
    }
    return MailText(
        _("%(percent)s%% of the budget of %(number)s is used") % facts,
        _(
            "%(number)s has cost %(spent)s of %(budget)s %(currency)s this month.\n\n"
            "Sending goes on. Budgets are in the administration, under Reports."
        )
        % facts,
    )
