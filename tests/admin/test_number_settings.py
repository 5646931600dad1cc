"""Business hours, closures and budgets in the admin."""

import pytest
from django.utils import timezone

from messaging.models import Answer, Budget, BusinessHours, Closure
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user

pytestmark = pytest.mark.django_db
HOURS = "/admin/messaging/businesshours/add/"


@pytest.fixture
def number(client):
    client.force_login(make_user("root", is_staff=True))
    return make_did()


def form(number, **fields):
    return {
        "did_number": number.pk,
        "zone": "Asia/Shanghai",
        "holidays_of": "cn",
        "day_0": "9:00-12:30, 13:30-18:00",
    } | fields


def test_hours_are_typed_a_line_for_each_day(client, number):
    client.post(HOURS, form(number))

    hours = BusinessHours.objects.get()
    assert hours.week == [[[540, 750], [810, 1080]], [], [], [], [], [], []]
    assert hours.holidays_of == "CN"
    page = client.get(f"/admin/messaging/businesshours/{hours.pk}/change/").content.decode()
    assert 'value="09:00-12:30, 13:30-18:00"' in page


@pytest.mark.parametrize(
    "fields",
    [{"zone": "Mars/Base"}, {"holidays_of": "XX"}, {"day_3": "nine to five"}],
    ids=["zone", "country", "hours"],
)
def test_what_cannot_be_used_is_refused(client, number, fields):
    page = client.post(HOURS, form(number, **fields))

    assert page.status_code == 200
    assert not BusinessHours.objects.exists()


def test_what_was_answered_before_is_stamped_before_the_hours_change(client, number):
    message = make_inbound(number)
    make_outbound(message.conversation, user=make_user(), at=NOW.replace(minute=10))

    client.post(HOURS, form(number))

    assert Answer.objects.get().seconds == 600


def test_closures_and_budgets_are_kept(client, number):
    client.post(
        "/admin/messaging/closure/add/", {"first": "2026-12-24", "last": "2026-12-26", "name": "X"}
    )
    client.post("/admin/messaging/budget/add/", {"did_number": number.pk, "amount": "12.50"})

    assert (Closure.objects.count(), str(Budget.objects.get().amount)) == (1, "12.50")


def test_a_number_is_stopped_and_let_go_as_its_budget_is_saved_and_deleted(client, number):
    at = timezone.now()
    message = make_inbound(number, at=at)
    make_outbound(message.conversation, at=at, status="sent", billed_segments=1, price="5")
    client.post(
        "/admin/messaging/budget/add/",
        {"did_number": number.pk, "amount": "4", "stops_sending": "on"},
    )
    number.refresh_from_db()
    assert number.is_stopped(at=at)

    budget = Budget.objects.get()
    client.post(f"/admin/messaging/budget/{budget.pk}/delete/", {"post": "yes"})

    number.refresh_from_db()
    assert not Budget.objects.exists()
    assert (number.budget_mark, number.stopped_until) == (None, None)
