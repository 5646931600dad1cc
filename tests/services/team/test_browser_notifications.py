"""Whom a browser tells of what, and why."""

import pytest

from messaging.models import Notification
from messaging.services.conversations import lifecycle
from messaging.services.conversations.handover import hand_over
from messaging.services.conversations.sender_blocks import block_sender
from messaging.services.reading.read_marks import mark_read
from messaging.services.team.browser_notifications import Notice, notices_since
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom():
    tom = make_user("tom")
    make_did(members=(tom,))
    return tom


def test_the_first_question_has_no_news_but_says_where_to_go_on(tom):
    message = make_inbound()

    found = notices_since(user=tom, message_id=None, notification_id=None)

    assert (found.notices, found.message_id) == ([], message.pk)


def test_a_text_that_nobody_has_taken_is_told_to_the_members(tom):
    message = make_inbound(content="Anybody\nthere?")

    found = notices_since(user=tom, message_id=0, notification_id=0)

    assert found.notices == [
        Notice(
            conversation_id=message.conversation_id,
            title="+34 612 34 56 78",
            text="Anybody there?",
            why="You’re a member of this number, and the conversation is unassigned",
        )
    ]


def test_a_text_in_an_assigned_conversation_is_told_to_the_assignee_alone(tom):
    marta = make_user("marta")
    make_did(members=(marta,))
    message = make_inbound()
    lifecycle.assign(conversation=message.conversation, to=marta, by=tom, at=NOW)

    assert notices_since(user=tom, message_id=0, notification_id=0).notices == []
    (notice,) = notices_since(user=marta, message_id=0, notification_id=0).notices
    assert notice.why == "The conversation is assigned to you"


def test_an_administrator_who_is_no_member_is_not_told_of_everything():
    boss = make_user(is_staff=True)
    make_inbound()

    assert notices_since(user=boss, message_id=0, notification_id=0).notices == []


def test_what_i_have_read_is_no_news(tom):
    message = make_inbound()
    mark_read(conversation=message.conversation, user=tom, up_to_id=message.pk)

    assert notices_since(user=tom, message_id=0, notification_id=0).notices == []


def test_a_blocked_sender_is_no_news(tom):
    message = make_inbound()
    block_sender(conversation=message.conversation, by=tom, at=NOW)

    assert notices_since(user=tom, message_id=0, notification_id=0).notices == []


def test_a_handed_over_conversation_is_told_once(tom):
    message = make_inbound()
    hand_over(conversation=message.conversation, to=tom, by=make_user(), at=NOW)
    mark_read(conversation=message.conversation, user=tom, up_to_id=message.pk)

    first = notices_since(user=tom, message_id=0, notification_id=0)
    second = notices_since(
        user=tom, message_id=first.message_id, notification_id=first.notification_id
    )

    assert [notice.why for notice in first.notices] == [str(Notification.Reason.ASSIGNED.label)]
    assert second.notices == []
