"""One thing done to many: each by itself, what came of it, the way back."""

from datetime import timedelta

import pytest

from messaging.models import Conversation, Label, ReadMark
from messaging.services.errors import InvalidInput
from messaging.services.inbox.bulk import (
    MOST_AT_ONCE,
    MOST_SELECTED,
    BulkAction,
    CarriedLabels,
    change_many,
    labels_of_many,
    matching_ids,
    undo_many,
)
from messaging.services.inbox.query import ListQuery
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def ana():
    return make_user("ana", is_staff=True)


@pytest.fixture
def three(db):
    return [make_inbound(phone=f"3460000000{number}").conversation for number in range(3)]


def ids(conversations):
    return [conversation.pk for conversation in conversations]


def statuses():
    return sorted(Conversation.objects.values_list("status", flat=True))


def test_closing_many_and_taking_it_back(ana, three):
    result = change_many(action=BulkAction("close"), ids=ids(three), user=ana, at=NOW)
    after = statuses()
    undone = undo_many(changes=result.undo, user=ana, at=NOW)

    assert after == ["closed"] * 3
    assert len(undone.undo) == 3
    assert statuses() == ["open"] * 3
    assert Conversation.objects.filter(needs_reply_since__isnull=False).count() == 3


def test_what_is_so_already_is_counted_and_not_taken_back(ana, three):
    change_many(action=BulkAction("close"), ids=ids(three)[:1], user=ana, at=NOW)

    result = change_many(action=BulkAction("close"), ids=ids(three), user=ana, at=NOW)

    assert (len(result.undo), result.unchanged) == (2, 1)


def test_each_that_cannot_be_changed_is_named_with_the_reason(ana, three):
    tom = make_user("tom")
    make_did().members.add(tom)
    elsewhere = make_inbound(did=make_did("442071234567"), phone="447700900123").conversation

    result = change_many(
        action=BulkAction("assign", assignee=tom), ids=ids([*three, elsewhere]), user=ana, at=NOW
    )

    assert len(result.undo) == 3
    assert result.refused == [("+44 7700 900123", "This colleague isn’t a member of this number.")]


def test_conversations_that_i_may_not_see_are_left_alone(three):
    tom = make_user("tom")

    result = change_many(action=BulkAction("close"), ids=ids(three), user=tom, at=NOW)

    assert (result.undo, result.unchanged, result.refused) == ([], 0, [])
    assert statuses() == ["open"] * 3


def test_labels_go_on_and_off(ana, three):
    vip = Label.objects.create(name="VIP")

    change_many(action=BulkAction("label", label=vip), ids=ids(three), user=ana, at=NOW)
    labeled = vip.conversations.count()
    change_many(action=BulkAction("unlabel", label=vip), ids=ids(three)[:2], user=ana, at=NOW)

    assert (labeled, vip.conversations.count()) == (3, 1)


def test_marking_read_is_mine_and_has_no_way_back(ana, three):
    result = change_many(action=BulkAction("read"), ids=ids(three), user=ana, at=NOW)

    assert {token for _pk, token in result.undo} == {""}
    assert ReadMark.objects.filter(user=ana).count() == 3


def test_snoozing_needs_a_time_that_comes(ana, three):
    action = BulkAction("snooze", until=NOW - timedelta(hours=1))

    with pytest.raises(InvalidInput, match="Choose a time in the future"):
        change_many(action=action, ids=ids(three), user=ana, at=NOW)

    later = BulkAction("snooze", until=NOW + timedelta(hours=1))
    change_many(action=later, ids=ids(three), user=ana, at=NOW)
    assert statuses() == ["snoozed"] * 3


@pytest.mark.parametrize(
    ("action", "numbers", "words"),
    [
        (BulkAction("explode"), [1], "Unknown action"),
        (BulkAction("close"), [], "Select conversations first"),
        (BulkAction("label"), [1], "Choose a label"),
        (BulkAction("close"), list(range(MOST_AT_ONCE + 1)), "Too many"),
    ],
    ids=["unknown", "nothing selected", "no label", "too many"],
)
def test_what_cannot_be_done_says_why(ana, action, numbers, words):
    with pytest.raises(InvalidInput, match=words):
        change_many(action=action, ids=numbers, user=ana, at=NOW)


def test_an_undo_never_runs_over_a_colleague(ana, three):
    result = change_many(action=BulkAction("close"), ids=ids(three), user=ana, at=NOW)
    Conversation.objects.filter(pk=three[0].pk).update(status="open")

    undone = undo_many(changes=result.undo, user=ana, at=NOW)

    assert (len(undone.undo), len(undone.refused)) == (2, 1)


def test_everything_that_fits_a_list_can_be_selected(ana, three):
    query = ListQuery.parse("open", {"q": "3460000000"})
    mine = ListQuery.parse("mine", {})
    assert query is not None
    assert mine is not None

    assert dict(matching_ids(query=query, user=ana)) == {
        conversation.pk: conversation.last_inbound_id for conversation in three
    }
    assert matching_ids(query=mine, user=ana) == []


def test_labels_of_a_selection_are_counted_where_they_are_seen(three):
    tom = make_user("tom")
    make_did(members=(tom,))
    hidden = make_inbound(make_did("34910000000")).conversation
    vip, late = Label.objects.create(name="VIP"), Label.objects.create(name="Pays late")
    Label.objects.create(name="On none")
    for conversation in (*three, hidden):
        conversation.labels.add(vip)
    three[0].labels.add(late)

    found = labels_of_many(ids=ids([*three, hidden]), user=tom)

    assert found == CarriedLabels(total=3, counts={vip.pk: 3, late.pk: 1})
    assert labels_of_many(ids=[], user=tom) == CarriedLabels(total=0, counts={})


def test_labels_of_the_longest_selection_are_counted(ana, three):
    vip = Label.objects.create(name="VIP")
    three[0].labels.add(vip)

    found = labels_of_many(ids=[three[0].pk, *range(10**6, 10**6 + MOST_SELECTED)], user=ana)

    assert found == CarriedLabels(total=1, counts={vip.pk: 1})
