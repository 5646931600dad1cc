"""A block belongs to one number; an administrator's may hold for all, those to come too."""

from datetime import timedelta

import pytest

from messaging.models import Change, Contact, Conversation, ConversationEvent
from messaging.services.conversations.sender_blocks import block_sender, unblock_sender
from messaging.services.conversations.undo import undo
from messaging.services.errors import WrongState
from tests.factories import NOW, PHONE, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = NOW + timedelta(minutes=1)

#: What is beside a block of all numbers.
ALL = {"is_for_all_numbers": True}


@pytest.fixture
def london():
    return make_did("447700900123", label="London")


@pytest.fixture
def threads(london):
    """One contact that wrote to two of our numbers; both wait for a reply."""
    return make_inbound().conversation, make_inbound(london).conversation


def states():
    """Of every conversation: status, whether a reply is due, whether the sender is blocked."""
    return [
        (row.status, row.needs_reply_since is not None, row.is_blocked)
        for row in Conversation.objects.select_related("contact").order_by("pk")
    ]


def lines():
    rows = ConversationEvent.objects.order_by("pk")
    return list(rows.values_list("conversation", "kind", "actor__username", "facts"))


def test_a_members_block_touches_the_number_where_it_was_made_and_no_other(threads):
    here, _there = threads
    Change.objects.all().delete()

    block_sender(conversation=here, by=make_user("ana"), at=NOW, is_for_all_numbers=True)

    assert states() == [("closed", False, True), ("open", True, False)]
    assert lines() == [(here.pk, "blocked", "ana", None)]
    assert list(Change.objects.values_list("conversation_id", flat=True)) == [here.pk]


def test_an_administrators_block_of_all_numbers_is_told_in_every_conversation(threads):
    here, there = threads
    Change.objects.all().delete()

    block_sender(
        conversation=here, by=make_user("boss", is_staff=True), at=NOW, is_for_all_numbers=True
    )

    assert states() == [("closed", False, True), ("closed", False, True)]
    assert lines() == [(here.pk, "blocked", "boss", ALL), (there.pk, "blocked", "boss", ALL)]
    assert list(Change.objects.values_list("conversation_id", "did_number_id")) == [
        (here.pk, here.did_number_id),
        (there.pk, there.did_number_id),
    ]


def test_a_block_of_all_numbers_holds_for_a_number_that_they_write_to_later(threads):
    block_sender(
        conversation=threads[0], by=make_user(is_staff=True), at=NOW, is_for_all_numbers=True
    )

    make_inbound(make_did("34910000000", label="Later"), at=LATER)

    assert states()[2] == ("open", False, True)


def test_what_a_blocked_sender_writes_asks_for_attention_on_the_other_number(threads):
    here, _there = threads
    block_sender(conversation=here, by=make_user(), at=NOW)

    make_inbound(content="again", at=LATER)
    make_inbound(make_did("447700900123"), content="again", at=LATER)

    assert states() == [("closed", False, True), ("open", True, False)]


def test_undo_puts_back_every_conversation_that_the_block_closed(threads):
    here, there = threads
    boss = make_user(is_staff=True)
    Conversation.objects.filter(pk=there.pk).update(status="snoozed", snoozed_until=LATER)
    before = list(Conversation.objects.order_by("pk").values())

    tokens = block_sender(conversation=here, by=boss, at=NOW, is_for_all_numbers=True)
    unblock_sender(conversation=Conversation.objects.get(pk=here.pk), by=boss, at=NOW)
    for pk, token in tokens.items():
        undo(conversation=Conversation.objects.get(pk=pk), token=token, user=boss, at=NOW)

    assert list(Conversation.objects.order_by("pk").values()) == before
    assert not Contact.objects.get(phone_key=PHONE).is_blocked


def test_a_member_cannot_end_an_administrators_block(threads):
    here, _there = threads
    boss, ana = make_user(is_staff=True), make_user()
    block_sender(conversation=here, by=boss, at=NOW, is_for_all_numbers=True)
    here.refresh_from_db()

    with pytest.raises(WrongState, match="An administrator blocked"):
        unblock_sender(conversation=here, by=ana, at=NOW)

    assert states() == [("closed", False, True), ("closed", False, True)]


def test_blocking_twice_changes_nothing_the_second_time(threads):
    here, _there = threads
    ana = make_user()

    assert list(block_sender(conversation=here, by=ana, at=NOW)) == [here.pk]
    assert block_sender(conversation=here, by=ana, at=LATER) == {}
    assert len(lines()) == 1


def test_an_administrator_ends_both_blocks_at_once(threads):
    here, there = threads
    boss = make_user("boss", is_staff=True)
    block_sender(conversation=here, by=boss, at=NOW)
    block_sender(conversation=here, by=boss, at=NOW, is_for_all_numbers=True)
    here.refresh_from_db()

    assert unblock_sender(conversation=here, by=boss, at=NOW)

    assert [blocked for _status, _due, blocked in states()] == [False, False]
    assert lines()[-2:] == [
        (here.pk, "unblocked", "boss", ALL),
        (there.pk, "unblocked", "boss", ALL),
    ]
