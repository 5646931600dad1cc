"""Somebody who sees their own and the unassigned only: no place shows more, or less."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import Change, Conversation, Membership, Message, StaffAccess
from messaging.services.access.heard_changes import ABOUT_ASSIGNMENT, heard_by, newest_heard_by
from messaging.services.conversations.lifecycle import assign
from messaging.services.feed.program_feed import FeedCursor, changes_since
from messaging.services.inbox.counts import counts_of
from messaging.services.reading.unread import unread_ids
from messaging.services.search.indexing import index_waiting
from messaging.services.team.members import numbers_of
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class World:
    """Three conversations of one number: Ana's, Bob's, nobody's. Ana sees hers and nobody's."""

    def __init__(self):
        self.ana, self.bob = make_user("ana"), make_user("bob")
        self.did = make_did(members=(self.ana, self.bob))
        StaffAccess.objects.create(user=self.ana, only_own=True)
        self.hers, self.his, self.free = (
            make_inbound(self.did, f"3460000000{n}", "the plan").conversation for n in range(3)
        )
        assign(conversation=self.hers, to=self.ana, by=self.ana, at=NOW)
        assign(conversation=self.his, to=self.bob, by=self.bob, at=NOW)
        index_waiting()
        self.seen = {self.hers.pk, self.free.pk}


@pytest.fixture
def world():
    return World()


def test_others_conversations_are_in_no_query(world):
    ana = world.ana

    assert set(Conversation.objects.visible_to(ana).values_list("pk", flat=True)) == world.seen
    messages = Message.objects.visible_to(ana).values_list("conversation_id", flat=True)
    assert set(messages) == world.seen
    assert set(unread_ids(ana)) == world.seen
    shown = counts_of(user=ana, numbers=numbers_of(user=ana)).shown
    assert (shown["open"], shown["unread"], shown[f"number-{world.did.pk}"]) == ("2", "2", "2")
    part = changes_since(FeedCursor(), user=ana)
    assert {entry.conversation for entry in part.entries} == world.seen


def test_others_conversations_are_on_no_page(world, client):
    client.force_login(world.ana)
    his = world.his
    [message] = Message.objects.filter(conversation=his)
    addresses = [
        f"/inbox/open/{his.pk}/",
        f"/inbox/parts/thread/{his.pk}/",
        f"/conversations/{his.pk}/export/",
        f"/messages/{message.pk}/",
        f"/api/v1/conversations/{his.pk}/",
        f"/api/v1/conversations/{his.pk}/messages/",
        f"/api/v1/messages/{message.pk}/",
        f"/api/v1/messages/{message.pk}/record/",
    ]
    lists = [
        "/inbox/all/?q=plan",
        "/inbox/open/",
        "/api/v1/messages/",
        "/api/v1/conversations/",
        "/api/v1/conversations/?q=plan",
        "/api/v1/contacts/",
    ]

    assert [client.get(address).status_code for address in addresses] == [404] * len(addresses)
    assert client.post(f"/conversations/{his.pk}/assign/", {"assignee": "me"}).status_code == 404
    for address in lists:
        text = client.get(address).content.decode()
        assert his.contact.phone not in text, address
        assert world.free.contact.phone[-9:] in text.replace(" ", ""), address
    assert client.get("/reports/messages/").status_code == 403
    assert client.get("/api/v1/reports/messages/").status_code == 403


def test_a_supervisor_sees_all_the_same(world):
    Membership.objects.filter(user=world.ana).update(role="supervisor")
    ana = type(world.ana).objects.get(pk=world.ana.pk)

    assert Conversation.objects.visible_to(ana).count() == 3
    assert len(unread_ids(ana)) == 3


def hint(conversation, kind=Change.Kind.MESSAGE):
    return (7, kind, conversation.pk, conversation.did_number_id)


def test_hints_of_others_conversations_are_not_heard(world):
    at = NOW + ABOUT_ASSIGNMENT + timedelta(seconds=1)
    hints = [hint(each) for each in (world.hers, world.his, world.free)]

    assert heard_by(hints, user=world.ana, at=at) == [hints[0], hints[2]]
    assert heard_by(hints, user=world.bob, at=at) == hints


def test_the_hint_that_takes_a_conversation_away_is_heard_once(world):
    for thread, by in ((world.free, world.bob), (world.hers, world.ana)):
        assign(conversation=thread, to=world.bob, by=by, at=NOW)
        taken = hint(thread, Change.Kind.CONVERSATION)
        assert heard_by([taken, hint(thread)], user=world.ana, at=NOW) == [taken]
        later = NOW + ABOUT_ASSIGNMENT + timedelta(seconds=1)
        assert heard_by([taken], user=world.ana, at=later) == []


def test_what_passes_between_others_is_not_heard(world):
    cleo = make_user("cleo")
    world.did.members.add(cleo)
    assign(conversation=world.his, to=cleo, by=world.bob, at=NOW)

    assert heard_by([hint(world.his, Change.Kind.CONVERSATION)], user=world.ana, at=NOW) == []


def test_a_poll_tells_of_no_other_and_its_mark_does_not_count_them(world, client):
    client.force_login(world.ana)
    before = newest_heard_by(world.ana, did_numbers={world.did.pk})
    Change.objects.filter(conversation_id=world.his.pk).delete()
    Change.objects.create(
        kind=Change.Kind.MESSAGE, conversation_id=world.his.pk, did_number_id=world.did.pk
    )

    answer = json.loads(client.get("/live/poll/?since=0").content)
    assert newest_heard_by(world.ana, did_numbers={world.did.pk}) == before == answer["last"]
    assert {each["conversation"] for each in answer["changes"]} == world.seen
    assert timezone.now() > NOW
