"""The counts of the sidebar."""

from datetime import timedelta

import pytest

from messaging.models import DidNumber
from messaging.services.conversations import lifecycle
from messaging.services.conversations.handover import hand_over
from messaging.services.inbox.counts import count_of, counts_of
from messaging.services.inbox.query import ListQuery
from messaging.services.reading.read_marks import mark_read
from messaging.views.shared.list_context import SAME_IN_SIDEBAR
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user

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


@pytest.mark.parametrize("view", sorted(SAME_IN_SIDEBAR))
def test_a_list_that_takes_its_count_from_the_sidebar_would_count_the_same(view):
    ana = make_user("ana", is_staff=True)
    did = make_did()
    for number in range(7):
        make_inbound(did, phone=f"3461234567{number}")
    rows = [row.conversation for row in did.messages.select_related("conversation").order_by("id")]
    lifecycle.close(conversation=rows[0], by=ana, at=NOW)
    lifecycle.need_no_reply(conversation=rows[1], by=ana, at=NOW)
    lifecycle.snooze(conversation=rows[2], by=ana, at=NOW, until=NOW + timedelta(days=1))
    hand_over(conversation=rows[3], to=ana, by=ana, at=NOW)
    make_outbound(rows[4], status="failed")
    make_outbound(rows[5], status="scheduled", send_at=NOW + timedelta(days=1))

    shown = counts_of(user=ana, numbers=[did]).shown

    assert shown[view] == count_of(query=ListQuery(view=view), user=ana) != ""
