"""The list of contacts, a new one, the page of one, and its erasure."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from messaging.models import AuditEntry, Contact, ContactField, Conversation, StaffAccess
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.views.contacts import lists
from tests.factories import DID, PHONE, make_did, make_inbound, make_user, show_who

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    user = make_user("ana")
    client.force_login(user)
    return user


@pytest.fixture
def boss(client):
    user = make_user("boss", is_staff=True)
    client.force_login(user)
    show_who(client)
    return user


def names(response):
    return [contact.display_name for contact in response.context["contacts"]]


def test_the_list_holds_whom_its_reader_knows_newest_first(client, ana):
    did = make_did(members=(ana,))
    first = make_inbound(did, "34612345670")
    make_inbound(did, "34612345671")
    make_inbound(make_did("8615088887777"), "34612345672")
    Contact.objects.filter(pk=first.conversation.contact_id).update(name="Elena")
    record_opt_out(conversation=first.conversation, at=first.created_at)

    page = client.get("/contacts/")

    assert names(page) == ["+34 612 34 56 71", "Elena"]
    assert b"Opted out" in page.content
    assert names(client.get("/contacts/", {"q": "ele"})) == ["Elena"]
    assert names(client.get("/contacts/", {"q": "612 34 56 71"})) == ["+34 612 34 56 71"]
    assert names(client.get("/contacts/", {"q": "5672"})) == []


def test_adding_a_colleagues_contact_leads_to_the_list(client, ana):
    StaffAccess.objects.create(user=ana, only_own=True)
    did = make_did(members=(ana,))
    make_inbound(did, PHONE)
    Conversation.objects.update(assignee=make_user("ben"))

    added = client.post("/contacts/new/", {"number": did.pk, "phone": f"+{PHONE}"})

    assert (added.status_code, added["Location"]) == (302, "/contacts/")


def test_pages_go_on_where_the_last_one_ended(client, ana, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 2)
    did = make_did(members=(ana,))
    for last in range(5):
        make_inbound(did, f"3461234567{last}")

    seen, address = [], "/contacts/"
    while address:
        page = client.get(address)
        seen += names(page)
        address = f"/contacts/?{page.context['more']}" if page.context["more"] else ""

    assert seen == [f"+34 612 34 56 7{last}" for last in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_much_for_three_as_for_one(client, ana, count, django_assert_num_queries):
    did = make_did(members=(ana,))
    for last in range(count):
        make_inbound(did, f"3461234567{last}")
    client.get("/contacts/")
    with django_assert_num_queries(5):
        client.get("/contacts/")


@pytest.mark.parametrize(
    "query",
    [{"q": "x" * 100_000}, {"q": "a\0b"}, {"before": "x" * 100_000}, {"before": "9" * 18}],
    ids=["long", "NUL", "no number", "great"],
)
def test_the_list_bears_anything(client, ana, query):
    assert client.get("/contacts/", query).status_code == 200


@pytest.mark.parametrize("shown", [0, 7, 2**63, 10**30])
def test_a_contact_that_is_not_there_is_a_404(client, boss, shown):
    for address in ("", "export/", "erase/"):
        assert client.get(f"/contacts/{shown}/{address}").status_code == 404


def test_a_contact_is_added_on_a_page(client, ana):
    did = make_did(members=(ana,))
    answer = client.post(
        "/contacts/new/", {"number": did.pk, "phone": f"+{PHONE}", "name": "Elena"}
    )

    thread = Conversation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/inbox/all/{thread.pk}/")
    assert b"Elena" in client.get(f"/contacts/{thread.pk}/").content


@pytest.mark.parametrize(
    "values",
    [{"phone": "hello"}, {"phone": f"+{DID}"}, {"phone": "x" * 100_000}, {"email": "nobody"}],
    ids=["letters", "our own", "long", "no address"],
)
def test_a_new_contact_that_cannot_be_says_why(client, ana, values):
    did = make_did(members=(ana,))
    answer = client.post("/contacts/new/", {"number": did.pk, "phone": f"+{PHONE}", **values})

    assert answer.status_code == 422
    assert b'role="alert"' in answer.content
    assert not Contact.objects.exists()


def test_a_contact_is_changed_on_its_page(client, ana):
    message = make_inbound(make_did(members=(ana,)))
    address = f"/contacts/{message.conversation_id}/"

    assert client.post(address, {"name": "Elena", "email": "", "language": ""}).status_code == 302
    assert client.post(address, {"name": "x" * 121}).status_code == 422
    assert Contact.objects.get().name == "Elena"


def test_the_data_is_a_file(client, ana):
    message = make_inbound(make_did(members=(ana,)), content="Grüße 你好")
    answer = client.get(f"/contacts/{message.conversation_id}/export/")

    found = json.loads(answer.content)
    assert answer["Content-Disposition"].startswith('attachment; filename="contact-')
    assert found["conversations"][0]["messages"][0]["content"] == "Grüße 你好"
    assert "你好" in answer.content.decode()
    assert AuditEntry.objects.filter(action="contact_exported").count() == 1


def test_the_number_must_be_typed_before_a_contact_is_erased(client, boss):
    contact = make_inbound().conversation.contact
    address = f"/contacts/{contact.pk}/erase/"

    counts = dict(client.get(address).context["counts"])
    assert (counts["Messages"], counts["Raw pushes"]) == (1, 1)
    for wrong in ("", "34", "x" * 100_000, "34612345679", "yes"):
        assert client.post(address, {"number": wrong}).status_code == 422
    assert Contact.objects.get().phone_key == PHONE

    answer = client.post(address, {"number": "+34 612 34 56 78"})

    assert (answer.status_code, answer["Location"]) == (302, "/contacts/")
    assert Contact.objects.get().erased_at is not None
    assert client.get(f"/inbox/all/{Conversation.objects.get().pk}/").status_code == 200
    assert names(client.get("/contacts/")) == []


@pytest.fixture
def plan():
    return ContactField.objects.create(
        key="plan", name="Plan", kind="choice", choices=["Gold", "Blue"]
    )


def test_fields_are_filled_on_the_page_in_the_panel_and_for_a_new_contact(client, ana, plan):
    did = make_did(members=(ana,))
    thread = make_inbound(did).conversation
    address = f"/contacts/{thread.pk}/"
    nothing = {"name": "", "email": "", "language": ""}

    assert client.post(address, {**nothing, "field-plan": "gold"}).status_code == 302
    assert Contact.objects.get().fields == {"plan": "Gold"}
    refused = client.post(address, {**nothing, "field-plan": "Silver"})
    assert (refused.status_code, Contact.objects.get().fields) == (422, {"plan": "Gold"})
    assert "Plan: choose one of Gold, Blue." in refused.content.decode()
    address = reverse("conversation-contact", args=[thread.pk])
    client.post(address, {"field-plan": "Blue"})
    assert Contact.objects.get().fields == {"plan": "Blue"}
    client.post(address, {"field-plan": "x"}, headers={"HX-Request": "true"})
    assert Contact.objects.get().fields == {"plan": "Blue"}
    assert (
        '<dt dir="auto">Plan</dt><dd dir="auto">Blue</dd>'
        in client.get(f"/inbox/all/{thread.pk}/").content.decode()
    )

    new = {"number": did.pk, "phone": "+34699888777", "field-plan": "Silver"}
    assert client.post("/contacts/new/", new).status_code == 422
    assert client.post("/contacts/new/", {**new, "field-plan": "blue"}).status_code == 302
    assert Contact.objects.get(phone_key="34699888777").fields == {"plan": "Blue"}
