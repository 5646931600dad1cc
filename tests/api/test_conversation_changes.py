"""What the API changes: assignment, labels, state, notes, contacts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import Contact, Conversation, Label, Note
from messaging.services.conversations.notes import add_note
from tests.api.conftest import client_of, error_of
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db
SOON = (timezone.now() + timedelta(days=365)).replace(microsecond=0)


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


@pytest.fixture
def conversation(did):
    return make_inbound(did).conversation


@pytest.fixture
def url(conversation):
    return f"/api/v1/conversations/{conversation.pk}/"


def test_a_conversation_is_assigned_labeled_and_closed_in_one_call(api, url, boss, did):
    vip = Label.objects.create(name="VIP")
    old = Label.objects.create(name="Old")
    Conversation.objects.get().labels.add(old)
    did.members.add(boss)

    answer = api.patch(url, {"assignee": "boss", "labels": ["vip"], "status": "closed"})

    assert answer.status_code == 200
    shown = {name: answer.json()[name] for name in ("assignee", "labels", "status")}
    assert shown == {"assignee": "boss", "labels": ["VIP"], "status": "closed"}
    assert list(Conversation.objects.get().labels.all()) == [vip]


def test_what_is_left_out_stays_as_it_is(api, url, ana, conversation):
    Conversation.objects.update(assignee=ana)

    assert api.patch(url, {}).json()["assignee"] == "ana"
    assert api.patch(url, {"assignee": None}).json()["assignee"] is None
    assert api.patch(url, {"assignee": "me"}).json()["assignee"] == "ana"


def test_it_is_snoozed_until_a_time_and_opened_again(api, url):
    snoozed = api.patch(url, {"status": "snoozed", "snoozed_until": SOON.isoformat()}).json()
    opened = api.patch(url, {"status": "open"}).json()

    assert (snoozed["status"], snoozed["snoozed_until"]) == (
        "snoozed",
        SOON.isoformat().replace("+00:00", "Z"),
    )
    assert (opened["status"], opened["snoozed_until"]) == ("open", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "done"}, "status"),
        ({"status": "snoozed"}, "snoozed_until"),
        ({"status": "open", "snoozed_until": SOON.isoformat()}, "snoozed_until"),
        ({"snoozed_until": "2020-01-01T00:00:00Z"}, "snoozed_until"),
        ({"assignee": "nobody"}, "assignee"),
        ({"assignee": "stranger"}, "assignee"),
        ({"labels": ["x" * 31]}, "labels.0"),
        ({"color": "red"}, "color"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_done(api, url, body, field):
    make_user("stranger")
    if field != "labels.0":
        body = {"labels": [], **body} if "labels" not in body else {"assignee": "me", **body}

    answer = api.patch(url, body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert Conversation.objects.get().assignee is None
    assert Conversation.objects.get().status == "open"


def test_who_has_not_seen_the_last_text_does_not_close_over_it(api, url, did, conversation):
    seen = conversation.last_inbound_id
    make_inbound(did, content="One more thing", at=timezone.now())

    refused = api.patch(url, {"status": "closed", "seen_up_to": seen, "assignee": "me"})

    assert (refused.status_code, refused.json()["code"]) == (409, "they_wrote")
    assert Conversation.objects.get().assignee is None


def test_a_note_is_written_once(api, url, ana):
    first = api.post(f"{url}notes/", {"content": "Call back"}, headers={"Idempotency-Key": "n1"})
    again = api.post(f"{url}notes/", {"content": "Call back", "client_id": "n1"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["author"] == "ana"
    assert Note.objects.get().content == "Call back"
    assert api.post(f"{url}notes/", {"content": " "}).status_code == 400


def test_a_notes_own_name_does_not_bring_one_of_another_conversation(api, url, ana):
    elsewhere = make_inbound(make_did("8615088887777")).conversation
    add_note(conversation=elsewhere, author=ana, content="Secret", client_id="n1", at=NOW)

    answer = api.post(f"{url}notes/", {"content": "Call back", "client_id": "n1"})

    assert (answer.status_code, answer.json()["code"]) == (409, "client_id_conflict")


def test_a_contact_is_changed(api, conversation):
    url = f"/api/v1/contacts/{conversation.pk}/"

    changed = api.patch(url, {"name": "Marta", "email": "marta@example.com", "language": "es"})
    refused = api.patch(url, {"email": "nonsense"})

    assert (changed.status_code, changed.json()["name"]) == (200, "Marta")
    assert (refused.status_code, list(error_of(refused)["fields"])) == (400, ["email"])
    assert Contact.objects.get().email == "marta@example.com"


def test_nobody_changes_what_they_do_not_see(url, conversation):
    stranger = client_of(make_user("stranger"))

    assert stranger.patch(url, {"status": "closed"}).status_code == 404
    assert stranger.post(f"{url}notes/", {"content": "Hi"}).status_code == 404
    assert stranger.patch(f"/api/v1/contacts/{conversation.pk}/", {"name": "X"}).status_code == 404
