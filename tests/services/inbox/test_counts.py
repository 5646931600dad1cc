"""The counts of the sidebar."""

import pytest

from messaging.models import DidNumber
from messaging.services.conversations import lifecycle
from messaging.services.inbox.counts import counts_of
from messaging.services.reading.read_marks import mark_read
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_views_and_numbers_are_counted():
    ana = make_user(is_staff=True)
    london = make_did("442071234567", label="London")
    read = make_inbound()
    make_inbound(phone="34600000001")
    make_inbound(did=london, phone="34600000001")
    mark_read(conversation=read.conversation, user=ana, up_to_id=read.pk)
    lifecycle.assign(conversation=read.conversation, to=ana, by=ana, at=NOW)

    counts = counts_of(user=ana, numbers=DidNumber.objects.all())

    assert counts.shown == {
        "needs-reply": "3",
        "mine": "1",
        "unassigned": "2",
        "open": "3",
        "mentions": "",
        "snoozed": "",
        "scheduled": "",
        "failed": "",
        "unread": "2",
        f"number-{read.did_number_id}": "1",
        f"number-{london.pk}": "1",
    }
    assert counts.unread == 2


def test_a_member_counts_only_what_is_theirs():
    tom = make_user()
    make_did("442071234567", members=(tom,))
    make_inbound()

    assert counts_of(user=tom, numbers=[]).shown["open"] == ""


def test_counting_ends_at_what_is_shown():
    for number in range(101):
        make_inbound(phone=f"3460000{number:04d}")

    assert counts_of(user=make_user(is_staff=True), numbers=[]).shown["open"] == "99+"


@pytest.mark.parametrize("count", [1, 3])
def test_the_rail_costs_the_same_queries_at_any_length(count, django_assert_num_queries):
    ana = make_user(is_staff=True)
    for number in range(count):
        make_inbound(did=make_did(f"4420712345{number}"), phone="34600000001")
    numbers = list(DidNumber.objects.all())

    with django_assert_num_queries(1):
        assert counts_of(user=ana, numbers=numbers).shown["open"] == str(count)
