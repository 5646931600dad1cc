"""The rows of a list: what is in them, in which order, and at what cost."""

from datetime import timedelta

import pytest

from messaging.models import Contact, Conversation, Draft, Label, Message, Presence
from messaging.services.contacts import opt_outs
from messaging.services.contacts.contacts import write_memo
from messaging.services.conversations import lifecycle
from messaging.services.conversations.notes import add_note
from messaging.services.inbox.counts import counts_of
from messaging.services.inbox.pages import PAGE_SIZE, list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.inbox.rows import LabelMark, Waiting
from messaging.services.outbox.attention import clear_attention
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.reading.read_marks import mark_read
from messaging.services.team.notifications import see_notifications
from tests.factories import (
    NOW,
    PHONE,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def page(view="open", user=None, at=NOW, **params):
    query = ListQuery.parse(view, params)
    assert query is not None
    return list_page(query=query, user=user or make_user(is_staff=True), at=at)


def names(view="open", user=None, at=NOW, **params):
    return [row.name for row in page(view, user, at, **params).rows]


def named(name, *, minutes=0, number=None, **fields):
    """A conversation that somebody wrote to us `minutes` ago."""
    phone = f"3460000{Contact.objects.count():04d}"
    at = NOW - timedelta(minutes=minutes)
    conversation = make_inbound(did=number, phone=phone, at=at).conversation
    Contact.objects.filter(pk=conversation.contact_id).update(name=name)
    if fields:
        Conversation.objects.filter(pk=conversation.pk).update(**fields)
    return conversation


# What a row says -------------------------------------------------------------------------------


def test_a_row_says_who_wrote_what_and_when():
    make_inbound(phone=PHONE, content="Is\n Thursday  free?", at=NOW - timedelta(minutes=5))

    (row,) = page().rows

    assert (row.name, row.age, row.preview, row.is_outbound, row.unread) == (
        "+34 612 34 56 78",
        "5m",
        "Is Thursday free?",
        False,
        1,
    )


def test_unread_is_mine_and_ends_where_i_have_read():
    first = make_inbound(content="one")
    make_inbound(content="two")
    ana, tom = make_user(is_staff=True), make_user(is_staff=True)
    mark_read(conversation=first.conversation, user=ana, up_to_id=first.pk)

    assert [row.unread for row in page(user=ana).rows] == [1]
    assert [row.unread for row in page(user=tom).rows] == [2]


def test_unread_is_counted_no_further_than_it_is_shown():
    conversation = make_inbound().conversation
    for number in range(101):
        make_inbound(content=str(number))

    row = page().rows[0]

    assert (row.id, row.unread, row.unread_text) == (conversation.pk, 100, "99+")


@pytest.mark.parametrize("text", ['a\nb\r\n"c" \\ \u2028 é 你好 🙂', "[1,2]\t{}", ", ,"])
def test_texts_with_any_characters_arrive_as_they_are(text):
    conversation = make_inbound(content="one").conversation
    named("Other")
    ana = make_user(is_staff=True)
    Conversation.objects.filter(pk=conversation.pk).update(last_preview=text)
    Contact.objects.filter(pk=conversation.contact_id).update(name=text)
    Draft.objects.create(user=ana, conversation=conversation, reply=text)
    conversation.labels.add(Label.objects.create(name=text))

    row = next(row for row in page(user=ana).rows if row.id == conversation.pk)

    assert (row.name, row.preview, row.labels[0].name) == (text, text, text)
    assert row.draft == " ".join(text.split())


@pytest.mark.parametrize(
    ("minutes", "text", "level"),
    [(3, "3m", ""), (20, "20m", "warn"), (61, "1h", "bad"), (60 * 50, "2d", "bad")],
)
def test_the_wait_for_an_answer_turns_amber_and_red(minutes, text, level):
    named("Ana", minutes=minutes)

    waiting = page().rows[0].waiting

    assert isinstance(waiting, Waiting)
    assert (waiting.text, waiting.level) == (text, level)


def test_an_answered_conversation_does_not_wait():
    conversation = make_inbound().conversation
    make_outbound(conversation, user=make_user())

    assert page().rows[0].waiting is None


def test_a_failed_text_shows_until_it_is_dealt_with():
    message = make_outbound(status="failed")

    before = page().rows[0]
    clear_attention(message=message, by=make_user(), at=NOW)

    assert (before.trouble, before.shows_trouble) == ("failed", True)
    assert (page().rows[0].trouble, page().rows[0].delivery) == ("", "failed")


def test_row_says_that_a_note_mentions_its_reader_until_they_look():
    ana, tom = make_user(is_staff=True), make_user("tom", is_staff=True)
    conversation = make_inbound().conversation
    add_note(conversation=conversation, author=ana, content="@tom please", at=NOW)

    def rows_of(user):
        return [row.is_mentioned for row in page(user=user).rows]

    assert (rows_of(tom), rows_of(ana)) == ([True], [False])
    see_notifications(conversation=conversation, user=tom, at=NOW)
    assert rows_of(tom) == [False]


def test_trouble_with_an_older_text_is_a_mark_beside_the_newest():
    message = make_outbound(status="unconfirmed")
    make_inbound(content="Did you write?")

    row = page().rows[0]

    assert message.conversation_id == row.id
    assert (row.trouble, row.shows_trouble, row.preview) == (
        "unconfirmed",
        False,
        "Did you write?",
    )


def test_my_draft_stands_in_the_place_of_the_preview_and_only_mine():
    conversation = make_inbound().conversation
    ana, tom = make_user(is_staff=True), make_user(is_staff=True)
    Draft.objects.create(user=ana, conversation=conversation, reply="See you\nthen")

    assert [page(user=user).rows[0].draft for user in (ana, tom)] == ["See you then", ""]


def test_a_colleague_who_replies_is_named_until_it_ends():
    conversation = make_inbound().conversation
    tom = make_user(first_name="Tom", last_name="Hale")
    Presence.objects.create(user=tom, conversation=conversation, seen_at=NOW, replying_at=NOW)

    assert page(at=NOW + timedelta(seconds=5)).rows[0].replying == "Tom Hale"
    assert page(at=NOW + timedelta(seconds=30)).rows[0].replying == ""
    assert page(user=tom, at=NOW).rows == []  # not his number
    tom.is_staff = True
    assert page(user=tom, at=NOW).rows[0].replying == ""


def test_two_labels_are_shown_and_the_rest_counted():
    conversation = make_inbound().conversation
    for name, color in (("Urgent", 4), ("Invoice", 2), ("VIP", 6)):
        conversation.labels.add(Label.objects.create(name=name, color=color))

    row = page().rows[0]

    assert (row.labels, row.more_labels) == ([LabelMark("Invoice", 2), LabelMark("Urgent", 4)], 1)


def test_an_opt_out_shows_on_the_number_that_it_covers():
    here = make_inbound(content="STOP").conversation
    there = make_inbound(did=make_did("442071234567")).conversation

    marks = {row.id: row.has_opted_out for row in page().rows}
    opt_outs.record_opt_out(conversation=here, at=NOW, is_for_all_numbers=True)

    assert marks == {here.pk: True, there.pk: False}
    assert {row.has_opted_out for row in page().rows} == {True}


def test_clocks_show_snooze_and_schedule():
    snoozed, scheduled = named("Ana"), named("Tom")
    lifecycle.snooze(conversation=snoozed, until=NOW + timedelta(hours=3), by=make_user(), at=NOW)
    queue_message(
        NewMessage(content="Reminder", send_at=NOW + timedelta(days=2)),
        conversation=scheduled,
        user=None,
        at=NOW,
    )

    assert [row.snoozed_until for row in page("snoozed").rows] == ["12:00"]
    assert [row.scheduled_for for row in page("scheduled").rows] == ["Tue 09:00"]


# Which rows ------------------------------------------------------------------------------------


def test_each_view_holds_its_own():
    ana = make_user("ana", is_staff=True)
    named("open and mine", minutes=1, assignee=ana, needs_reply_since=None)
    named("waits", minutes=2)
    named("closed", minutes=3, status="closed", needs_reply_since=None)
    named("snoozed", minutes=4, status="snoozed", snoozed_until=NOW, needs_reply_since=None)
    failed = named("failed", minutes=5, needs_reply_since=None)
    Message.objects.create(
        conversation=failed,
        did_number=failed.did_number,
        direction="outbound",
        status="failed",
        content="x",
        created_at=NOW,
    )

    views = {
        view: names(view, ana)
        for view in ("needs-reply", "mine", "unassigned", "open", "snoozed", "failed", "closed")
    }

    assert views == {
        "needs-reply": ["waits"],
        "mine": ["open and mine"],
        "unassigned": ["waits", "failed"],
        "open": ["open and mine", "waits", "failed"],
        "snoozed": ["snoozed"],
        "failed": ["failed"],
        "closed": ["closed"],
    }


def test_what_is_snoozed_waits_for_a_reply_only_when_it_wakes():
    ana = make_user(is_staff=True)
    tomorrow = NOW + timedelta(days=1)
    snoozed, _waits = named("snoozed"), named("waits")
    lifecycle.snooze(conversation=snoozed, until=tomorrow, by=ana, at=NOW)
    assert names("needs-reply", ana) == ["waits"]
    assert counts_of(user=ana, numbers=[]).shown["needs-reply"] == "1"

    lifecycle.wake_snoozed(at=tomorrow)

    assert sorted(names("needs-reply", ana)) == ["snoozed", "waits"]
    assert counts_of(user=ana, numbers=[]).shown["needs-reply"] == "2"


def test_unread_holds_what_i_have_not_read():
    ana = make_user(is_staff=True)
    read, _unread = named("read"), named("unread")
    mark_read(conversation=read, user=ana, up_to_id=read.last_message_id)

    assert names("unread", ana) == ["unread"]


def test_a_number_and_a_label_have_views_of_their_own():
    london = make_did("442071234567", label="London")
    named("here"), named("there", number=london)
    vip = Label.objects.create(name="VIP")
    Conversation.objects.get(contact__name="here").labels.add(vip)

    assert names(f"number-{london.pk}") == ["there"]
    assert names(f"label-{vip.pk}") == ["here"]


@pytest.mark.parametrize("view", ["nonsense", "number-", "number-0", "label-x", "open/.."])
def test_there_is_no_other_view(view):
    assert ListQuery.parse(view, {}) is None


def test_filters_combine():
    ana, tom = make_user("ana", is_staff=True), make_user("tom")
    named("tom's, waits", assignee=tom)
    named("tom's, answered", assignee=tom, needs_reply_since=None)
    named("nobody's")

    assert names("open", ana, assignee="tom", needs_reply="1") == ["tom's, waits"]
    assert names("open", ana, assignee="none") == ["nobody's"]
    assert names("open", tom, assignee="me") == []  # not a member of the number


def test_a_member_sees_only_the_numbers_that_are_theirs():
    tom = make_user()
    london = make_did("442071234567", members=(tom,))
    named("theirs"), named("ours", number=london)

    assert names("open", tom) == ["ours"]


def test_a_search_shows_where_it_matches():
    message = make_inbound(content="Thursday is fine")

    (row,) = page("all", q="thurs").rows

    assert row.message_id == message.pk
    assert row.text_parts == [("Thurs", True), ("day is fine", False)]


@pytest.mark.parametrize("name", ["", "Elena"])
def test_a_search_for_a_number_shows_where_it_matches(name):
    named(name)
    number = [("+", False), ("34 600", True), (" 00 00 00", False)]

    (row,) = page("all", q="34600").rows

    assert (row.text_parts if name else row.name_parts) == number
    assert (row.name_parts if name else row.text_parts) == ([("Elena", False)] if name else [])


def test_a_search_shows_the_note_that_it_found():
    message = make_inbound(content="Hello")
    note, _new = add_note(
        conversation=message.conversation, author=make_user(), content="VIP: call 99881", at=NOW
    )

    (row,) = page("all", q="vip 99881").rows

    assert (row.message_id, row.note_id) == (message.pk, note.pk)
    assert row.text_parts == [("VIP", True), (": call ", False), ("99881", True)]


def test_a_search_shows_the_memo_unless_the_number_is_meant():
    conversation = named("Elena")
    write_memo(conversation=conversation, text="34600 is her PIN")

    (by_word,) = page("all", q="pin").rows
    (by_number,) = page("all", q="34600").rows

    assert by_word.is_of_memo
    assert by_word.text_parts == [("34600 is her ", False), ("PIN", True)]
    assert not by_number.is_of_memo
    assert by_number.text_parts == [("+", False), ("34 600", True), (" 00 00 00", False)]


def test_a_number_typed_with_a_zero_in_front_is_marked_without_it():
    named("Elena")

    (row,) = page("all", q="0600 00").rows

    assert row.text_parts == [("+34 ", False), ("600 00", True), (" 00 00", False)]


def test_a_row_says_who_of_the_team_wrote():
    ana, tom = make_user("ana", first_name="Ana", is_staff=True), make_user("tom")
    conversation = named("")
    make_outbound(conversation, "Yes", user=ana)

    def writer(reader):
        (row,) = page("all", reader).rows
        return row.is_mine, row.written_by

    assert (writer(ana), writer(make_user(is_staff=True))) == ((True, "Ana"), (False, "Ana"))
    make_outbound(conversation, "No", user=tom)
    assert writer(ana) == (False, "tom")
    make_outbound(conversation, "Help is near")
    assert writer(ana) == (False, "")


def test_a_row_says_a_chinese_name_whole():
    wei = make_user(first_name="伟", last_name="张")
    conversation = named("", assignee=wei)
    make_outbound(conversation, "Yes", user=wei)

    (row,) = page("all", make_user(is_staff=True)).rows

    assert (row.written_by, row.assignee_name) == ("张伟", "张伟")


# In which order --------------------------------------------------------------------------------


def test_newest_first_or_longest_waiting_first():
    named("second", minutes=2)
    named("answered", minutes=1, needs_reply_since=None)
    named("first", minutes=9)

    assert names("open") == ["answered", "second", "first"]
    assert names("open", sort="waiting") == ["first", "second", "answered"]
    assert names("needs-reply") == ["first", "second"]


@pytest.mark.parametrize("sort", ["newest", "waiting"])
def test_pages_together_hold_everything_once(sort):
    count = PAGE_SIZE * 2 + 3
    for number in range(count):
        answered = {"needs_reply_since": None} if number % 3 else {}
        # Several have the same time: the id decides.
        named(f"{number}", minutes=number // 4, **answered)
    ana = make_user(is_staff=True)

    found, before, pages = [], "", 0
    while True:
        result = page("open", ana, sort=sort, before=before)
        found += [row.name for row in result.rows]
        before, pages = result.next_cursor, pages + 1
        if not before:
            break

    assert pages == 3
    assert len(found) == count
    assert set(found) == {str(number) for number in range(count)}


@pytest.mark.parametrize("before", ["x", "n~yesterday~3", "n~2026-11-22~3", "~~", "n~~-1"])
def test_a_page_that_cannot_be_read_is_the_first(before):
    named("Ana")

    assert names("open", before=before) == ["Ana"]


# At what cost ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_queries_at_any_length(count, django_assert_num_queries):
    ana = make_user(is_staff=True)
    for number in range(count):
        conversation = named(f"{number}", minutes=number)
        make_outbound(conversation, status="failed")
        conversation.labels.add(Label.objects.create(name=f"{number}"))

    with django_assert_num_queries(1):
        assert len(page("open", ana).rows) == count
