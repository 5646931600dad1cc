"""A budget's marks are told once a month each."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from messaging.models import Budget
from messaging.services.reports.budgets import (
    budget_states,
    keep_budgets,
    mail_about_budgets,
    watch_budgets,
)
from tests.factories import NOW, make_conversation, make_did, make_outbound, make_user

pytestmark = pytest.mark.django_db
_ids = iter(range(1000))


@pytest.fixture
def number():
    make_user("boss", is_staff=True, email="boss@example.com")
    number = make_did()
    Budget.objects.create(did_number=number, amount=10)
    return number


def spend(price, *, at=NOW):
    conversation = make_conversation(phone=f"34600000{next(_ids):03}")
    make_outbound(conversation, at=at, status="sent", billed_segments=1, price=price)


def test_below_the_first_mark_nobody_is_told(number, mailoutbox):
    spend("7.99")

    assert mail_about_budgets(at=NOW) == 0
    [state] = budget_states(at=NOW)
    assert (state.spent, state.percent, state.mark) == (Decimal("7.990000"), 79, None)


def test_each_mark_is_told_once_a_month(number, mailoutbox):
    spend("8")
    assert [mail_about_budgets(at=NOW), mail_about_budgets(at=NOW)] == [1, 0]
    spend("4")
    assert [mail_about_budgets(at=NOW), mail_about_budgets(at=NOW)] == [1, 0]
    later = NOW + timedelta(days=12)
    spend("9", at=later)
    assert mail_about_budgets(at=later) == 1

    said = [mail.subject for mail in mailoutbox]
    assert [subject.split("%")[0].split()[-1] for subject in said] == ["80", "120", "90"]
    assert "12.00 of 10.00" in mailoutbox[1].body


def test_at_100_percent_a_number_that_shall_stop_is_stopped_until_the_month_ends(number, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    Budget.objects.update(stops_sending=True)
    spend("8")
    keep_budgets(at=NOW)
    number.refresh_from_db()
    assert (number.budget_mark, number.stopped_until) == (80, None)
    spend("2")

    keep_budgets(at=NOW)

    number.refresh_from_db()
    assert number.budget_mark == 100
    month = NOW.astimezone(ZoneInfo("Asia/Shanghai")).replace(day=28) + timedelta(days=4)
    first = month.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert number.stopped_until == first
    assert number.is_stopped(at=NOW)
    assert not number.is_stopped(at=first)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Budget.objects.update(amount=1000),
        lambda: Budget.objects.update(stops_sending=False),
        lambda: Budget.objects.all().delete(),
    ],
    ids=["a higher budget", "sending goes on", "no budget"],
)
def test_what_ends_the_reason_lets_the_number_send_again(number, change):
    Budget.objects.update(stops_sending=True)
    spend("11")
    keep_budgets(at=NOW)
    number.refresh_from_db()
    assert number.is_stopped(at=NOW)
    change()

    keep_budgets(at=NOW)

    number.refresh_from_db()
    assert not number.is_stopped(at=NOW)


def test_the_mail_says_what_stopped(number, mailoutbox):
    Budget.objects.update(stops_sending=True)
    spend("8")
    watch_budgets(at=NOW)
    spend("8")
    watch_budgets(at=NOW)

    assert "stops at 100%" in mailoutbox[0].body
    assert "stopped until next month" in mailoutbox[1].body


def test_what_was_spent_last_month_does_not_count(number):
    spend("99", at=NOW - timedelta(days=30))

    assert budget_states(at=NOW)[0].spent == 0


def test_only_the_asked_numbers_have_a_state(number):
    assert budget_states(at=NOW, numbers=[]) == []
    assert [state.number for state in budget_states(at=NOW, numbers=[number])] == [number]
