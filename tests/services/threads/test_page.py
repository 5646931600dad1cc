"""What a page of a thread holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.models import Message
from messaging.services.conversations import lifecycle
from messaging.services.conversations.notes import add_note
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.threads.bubble import Bubble
from messaging.services.threads.page import ThreadPage, ThreadQuery, read_thread
from tests.factories import NOW, make_conversation, make_inbound, make_outbound, make_user

pytestmark = pytest.mark.django_db


def read(conversation, at=NOW, **query: Any) -> ThreadPage:
    return read_thread(ThreadQuery(**query), conversation=conversation, at=at)


def said(page: ThreadPage) -> list[str]:
    lines = []
    for day in page.days:
        for item in day.items:
            if isinstance(item, Bubble):
                lines.append(item.message.content)
            else:
                lines.append(f"({item.kind})")
    return lines


def bubbles(page: ThreadPage) -> list[Bubble]:
    return [item for day in page.days for item in day.items if isinstance(item, Bubble)]


def test_messages_notes_and_events_stand_by_time():
    user = make_user(is_staff=True)
    conversation = make_inbound(content="One", at=NOW - timedelta(minutes=30)).conversation
    add_note(conversation=conversation, author=user, content="Hm", at=NOW - timedelta(minutes=20))
    make_outbound(conversation, "Two", user=user, at=NOW - timedelta(minutes=10))
    lifecycle.close(conversation=conversation, by=user, at=NOW - timedelta(minutes=5))

    assert said(read(conversation)) == ["One", "(note)", "Two", "(event)"]


def test_messages_of_one_sender_within_three_minutes_are_a_run():
    conversation = make_conversation()
    for minutes, text in [(10, "a"), (8, "b"), (4, "c")]:
        make_inbound(content=text, at=NOW - timedelta(minutes=minutes))
    make_outbound(conversation, "d", at=NOW - timedelta(minutes=3))

    runs = [
        (item.message.content, item.starts_run, item.ends_run)
        for item in bubbles(read(conversation))
    ]

    assert runs == [
        ("a", True, False),
        ("b", False, True),
        ("c", True, True),
        ("d", True, True),
    ]


def test_a_run_ends_where_something_else_is_known_of_the_next_message():
    conversation, ana = make_conversation(), make_user()
    for minutes, status in [(9, "delivered"), (8, "delivered"), (7, "sent"), (6, "failed")]:
        make_outbound(
            conversation, status, user=ana, status=status, at=NOW - timedelta(minutes=minutes)
        )

    runs = [(item.message.content, item.ends_run) for item in bubbles(read(conversation))]

    assert runs == [
        ("delivered", False),
        ("delivered", True),
        ("sent", True),
        ("failed", True),
    ]


def test_days_are_the_readers():
    conversation = make_conversation()
    make_inbound(content="late", at=NOW.replace(hour=22, minute=30))
    with timezone.override("Asia/Shanghai"):
        days = read(conversation).days
    assert [str(day.date) for day in days] == ["2026-11-23"]


def test_page_holds_the_newest_fifty_and_leads_to_the_older():
    conversation = make_conversation()
    for number in range(120):
        make_outbound(conversation, f"{number}", at=NOW + timedelta(seconds=number))

    newest = read(conversation)
    middle = read(conversation, before=newest.oldest_id)
    oldest = read(conversation, before=middle.oldest_id)

    assert said(newest) == [f"{number}" for number in range(70, 120)]
    assert said(middle) == [f"{number}" for number in range(20, 70)]
    assert said(oldest) == [f"{number}" for number in range(20)]
    assert (newest.has_older, newest.has_newer) == (True, False)
    assert (middle.has_older, middle.has_newer) == (True, True)
    assert (oldest.has_older, oldest.has_newer) == (False, True)


def test_page_opens_with_everything_that_was_not_read():
    conversation = make_conversation()
    for number in range(80):
        make_inbound(content=f"{number}", at=NOW + timedelta(seconds=number))
    read_up_to = conversation.messages.order_by("id")[9].pk

    page = read(conversation, last_read_id=read_up_to)

    assert said(page) == [f"{number}" for number in range(5, 80)]
    assert [item.message.content for item in bubbles(page) if item.is_first_new] == ["10"]
    assert (page.has_older, page.has_newer) == (True, False)


def test_page_with_very_much_unread_begins_with_the_first_of_it():
    conversation = make_conversation()
    for number in range(312):
        make_outbound(conversation, f"{number}", at=NOW + timedelta(seconds=number))
    first = conversation.messages.order_by("id")[0].pk

    page = read(conversation, last_read_id=first)

    assert said(page) == [f"{number}" for number in range(301)]
    assert (page.has_older, page.has_newer) == (False, True)


def test_page_around_a_message_shows_both_sides():
    conversation = make_conversation()
    rows = [make_outbound(conversation, f"{number}") for number in range(100)]

    page = read(conversation, around=rows[50].pk)

    assert said(page) == [f"{number}" for number in range(25, 75)]


def test_live_page_asks_for_everything_it_shows():
    conversation = make_conversation()
    rows = [make_outbound(conversation, f"{number}") for number in range(80)]

    page = read(conversation, oldest=rows[10].pk)

    assert len(page.messages) == 70
    assert (page.has_older, page.has_newer) == (True, False)


def test_live_page_asks_for_some_of_the_middle():
    conversation = make_conversation()
    rows = [make_outbound(conversation, f"{number}") for number in range(20)]

    page = read(conversation, oldest=rows[5].pk, newest=rows[8].pk)

    assert said(page) == ["5", "6", "7", "8"]
    assert (page.has_older, page.has_newer) == (True, True)


def test_new_line_stands_above_the_first_message_after_my_mark():
    conversation = make_conversation()
    first = make_inbound(content="seen", at=NOW)
    mine = make_outbound(conversation, "mine", at=NOW + timedelta(minutes=1))
    second = make_inbound(content="new", at=NOW + timedelta(minutes=2))
    make_inbound(content="newer", at=NOW + timedelta(minutes=3))

    page = read(conversation, last_read_id=first.pk)

    assert page.new_from == second.pk
    assert [item.message.content for item in bubbles(page) if item.is_first_new] == ["new"]
    assert mine.pk < second.pk
    assert read(conversation, last_read_id=10**9).new_from == 0


def test_scheduled_message_waits_apart_and_then_stands_where_it_went_out():
    user = make_user()
    conversation = make_conversation()
    message, _new = queue_message(
        NewMessage(content="later", send_at=NOW + timedelta(hours=2)),
        conversation=conversation,
        user=user,
        at=NOW,
    )
    make_inbound(content="meanwhile", at=NOW + timedelta(hours=1))
    waiting = read(conversation)
    assert said(waiting) == ["meanwhile"]
    assert [item.message for item in waiting.scheduled] == [message]

    Message.objects.filter(pk=message.pk).update(
        status="delivered", queued_at=NOW + timedelta(hours=2)
    )

    sent = read(conversation)
    assert said(sent) == ["meanwhile", "later"]
    assert sent.scheduled == []


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_does_not_depend_on_the_length(count, django_assert_num_queries):
    user = make_user(is_staff=True)
    conversation = make_conversation()
    for _each in range(count):
        make_inbound(at=NOW)
        make_outbound(conversation, user=user, status="failed")
        add_note(conversation=conversation, author=user, content=f"@{user.username}", at=NOW)
        lifecycle.close(conversation=conversation, by=user, at=NOW)
        lifecycle.reopen(conversation=conversation, by=user, at=NOW)

    with django_assert_num_queries(7):
        page = read(conversation)
        for item in bubbles(page):
            _shown = (item.message.sent_by, item.repeat)
