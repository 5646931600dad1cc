"""The admin asks who takes over before somebody loses a number."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from messaging.models import Conversation, ConversationEvent, DidNumber, Message
from tests.factories import make_conversation, make_did, make_outbound, make_user, show_who

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True)


@pytest.fixture
def admin(boss) -> Client:
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def ana() -> User:
    return make_user("ana", first_name="Ana")


@pytest.fixture
def ben() -> User:
    return make_user("ben", first_name="Ben")


@pytest.fixture
def did(ana, ben) -> DidNumber:
    return make_did(members=(ana, ben))


@pytest.fixture
def conversation(ana, did) -> Conversation:
    conversation = make_conversation(did)
    Conversation.objects.update(assignee=ana)
    return conversation


def person_form(user: User, did: DidNumber | None, **changes: object) -> dict[str, object]:
    numbers = [did.pk] if did else []
    return {"username": user.username, "is_active": "on", "did_numbers": numbers} | changes


def number_form(*members: User) -> dict[str, object]:
    return {
        "label": "Front desk",
        "is_active": "on",
        "members": [user.pk for user in members],
        "max_per_second": "1",
        "help_reply": "",
    }


def post_person(client: Client, user: User, form: dict[str, object]):
    return client.post(f"/admin/auth/user/{user.pk}/change/", form)


def without(form: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in form.items() if key != name}


@pytest.mark.parametrize("change", ["deactivate", "take the number", "both"])
def test_nothing_is_saved_before_the_answer(admin, ana, ben, did, conversation, change):
    form = person_form(ana, did if change == "deactivate" else None)
    if change != "take the number":
        form = without(form, "is_active")

    asked = post_person(admin, ana, form).content.decode()

    ana.refresh_from_db()
    conversation.refresh_from_db()
    assert "Ana has 1 open conversation on Front desk. Assign it to" in asked
    assert f'<option value="{ben.pk}">Ben</option>' in asked
    assert f'<option value="{ana.pk}">' not in asked
    assert (ana.is_active, list(ana.did_numbers.all())) == (True, [did])
    assert conversation.assignee == ana


@pytest.mark.parametrize("answer", ["ben", "boss", "", "ana", "nonsense"])
def test_the_answer_moves_the_conversations_with_an_event(
    admin, boss, ana, ben, did, conversation, answer
):
    people = {"ben": ben, "boss": boss, "ana": ana}
    chosen = str(people[answer].pk) if answer in people else answer
    form = without(person_form(ana, did), "is_active")
    answers = {"takeover": "1", f"to-{ana.pk}-{did.pk}": chosen}

    post_person(admin, ana, form | answers)

    ana.refresh_from_db()
    conversation.refresh_from_db()
    expected = people[answer] if answer in {"ben", "boss"} else None
    event = ConversationEvent.objects.latest("pk")
    assert (ana.is_active, conversation.assignee) == (False, expected)
    assert (event.kind, event.actor, event.subject) == (
        "assigned" if expected else "unassigned",
        boss,
        expected,
    )


def test_the_page_carries_everything_that_the_form_said(admin, ana, did, conversation):
    form = without(person_form(ana, did, first_name='Ana "A"', last_name="Ruiz"), "is_active")

    asked = post_person(admin, ana, form | {"_continue": "1"})
    again = dict(asked.context["posted"])
    post_person(admin, ana, again | {"takeover": "1"})

    ana.refresh_from_db()
    assert again == {
        "username": "ana",
        "did_numbers": str(did.pk),
        "first_name": 'Ana "A"',
        "last_name": "Ruiz",
        "_continue": "1",
    }
    assert (ana.first_name, ana.last_name, ana.is_active) == ('Ana "A"', "Ruiz", False)


def test_a_form_that_is_wrong_is_shown_again_before_anything_is_asked(
    admin, ana, did, conversation
):
    show_who(admin)  # the address of links changes
    form = without(person_form(ana, did, email="nonsense"), "is_active")

    answer = post_person(admin, ana, form)

    assert list(answer.context["adminform"].form.errors) == ["email"]


def test_who_stops_being_an_administrator_leaves_the_numbers_they_are_no_member_of(admin, did):
    eve = make_user("eve", is_staff=True)
    conversation = make_conversation(did)
    Conversation.objects.update(assignee=eve)

    asked = post_person(admin, eve, person_form(eve, None)).content.decode()
    kept = post_person(admin, eve, person_form(eve, did)).status_code

    conversation.refresh_from_db()
    assert "eve has 1 open conversation on Front desk." in asked
    assert (kept, conversation.assignee) == (302, eve)


def test_without_anything_open_nobody_is_asked(admin, ana, did):
    answer = post_person(admin, ana, without(person_form(ana, did), "is_active"))

    ana.refresh_from_db()
    assert (answer.status_code, ana.is_active) == (302, False)


@pytest.fixture
def scheduled(ana, did) -> Message:
    at = timezone.now() + timedelta(days=1)
    return make_outbound(
        make_conversation(did),
        "See you tomorrow",
        user=ana,
        status="scheduled",
        send_at=at,
        not_before=at,
    )


@pytest.mark.parametrize(("answer", "status"), [("keep", "scheduled"), ("cancel", "canceled")])
def test_what_they_had_scheduled_is_listed_and_kept_or_canceled(
    admin, ana, did, scheduled, answer, status
):
    Conversation.objects.update(assignee=None)
    form = without(person_form(ana, did), "is_active")

    asked = post_person(admin, ana, form).content.decode()
    post_person(admin, ana, form | {"takeover": "1", "scheduled": answer})

    ana.refresh_from_db()
    scheduled.refresh_from_db()
    assert "See you tomorrow" in asked
    assert (ana.is_active, scheduled.status) == (False, status)


def test_members_who_are_unticked_at_a_number_are_asked_about_together(
    admin, boss, ana, ben, did, conversation
):
    second = make_conversation(did, "34612345670")
    Conversation.objects.filter(pk=second.pk).update(assignee=ben)
    address = f"/admin/messaging/didnumber/{did.pk}/change/"

    asked = admin.post(address, number_form()).content.decode()
    admin.post(
        address,
        number_form() | {"takeover": "1", f"to-{ben.pk}-{did.pk}": str(boss.pk)},
    )

    conversation.refresh_from_db()
    second.refresh_from_db()
    assert ["Ana has 1" in asked, "Ben has 1" in asked] == [True, True]
    assert f'<option value="{ben.pk}">' not in asked
    assert (conversation.assignee, second.assignee) == (None, boss)
    assert list(did.members.all()) == []


def test_an_administrator_who_is_unticked_still_sees_the_number(admin, boss, did):
    did.members.add(boss)
    conversation = make_conversation(did)
    Conversation.objects.update(assignee=boss)
    members = [user for user in did.members.all() if user != boss]

    answer = admin.post(f"/admin/messaging/didnumber/{did.pk}/change/", number_form(*members))

    conversation.refresh_from_db()
    assert (answer.status_code, conversation.assignee) == (302, boss)


def test_the_api_unassigns_what_a_member_leaves(boss, ana, ben, did, conversation):
    client = APIClient()
    client.force_authenticate(boss)

    answer = client.patch(f"/api/v1/numbers/{did.pk}/", {"members": ["ben"]}, format="json")

    conversation.refresh_from_db()
    event = ConversationEvent.objects.latest("pk")
    assert (answer.status_code, answer.json()["members"]) == (200, ["ben"])
    assert conversation.assignee is None
    assert (event.kind, event.actor, event.subject) == ("unassigned", boss, None)


def test_somebody_who_is_gone_is_still_in_the_inboxs_filter(admin, ana, conversation):
    User.objects.filter(pk=ana.pk).update(is_active=False)

    html = admin.get("/inbox/open/").content.decode()

    assert 'value="ana"' in html


@pytest.mark.parametrize("what", ["assigned", "an event", "nothing"])
def test_who_has_worked_on_conversations_is_deactivated_rather_than_deleted(
    admin, boss, ana, did, what
):
    conversation = make_conversation(did)
    if what == "assigned":
        Conversation.objects.update(assignee=ana)
    elif what == "an event":
        ConversationEvent.objects.create(
            conversation=conversation, kind="assigned", subject=ana, at=timezone.now()
        )

    admin.post(f"/admin/auth/user/{ana.pk}/delete/", {"post": "yes"})

    assert User.objects.filter(pk=ana.pk).exists() == (what != "nothing")
