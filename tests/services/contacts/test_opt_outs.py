"""An opt-out covers what it says, once, until somebody ends it with a reason."""

import pytest

from messaging.models import Change, ConversationEvent, OptOut
from messaging.services.contacts.opt_outs import (
    end_opt_out,
    end_opt_outs,
    opt_out_in_force,
    record_opt_out,
)
from messaging.services.errors import InvalidInput, OptedOut
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_stop_twice_is_one_opt_out_with_the_first_proof():
    first = make_inbound(content="STOP")
    make_inbound(content="STOP")

    assert list(OptOut.objects.values_list("message", flat=True)) == [first.pk]


def test_an_opt_out_covers_the_number_it_was_sent_to_and_no_other():
    make_inbound(content="STOP")
    other = make_conversation(make_did("447700900123", label="London"))

    queue_message(NewMessage(content="x"), conversation=other, user=None, at=NOW)
    with pytest.raises(OptedOut):
        queue_message(NewMessage(content="x"), conversation=make_conversation(), user=None, at=NOW)


def test_an_opt_out_for_all_numbers_covers_every_number():
    conversation = make_conversation()
    other = make_conversation(make_did("447700900123", label="London"))

    record_opt_out(conversation=conversation, at=NOW, by=make_user(), is_for_all_numbers=True)

    with pytest.raises(OptedOut):
        queue_message(NewMessage(content="x"), conversation=other, user=None, at=NOW)


def test_ending_an_opt_out_by_hand_needs_a_reason():
    message = make_inbound(content="STOP")
    opt_out = OptOut.objects.get()

    with pytest.raises(InvalidInput):
        end_opt_out(
            opt_out=opt_out, conversation=message.conversation, reason=" ", at=NOW, by=make_user()
        )

    assert (
        opt_out_in_force(contact_id=opt_out.contact_id, did_number_id=opt_out.did_number_id)
        == opt_out
    )


# --- Several numbers ---


@pytest.fixture
def numbers():
    """Front desk, where Ana is a member, and London, where she is not."""
    ana = make_user("ana")
    return ana, make_did(members=(ana,)), make_did("447700900123", label="London")


def lines():
    rows = ConversationEvent.objects.order_by("pk")
    return list(rows.values_list("conversation__did_number__label", "kind", "actor__username"))


def may_be_written_to(*conversations):
    return [
        opt_out_in_force(contact_id=row.contact_id, did_number_id=row.did_number_id) is None
        for row in conversations
    ]


def test_anybody_records_it_for_all_numbers_and_each_conversation_is_told(numbers):
    ana, desk, london = numbers
    here, there = make_conversation(desk), make_conversation(london)
    waiting, _new = queue_message(NewMessage(content="x"), conversation=there, user=None, at=NOW)
    Change.objects.all().delete()

    record_opt_out(conversation=here, at=NOW, by=ana, is_for_all_numbers=True)

    waiting.refresh_from_db()
    assert waiting.status == "blocked"
    assert lines() == [("Front desk", "opted_out", "ana"), ("London", "opted_out", "ana")]
    assert set(Change.objects.values_list("kind", "conversation_id")) == {
        ("conversation", here.pk),
        ("status", there.pk),
        ("conversation", there.pk),
    }


def test_a_member_ends_an_opt_out_of_all_numbers_for_their_own_alone(numbers):
    ana, desk, london = numbers
    second = make_did("34910000000", label="Second", members=(ana,))
    here, there, also = map(make_conversation, (desk, london, second))
    record_opt_out(conversation=there, at=NOW, by=make_user("tom"), is_for_all_numbers=True)
    ConversationEvent.objects.all().delete()

    end_opt_outs(conversation=here, reason="They rang us", at=NOW, by=ana)

    assert may_be_written_to(here, there, also) == [True, False, True]
    assert lines() == [("Front desk", "opted_in", "ana"), ("Second", "opted_in", "ana")]
    assert OptOut.objects.get().ended_at is None


def test_who_sees_every_number_ends_it_altogether_and_everywhere(numbers):
    _ana, desk, london = numbers
    here, there = make_conversation(desk), make_conversation(london)
    record_opt_out(conversation=there, at=NOW, by=make_user("tom"), is_for_all_numbers=True)
    ConversationEvent.objects.all().delete()

    end_opt_outs(
        conversation=here, reason="They rang us", at=NOW, by=make_user("boss", is_staff=True)
    )

    assert may_be_written_to(here, there) == [True, True]
    assert lines() == [("Front desk", "opted_in", "boss"), ("London", "opted_in", "boss")]
    assert OptOut.objects.get().end_reason == "They rang us"


def test_an_opt_out_of_another_number_is_not_ended_from_here(numbers):
    ana, desk, london = numbers
    make_inbound(london, content="STOP")
    here = make_conversation(desk)

    assert not end_opt_outs(conversation=here, reason="They rang us", at=NOW, by=ana)
    assert OptOut.objects.in_force().count() == 1


def test_recorded_once_more_it_covers_again_what_had_been_taken_out(numbers):
    ana, desk, london = numbers
    here, there = make_conversation(desk), make_conversation(london)
    record_opt_out(conversation=here, at=NOW, by=ana, is_for_all_numbers=True)
    end_opt_outs(conversation=here, reason="They rang us", at=NOW, by=ana)
    waiting, _new = queue_message(NewMessage(content="x"), conversation=here, user=ana, at=NOW)
    ConversationEvent.objects.all().delete()

    record_opt_out(conversation=here, at=NOW, by=ana, is_for_all_numbers=True)

    waiting.refresh_from_db()
    assert waiting.status == "blocked"
    assert may_be_written_to(here, there) == [False, False]
    assert lines() == [("Front desk", "opted_out", "ana")]
