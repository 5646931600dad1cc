"""The clock of a reply: what starts it, what stops it, and what changes nothing of it."""

from datetime import timedelta

import pytest

from messaging.models import Answer, StaffAccess
from messaging.services.conversations.lifecycle import close, need_no_reply
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.reply import send_and_close
from messaging.services.reports.catch_up import catch_up
from tests.factories import NOW, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def after(minutes):
    return NOW + timedelta(minutes=minutes)


def seconds():
    catch_up()
    return [round(answer.seconds) for answer in Answer.objects.order_by("pk")]


@pytest.fixture
def ana():
    return make_user("ana")


@pytest.fixture
def asked():
    """A conversation whose contact wrote at NOW."""
    return make_inbound().conversation


def test_the_clock_starts_with_the_first_message_that_waits(asked, ana):
    make_inbound(at=after(3))
    make_outbound(asked, user=ana, at=after(10))
    make_outbound(asked, user=ana, at=after(11))

    assert seconds() == [600]


def test_an_automatic_answer_and_a_scheduled_one_do_not_stop_it(asked, ana):
    for new in (
        NewMessage(content="We are closed", is_automatic=True),
        NewMessage(content="Reminder", send_at=after(5)),
    ):
        user = None if new.is_automatic else ana
        queue_message(new, conversation=asked, user=user, at=after(1))
    make_outbound(asked, user=ana, at=after(20))

    assert seconds() == [1200]


def test_what_a_service_account_sends_does_not_stop_it(asked, ana):
    shop = make_user("shop")
    StaffAccess.objects.create(user=shop, is_service_account=True)
    make_outbound(asked, user=shop, at=after(1))

    assert seconds() == []
    make_outbound(asked, user=ana, at=after(20))
    assert seconds() == [1200]


@pytest.mark.parametrize("settle", [close, need_no_reply])
def test_what_was_settled_before_is_not_answered(asked, ana, settle):
    settle(conversation=asked, by=ana, at=after(1))
    make_outbound(asked, user=ana, at=after(20))

    assert seconds() == []


def test_what_is_settled_with_the_answer_or_after_it_is_answered(asked, ana):
    send_and_close(NewMessage(content="Yes"), conversation=asked, user=ana, at=after(2))

    assert seconds() == [120]


def test_after_it_was_settled_the_next_message_starts_it_again(asked, ana):
    need_no_reply(conversation=asked, by=ana, at=after(1))
    make_inbound(at=after(30))
    send_and_close(NewMessage(content="Yes"), conversation=asked, user=ana, at=after(34))

    assert seconds() == [240]


def test_the_first_answer_of_a_conversation_is_told_apart(asked, ana):
    make_outbound(asked, user=ana, at=after(1))
    make_inbound(at=after(2))
    make_outbound(asked, user=ana, at=after(3))
    catch_up()

    assert list(Answer.objects.order_by("pk").values_list("is_first", flat=True)) == [True, False]
