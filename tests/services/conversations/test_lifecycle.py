"""Putting a conversation away: closed, snoozed, settled; never over a message nobody has seen."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from messaging.services.conversations import lifecycle
from messaging.services.errors import TheyWrote
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from tests.factories import NOW, make_conversation, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WAYS = pytest.mark.parametrize(
    "put_away",
    [
        lifecycle.close,
        lifecycle.need_no_reply,
        partial(lifecycle.snooze, until=NOW + timedelta(days=1)),
    ],
    ids=["closed", "settled", "snoozed"],
)


def state_of(conversation):
    conversation.refresh_from_db()
    return (
        conversation.status,
        conversation.needs_reply_since is None,
        conversation.settled_message_id,
        conversation.events.count(),
    )


@WAYS
def test_conversation_is_not_put_away_over_a_message_that_nobody_has_seen(put_away):
    conversation = make_inbound(content="See you on Monday").conversation
    seen = conversation.last_inbound_id
    make_inbound(content="No, on Tuesday!")
    before = state_of(conversation)

    with pytest.raises(TheyWrote):
        put_away(conversation=conversation, by=make_user(), at=NOW, seen_up_to=seen)

    assert state_of(conversation) == before


@WAYS
def test_conversation_is_put_away_by_the_user_who_has_seen_all_of_it(put_away):
    conversation = make_inbound().conversation

    is_changed = put_away(
        conversation=conversation,
        by=make_user(),
        at=NOW,
        seen_up_to=conversation.last_inbound_id,
    )

    assert is_changed


def test_who_saw_an_older_state_settles_no_more_than_the_database_has():
    conversation = make_inbound(content="See you on Monday").conversation
    newest = make_inbound(content="No, on Tuesday!")

    lifecycle.close(conversation=conversation, by=make_user(), at=NOW)

    assert state_of(conversation)[2] == newest.pk


def test_conversation_in_which_only_we_wrote_can_be_closed():
    conversation = make_inbound().conversation
    type(conversation).objects.update(last_inbound_id=None)

    assert lifecycle.close(conversation=conversation, by=make_user(), at=NOW, seen_up_to=0)


def test_snooze_that_ends_comes_back_above_all_others():
    ana = make_user(is_staff=True)
    snoozed = make_inbound(phone="34600000001", at=NOW).conversation
    newer = make_inbound(phone="34600000002", at=NOW + timedelta(minutes=1)).conversation
    until = NOW + timedelta(hours=1)
    lifecycle.snooze(conversation=snoozed, until=until, by=ana, at=NOW)

    assert lifecycle.wake_snoozed(at=until - timedelta(seconds=1)) == 0
    assert lifecycle.wake_snoozed(at=until) == 1
    assert lifecycle.wake_snoozed(at=until) == 0

    page = list_page(query=ListQuery(view="open"), user=ana, at=until)
    assert [record.id for record in page.records] == [snoozed.pk, newer.pk]
    snoozed.refresh_from_db()
    assert (snoozed.status, snoozed.snoozed_until) == ("open", None)
    assert snoozed.events.latest("id").kind == "snooze_ended"


def test_a_snooze_that_was_renewed_as_its_end_was_being_written_holds(monkeypatch):
    ana, conversation = make_user(), make_conversation()
    until, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    lifecycle.snooze(conversation=conversation, until=until, by=ana, at=NOW)
    really = lifecycle._set_status

    def set_status(move, **arguments):
        monkeypatch.undo()
        lifecycle.snooze(conversation=conversation, until=later, by=ana, at=NOW)
        return really(move, **arguments)

    monkeypatch.setattr(lifecycle, "_set_status", set_status)

    assert lifecycle.wake_snoozed(at=until) == 0
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == ("snoozed", later)
