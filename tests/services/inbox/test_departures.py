"""A colleague leaves: conversations move with a line in each thread, nobody gone keeps any."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from messaging.models import Change, Conversation, ConversationEvent, Message, Notification
from messaging.services.conversations.lifecycle import close, reopen, snooze
from messaging.services.errors import InvalidInput
from messaging.services.inbox.departures import (
    cancel_scheduled,
    departures,
    move_conversations,
    release_abandoned,
    scheduled_by,
)
from messaging.services.team.members import assignees_for, works_with
from tests.factories import (
    NOW,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LATER = NOW + timedelta(days=1)


@pytest.fixture
def ana() -> User:
    return make_user("ana", first_name="Ana")


@pytest.fixture
def ben() -> User:
    return make_user("ben", first_name="Ben")


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True, first_name="Zoe")


@pytest.fixture
def did(ana, ben):
    return make_did(members=(ana, ben))


def given(user: User, phone: str, did=None, *, status: str = "open") -> Conversation:
    """A conversation that somebody has."""
    conversation = make_conversation(did, phone)
    until = LATER if status == "snoozed" else None
    Conversation.objects.filter(pk=conversation.pk).update(
        assignee=user, status=status, snoozed_until=until
    )
    return Conversation.objects.get(pk=conversation.pk)


def events() -> list[tuple[str, str | None, str | None]]:
    return [
        (event.kind, event.actor and event.actor.username, event.subject and event.subject.username)
        for event in ConversationEvent.objects.exclude(kind="started").order_by("pk")
    ]


def assignees() -> list[str | None]:
    return list(Conversation.objects.order_by("pk").values_list("assignee__username", flat=True))


def test_open_and_snoozed_conversations_count_and_closed_ones_do_not(ana, ben, boss, did):
    for number, status in enumerate(["open", "snoozed", "closed"]):
        given(ana, f"3461234567{number}", did, status=status)
    given(ben, "34612345679", did)
    other = make_did("34911222333", label="Sales")

    [departure] = departures(user=ana, did_numbers=[did, other])

    assert (departure.user, departure.did_number, departure.count) == (ana, did, 2)
    assert departure.takers == [ben, boss]


def test_nobody_who_leaves_at_the_same_time_takes_anything(ana, ben, boss, did):
    given(ana, "34612345671", did)

    [departure] = departures(user=ana, did_numbers=[did], leaving={ana.pk, ben.pk})

    assert departure.takers == [boss]


def test_everything_open_moves_in_one_step_and_the_new_assignee_is_told(ana, ben, boss, did):
    moved = [
        given(ana, "34612345671", did),
        given(ana, "34612345672", did, status="snoozed"),
    ]
    given(ana, "34612345673", did, status="closed")
    given(ana, "34612345674", make_did("34911222333", members=(ana,)))
    Change.objects.all().delete()

    count = move_conversations(user=ana, did_number=did, to=ben, by=boss, at=NOW)

    assert (count, assignees()) == (2, ["ben", "ben", "ana", "ana"])
    assert events() == [("assigned", "boss", "ben")] * 2
    assert list(
        Notification.objects.order_by("pk").values_list("user", "conversation", "reason")
    ) == [(ben.pk, conversation.pk, "assigned") for conversation in moved]
    assert [(change.kind, change.conversation_id) for change in Change.objects.order_by("pk")] == [
        (Change.Kind.CONVERSATION, conversation.pk) for conversation in moved
    ]


def test_unassigned_is_an_answer_too_and_tells_nobody(ana, boss, did):
    given(ana, "34612345671", did)

    assert move_conversations(user=ana, did_number=did, to=None, by=boss, at=NOW) == 1
    assert (assignees(), events()) == ([None], [("unassigned", "boss", None)])
    assert not Notification.objects.exists()


def test_who_takes_over_themselves_need_not_be_told(ana, boss, did):
    given(ana, "34612345671", did)

    move_conversations(user=ana, did_number=did, to=boss, by=boss, at=NOW)

    assert (assignees(), Notification.objects.count()) == (["boss"], 0)


@pytest.mark.parametrize("is_active", [True, False], ids=["no member", "inactive"])
def test_nothing_goes_to_somebody_who_could_not_see_it(ana, boss, did, is_active):
    given(ana, "34612345671", did)
    eve = make_user("eve", is_active=is_active)
    if not is_active:
        did.members.add(eve)

    with pytest.raises(InvalidInput):
        move_conversations(user=ana, did_number=did, to=eve, by=boss, at=NOW)

    assert (assignees(), events()) == (["ana"], [])


def schedule(user: User, did, at) -> Message:
    conversation = make_conversation(did)
    return make_outbound(
        conversation, "See you", user=user, status="scheduled", send_at=at, not_before=at
    )


def test_what_somebody_scheduled_is_listed_and_can_be_canceled(ana, ben, boss, did):
    second, first = schedule(ana, did, LATER), schedule(ana, did, NOW + timedelta(hours=1))
    schedule(ben, did, LATER)
    other = make_did("34911222333")
    elsewhere = schedule(ana, other, LATER)

    found = list(scheduled_by(user=ana, did_numbers=[did]))
    canceled = cancel_scheduled(messages=found, by=boss, at=NOW)

    assert (found, canceled) == ([first, second], 2)
    kept = Message.objects.filter(status="scheduled").order_by("pk")
    assert [message.sent_by for message in kept] == [ben, ana]
    assert kept.last() == elsewhere


def test_a_message_whose_time_came_meanwhile_is_no_error(ana, boss, did):
    message = schedule(ana, did, LATER)
    Message.objects.filter(pk=message.pk).update(status="sent")

    assert cancel_scheduled(messages=[message], by=boss, at=NOW) == 0


# --- The safety net ---


def test_what_people_who_are_gone_still_have_is_unassigned(ana, ben, boss, did):
    gone = make_user("gone")
    outsider = make_user("outsider")
    did.members.add(gone)
    for number, (user, status) in enumerate(
        [
            (gone, "open"),
            (gone, "snoozed"),
            (gone, "closed"),
            (outsider, "open"),
            (ana, "open"),
            (boss, "snoozed"),
            (make_user("root", is_superuser=True), "open"),
        ]
    ):
        given(user, f"3461234567{number}", did, status=status)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    counts = [release_abandoned(at=NOW), release_abandoned(at=NOW)]

    assert counts == [3, 0]
    assert assignees() == [None, None, "gone", None, "ana", "boss", "root"]
    assert events() == [("unassigned", None, None)] * 3


@pytest.mark.parametrize("change", ["deactivated", "no member any more"])
def test_a_conversation_that_comes_back_does_not_come_back_to_who_left(ana, ben, did, change):
    conversations = [given(ana, f"3461234567{number}", did) for number in range(3)]
    for conversation in conversations[:2]:
        close(conversation=conversation, by=ben, at=NOW)
    snooze(conversation=conversations[2], until=LATER, by=ben, at=NOW)
    if change == "deactivated":
        User.objects.filter(pk=ana.pk).update(is_active=False)
    else:
        did.members.remove(ana)
    ConversationEvent.objects.all().delete()

    reopen(conversation=conversations[0], by=ben, at=NOW)
    make_inbound(did, "34612345671")
    make_inbound(did, "34612345672")

    assert assignees() == [None] * 3
    assert events() == [
        ("reopened", "ben", None),
        ("unassigned", None, None),
        ("reopened", None, None),
        ("unassigned", None, None),
        ("reopened", None, None),
        ("unassigned", None, None),
    ]


def test_a_conversation_comes_back_to_who_is_still_there(ana, ben, did):
    conversation = given(ana, "34612345671", did, status="closed")

    reopen(conversation=conversation, by=ben, at=NOW)

    assert (assignees(), events()) == (["ana"], [("reopened", "ben", None)])


# --- Who works with whom ---


def test_members_and_administrators_work_with_a_number_while_they_are_active(ana, boss, did):
    people = [
        ana,
        boss,
        make_user("root", is_superuser=True),
        make_user("eve"),
        make_user("off", is_staff=True, is_active=False),
    ]

    found = [works_with(user=user, did_number=did) for user in people]

    assert found == [True, True, True, False, False]


def test_a_list_can_be_narrowed_to_everybody_who_has_something(ana, ben, boss, did):
    gone, stranger = make_user("gone", first_name="Gil"), make_user("stranger", first_name="Sue")
    make_user("idle", is_active=False)
    given(gone, "34612345671", did, status="closed")
    given(stranger, "34612345672", make_did("34911222333"))
    User.objects.filter(pk__in=[gone.pk, stranger.pk]).update(is_active=False)

    found = {user: [each.username for each in assignees_for(user=user)] for user in (ana, boss)}

    assert found == {
        ana: ["ana", "ben", "gone", "boss"],
        boss: ["ana", "ben", "gone", "stranger", "boss"],
    }
