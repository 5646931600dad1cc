"""Read watermarks: what is behind one needs no look, and nothing unread is ever missed."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from messaging.models import Conversation, ReadWatermark, WatermarkException
from messaging.services.conversations import lifecycle
from messaging.services.conversations.undo import state_of, undo, undo_token
from messaging.services.inbox.counts import counts_of
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.reading import watermarks
from messaging.services.reading.read_marks import mark_read, mark_unread
from messaging.services.reading.unread import unread_by, unread_ids
from messaging.services.reading.watermarks import TARGET_AGE, move_watermarks
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

DISTANCE, STEP = 2, 1


@pytest.fixture(autouse=True)
def close_watermarks(monkeypatch):
    monkeypatch.setattr(watermarks, "DISTANCE", DISTANCE)
    monkeypatch.setattr(watermarks, "STEP", STEP)


@pytest.fixture
def ana():
    return make_user("ana", is_staff=True)


def arrive(count, *, first=0, did=None):
    """As many conversations with an unread text each, oldest first."""
    return [
        make_inbound(did, f"346000{number:05d}").conversation
        for number in range(first, first + count)
    ]


def read(user, *several):
    for conversation in several:
        conversation.refresh_from_db()
        mark_read(conversation=conversation, user=user, up_to_id=conversation.last_message_id or 0)


def move(*, at=NOW):
    """Set a target, wait, and move."""
    move_watermarks(at=at)
    return move_watermarks(at=at + TARGET_AGE)


def watermark_of(user):
    return ReadWatermark.objects.get(user=user).before_id


def count_of(user):
    return counts_of(user=user, numbers=[]).unread


def looked_for(user):
    """What a look at every open conversation finds."""
    rows = unread_by(Conversation.objects.visible_to(user).open(), user=user)
    return set(rows.values_list("pk", flat=True))


def test_read_watermark_follows_a_user_who_reads(ana):
    several = arrive(6)
    read(ana, *several)

    assert move() == 1

    assert watermark_of(ana) == several[-1 - DISTANCE].last_inbound_id
    assert count_of(ana) == 0


def test_read_watermark_moves_only_to_a_target_of_a_while_before(ana):
    read(ana, *arrive(6))

    assert move_watermarks(at=NOW) == 0
    assert move_watermarks(at=NOW + TARGET_AGE - timedelta(seconds=1)) == 0
    assert move_watermarks(at=NOW + TARGET_AGE) == 1


def test_few_conversations_have_no_watermark(ana):
    read(ana, *arrive(DISTANCE + STEP))

    assert move() == 0
    assert not ReadWatermark.objects.exists()


def test_read_watermark_rests_until_more_has_come(ana):
    read(ana, *arrive(6))
    move()

    assert move(at=NOW + timedelta(hours=1)) == 0
    read(ana, *arrive(STEP + 1, first=6))
    assert move(at=NOW + timedelta(hours=2)) == 1


def test_what_is_unread_is_an_exception_and_found(ana):
    several = arrive(6)
    read(ana, *several[1:])

    move()

    assert watermark_of(ana) > several[0].last_inbound_id
    assert count_of(ana) == 1
    assert unread_ids(ana) == [several[0].pk]


def test_new_text_in_an_exception_counts_once(ana):
    several = arrive(6)
    read(ana, *several[1:])
    move()

    arrive(1)

    assert count_of(ana) == 1
    assert unread_ids(ana) == [several[0].pk]


def test_what_is_read_later_is_no_exception_any_more(ana):
    several = arrive(6)
    read(ana, *several[1:])
    move()

    read(ana, several[0])
    assert count_of(ana) == 0
    read(ana, *arrive(3, first=6))
    move(at=NOW + timedelta(hours=1))
    assert not WatermarkException.objects.exists()


def test_read_watermark_stays_where_exceptions_are_many(ana, monkeypatch):
    monkeypatch.setattr(watermarks, "MOST_EXCEPTIONS", 2)
    several = arrive(8)

    move()
    move(at=NOW + timedelta(hours=1))

    assert watermark_of(ana) == several[1].last_inbound_id + 1
    assert count_of(ana) == 8


def test_read_watermark_goes_a_long_way_in_several_turns(ana, monkeypatch):
    monkeypatch.setattr(watermarks, "MOST_PASSED", 2)
    several = arrive(8)
    read(ana, *several)

    for hours in range(4):
        move(at=NOW + timedelta(hours=hours))

    assert watermark_of(ana) == several[-1 - DISTANCE - STEP].last_inbound_id


def test_read_watermark_is_of_one_person(ana):
    tom = make_user("tom", is_staff=True)
    several = arrive(6)
    read(ana, *several)
    move()

    assert (count_of(ana), count_of(tom)) == (0, 6)


def test_read_watermarks_are_given_to_those_who_see_the_number(ana):
    member, _stranger = make_user("member"), make_user("stranger")
    make_user("gone", is_staff=True, is_active=False)
    make_did(members=(member,))
    arrive(6)

    move()

    assert set(ReadWatermark.objects.values_list("user__username", flat=True)) == {"ana", "member"}


def test_marked_unread_behind_the_read_watermark_is_found(ana):
    several = arrive(6)
    read(ana, *several)
    move()

    several[0].refresh_from_db()
    mark_unread(conversation=several[0], user=ana)

    assert unread_ids(ana) == [several[0].pk]


# --- What was away as the watermark passed, and comes back without a new text ---


def close(conversation, *, by):
    lifecycle.close(conversation=conversation, by=by, at=NOW)


@pytest.fixture
def closed_and_passed(ana):
    """A conversation that Tom closed before Ana read it; her watermark has passed it."""
    tom = make_user("tom", is_staff=True)
    several = arrive(7)
    close(several[0], by=tom)
    read(ana, *several[1:])
    move()
    assert count_of(ana) == 0
    several[0].refresh_from_db()
    return several[0]


def test_reopened_is_unread_again(ana, closed_and_passed):
    lifecycle.reopen(conversation=closed_and_passed, by=ana, at=NOW)

    assert unread_ids(ana) == [closed_and_passed.pk]


def test_reopened_by_an_answer_is_unread_for_the_others(ana, closed_and_passed):
    tom = make_user("tim", is_staff=True)
    queue_message(NewMessage(content="Hello"), conversation=closed_and_passed, user=tom, at=NOW)

    assert unread_ids(ana) == [closed_and_passed.pk]


def test_snooze_that_ends_is_unread_again(ana, closed_and_passed):
    until = NOW + timedelta(hours=1)
    lifecycle.snooze(conversation=closed_and_passed, until=until, by=ana, at=NOW)

    assert lifecycle.wake_snoozed(at=until) == 1

    assert unread_ids(ana) == [closed_and_passed.pk]


def test_closing_that_is_undone_is_unread_again(ana):
    several = arrive(7)
    before = state_of(conversation_id=several[0].pk)
    close(several[0], by=ana)
    token = undo_token(before=before, user=ana)
    read(ana, *several[1:])
    move()

    undo(conversation=several[0], token=token, user=ana, at=NOW)

    assert unread_ids(ana) == [several[0].pk]


def test_what_was_closed_while_an_exception_is_forgotten_and_found_again(ana):
    several = arrive(7)
    read(ana, *several[1:])
    move()
    close(several[0], by=ana)
    read(ana, *arrive(3, first=7))
    move(at=NOW + timedelta(hours=1))
    assert not WatermarkException.objects.exists()

    lifecycle.reopen(conversation=several[0], by=ana, at=NOW)

    assert unread_ids(ana) == [several[0].pk]


# --- Lists ---


def test_list_of_what_is_unread_is_in_order_and_filtered(ana):
    london = make_did("442071234567", label="London")
    several = [*arrive(4), *arrive(3, did=london)]
    read(ana, several[1])
    query = ListQuery(view="unread")

    def ids(query):
        return {record.id for record in list_page(query=query, user=ana, at=NOW).records}

    assert ids(query) == {one.pk for one in several} - {several[1].pk}
    assert ids(query.without(number=london.pk)) == {one.pk for one in several[4:]}
    assert ids(ListQuery(view=f"number-{london.pk}", is_unread=True)) == {
        one.pk for one in several[4:]
    }
    assert ids(ListQuery(view="mine", is_unread=True)) == set()


def test_too_much_that_is_unread_is_listed_all_the_same(ana, monkeypatch):
    monkeypatch.setattr("messaging.services.reading.unread.MOST_LISTED", 3)
    several = arrive(4)

    assert unread_ids(ana) is None
    page = list_page(query=ListQuery(view="unread"), user=ana, at=NOW)
    assert {record.id for record in page.records} == {one.pk for one in several}


def test_list_looks_further_than_a_count_where_no_read_watermark_was_moved(ana, monkeypatch):
    monkeypatch.setattr("messaging.services.reading.unread.WINDOW", 4)
    several = arrive(6)
    read(ana, *several[1:])

    assert unread_ids(ana) is None
    page = list_page(query=ListQuery(view="unread"), user=ana, at=NOW)
    assert [record.id for record in page.records] == [several[0].pk]

    move()
    assert unread_ids(ana) == [several[0].pk]


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 9))]
)
def test_whatever_is_done_the_same_is_found_as_by_a_look_at_everything(ana, seed):
    dice = Random(seed)
    people = [ana, make_user("member")]
    number = make_did(members=(people[1],))
    numbers = [number, make_did("442071234567", label="London")]
    at = NOW

    def some():
        return dice.choice(list(Conversation.objects.select_related("did_number")) or arrive(1))

    def turn_watermarks():
        move_watermarks(at=at)

    def arrival():
        arrive(1, first=dice.randrange(14), did=dice.choice(numbers))

    def snooze():
        lifecycle.snooze(conversation=some(), until=at + TARGET_AGE, by=ana, at=at)

    acts = {
        arrival: 8,
        turn_watermarks: 4,
        lambda: read(dice.choice(people), some()): 8,
        lambda: mark_unread(conversation=some(), user=dice.choice(people)): 1,
        lambda: close(some(), by=ana): 3,
        lambda: lifecycle.reopen(conversation=some(), by=ana, at=at): 2,
        snooze: 1,
        lambda: lifecycle.wake_snoozed(at=at): 1,
    }
    for _turn in range(100):
        at += TARGET_AGE / 2
        (act,) = dice.choices(list(acts), weights=acts.values())
        act()
        for user in people:
            wanted = looked_for(user)
            assert set(unread_ids(user) or ()) == wanted
            assert count_of(user) == len(wanted)
    assert ReadWatermark.objects.filter(before_id__gt=0).exists()
