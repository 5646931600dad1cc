"""The statement of a list's page: what it tells of each kind, and how it finds its rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from messaging.models import Draft, Label, Notification, OptOut, Presence
from messaging.services.inbox import facts, sql
from messaging.services.inbox.query import ListQuery
from tests.factories import NOW, make_conversation, make_inbound, make_outbound, make_user

pytestmark = pytest.mark.django_db


def statement(user, *, view="all", order="n", before=None):
    query = ListQuery.parse(view, {})
    rows = query.conversations(user=user, is_ordered=True)
    return sql.page_statement(rows, user=user, order=order, before=before, limit=41)


def told_to(user):
    """What other tables know, as pairs of a conversation's id and a fact."""
    _lines, told = sql.fetch_lines(
        statement(user), user_id=user.pk, replying_since=NOW - timedelta(seconds=10)
    )
    return [(int(line[1 : line.index(",")]), facts.fact_of(line)) for line in told]


@pytest.mark.database
def test_every_kind_of_fact_is_told_with_its_own_fields():
    ana = make_user("ana", is_staff=True, first_name="Ana", last_name="Ruiz\nLópez")
    tom = make_user("tom", first_name="Tom", last_name="Hall")
    asks = make_inbound(phone="34600000001").conversation_id
    failed = make_outbound(make_conversation(phone="34600000002"), user=ana, status="failed")
    later = make_outbound(make_conversation(phone="34600000003"), status="scheduled", send_at=NOW)
    ours = failed.conversation
    ours.labels.add(Label.objects.create(name='a "label"', color=3))
    OptOut.objects.create(contact=ours.contact, did_number=ours.did_number, created_at=NOW)
    Draft.objects.create(conversation=ours, user=ana, reply="Dear", note="")
    Presence.objects.create(conversation=ours, user=tom, seen_at=NOW, replying_at=NOW)
    Notification.objects.create(conversation=ours, user=ana, reason="mention", created_at=NOW)

    told = told_to(ana)

    (planned,) = (fact for _pk, fact in told if isinstance(fact, facts.Scheduled))
    assert datetime.fromisoformat(planned.send_at).replace(tzinfo=UTC) == NOW
    assert {type(fact) for _pk, fact in told} == set(facts.KINDS.values())
    assert len(told) == 10
    assert set(told) == {
        (asks, facts.Unread(1)),
        (ours.pk, facts.Delivery("failed", "Ana", "Ruiz\nLópez", "ana", is_mine=True)),
        (ours.pk, facts.Trouble("failed", failed.pk)),
        (ours.pk, facts.Labeled('a "label"', 3)),
        (ours.pk, facts.OptedOut()),
        (ours.pk, facts.Drafted("Dear", "")),
        (ours.pk, facts.Replying("Tom", "Hall", "tom")),
        (ours.pk, facts.Mentioned()),
        (later.conversation_id, facts.Delivery("scheduled", "", "", "", is_mine=False)),
        (later.conversation_id, planned),
    }


# PostgreSQL plans by its statistics, so this is asked of SQLite alone.
@pytest.mark.parametrize(
    ("order", "view"),
    [
        ("n", "open"),
        ("n", "closed"),
        ("n", "all"),
        ("n", "unassigned"),
        ("w", "open"),
        ("w", "all"),
    ],
)
def test_page_is_read_in_the_order_of_an_index(order, view):
    page = statement(make_user(is_staff=True), view=view, order=order, before=(order, NOW, 7))

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {page.sql}", page.params)
        plan = [row[3] for row in cursor.fetchall()]

    assert plan[0].startswith("SEARCH messaging_conversation USING INDEX")
    assert [step for step in plan if "FOR ORDER BY" in step] == []
