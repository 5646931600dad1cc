"""Monthly budgets of numbers: how much is used, the one email that warns, what is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from messaging.models import Budget, DidNumber
from messaging.services.mail.admin_mail import MailText, mail_administrators
from messaging.services.mail.once import mail_once

from .figures import cost_report
from .quarters import moment_of, start_of_day
from .question import Question

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: Percent of a budget at which people are told.
MARKS: Final = (100, 80)


@dataclass(frozen=True)
class BudgetState:
    """How far a number's budget is used up.

    Attributes:
        number: whose.
        amount: of the month.
        spent: since its first day.
        stops_sending: whether the number sends no more at 100 %.
    """

    number: DidNumber
    amount: Decimal
    spent: Decimal
    stops_sending: bool = False

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
        BudgetState(
            row.did_number,
            row.amount,
            spent.get(row.did_number.number, Decimal(0)),
            stops_sending=row.stops_sending,
        )
        for row in rows
    ]


def keep_budgets(*, at: datetime) -> None:
    """Write to each number how far its budget is, and until when it sends no more.

    What is written holds until the month ends, also without a worker.

    Args:
        at: now, aware.
    """
    states = {state.number.pk: state for state in budget_states(at=at)}
    ends = _end_of_month(at)
    marked = Q(budget_mark__isnull=False) | Q(stopped_until__isnull=False)
    for number in DidNumber.objects.filter(marked | Q(pk__in=states)):
        state = states.get(number.pk)
        mark = state.mark if state else None
        is_stopped = state is not None and state.stops_sending and mark == MARKS[0]
        until = ends if is_stopped else None
        if (number.budget_mark, number.stopped_until) != (mark, until):
            DidNumber.objects.filter(pk=number.pk).update(budget_mark=mark, stopped_until=until)


def _end_of_month(at: datetime) -> datetime:
    """Return when the installation's month ends."""
    zone = ZoneInfo(settings.TIME_ZONE)
    in_next = at.astimezone(zone).date().replace(day=28) + timedelta(days=4)
    return moment_of(start_of_day(in_next.replace(day=1), settings.TIME_ZONE)).astimezone(UTC)


def watch_budgets(*, at: datetime) -> int:
    """Keep the numbers' marks, and tell administrators; return how many mails were sent."""
    keep_budgets(at=at)
    return mail_about_budgets(at=at)


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
    follows = _("Sending goes on.")
    if state.stops_sending and state.mark == MARKS[0]:
        follows = _(
            "Sending from this number is stopped until next month: new messages are refused, and"
            " those that waited are blocked when their time comes. A higher budget ends it."
        )
    elif state.stops_sending:
        follows = _("Sending goes on, and stops at 100%.")
    said = _("%(number)s has cost %(spent)s of %(budget)s %(currency)s this month.") % facts
    where = _("Budgets are in the administration, under Reports.")
    return MailText(
        _("%(percent)s%% of the budget of %(number)s is used") % facts,
        f"{said}\n\n{follows} {where}",
    )
