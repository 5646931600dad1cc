"""An opt-out covers what it says, once, until somebody ends it with a reason."""

import pytest

from messaging.models import OptOut
from messaging.services.composing import queue_message
from messaging.services.errors import InvalidInput, OptedOut
from messaging.services.opt_outs import end_opt_out, opt_out_in_force, record_opt_out
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_stop_twice_is_one_opt_out_with_the_first_proof():
    first = make_inbound(content="STOP")
    make_inbound(content="STOP")

    assert list(OptOut.objects.values_list("message", flat=True)) == [first.pk]


def test_an_opt_out_covers_the_number_it_was_sent_to_and_no_other():
    make_inbound(content="STOP")
    other = make_conversation(make_did("447700900123", label="London"))

    queue_message(conversation=other, content="x", user=None, at=NOW)
    with pytest.raises(OptedOut):
        queue_message(conversation=make_conversation(), content="x", user=None, at=NOW)


def test_an_opt_out_for_all_numbers_covers_every_number():
    conversation = make_conversation()
    other = make_conversation(make_did("447700900123", label="London"))

    record_opt_out(conversation=conversation, at=NOW, by=make_user(), is_for_all_numbers=True)

    with pytest.raises(OptedOut):
        queue_message(conversation=other, content="x", user=None, at=NOW)


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
