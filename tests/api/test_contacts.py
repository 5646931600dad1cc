"""Contacts at the API: added by hand, changed, exported, erased."""

from __future__ import annotations

import json

import pytest

from messaging.models import (
    AuditEntry,
    Contact,
    ContactField,
    Conversation,
    ErasedNumber,
    OptOut,
    StaffAccess,
)
from tests.api.conftest import client_of, error_of
from tests.factories import DID, NOW, PHONE, make_conversation, make_did, make_inbound, make_user

URL = "/api/v1/contacts/"
NEW = {"phone": "+34 699 888 777", "name": "Elena", "email": "e@example.com", "language": "es"}


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


def test_a_contact_is_added_by_hand_and_known_to_the_number_alone(api, did):
    other = make_did("8615088887777", members=(make_user("eve"),))
    answer = api.post(URL, {**NEW, "fields": {"plan": "gold"}}, format="json")

    thread = Conversation.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": thread.pk,
        "phone": "34699888777",
        "name": "Elena",
        "email": "e@example.com",
        "language": "es",
        "fields": {"plan": "gold"},
        "is_blocked": False,
        "has_opted_out": False,
        "other_numbers": [],
        "created_at": answer.json()["created_at"],
    }
    assert (thread.did_number, thread.status) == (did, "closed")
    assert api.get(f"{URL}{thread.pk}/").json() == answer.json()
    assert [row["name"] for row in api.get(URL).json()["results"]] == ["Elena"]
    eve = client_of(other.members.get())
    assert eve.get(URL).json()["results"] == []
    assert eve.get(f"{URL}{thread.pk}/").status_code == 404
    assert AuditEntry.objects.get(action="contact_added").object_name == ""


def test_a_contact_that_is_known_is_not_added_twice(api, did):
    api.post(URL, NEW)
    answer = api.post(URL, {"phone": "0034699888777", "name": "Somebody else"})

    assert (answer.status_code, error_of(answer)["code"]) == (400, "exists")
    assert Contact.objects.get().name == "Elena"


def test_what_others_wrote_down_is_neither_shown_nor_changed(api, did):
    other = make_did("8615088887777", members=(make_user("eve"),))
    make_inbound(other, PHONE)
    Contact.objects.update(name="Dr. Secret", email="s@example.com")

    answer = api.post(URL, {"phone": f"+{PHONE}", "name": "Nosy"})

    assert (answer.status_code, answer.json()["name"], answer.json()["email"]) == (201, "", "")
    assert api.get(URL).json()["results"] == []
    assert Contact.objects.get().name == "Dr. Secret"


@pytest.mark.database
def test_a_contact_of_a_colleague_is_added_without_a_word_of_it(did):
    cora = make_user("cora")
    did.members.add(cora)
    StaffAccess.objects.create(user=cora, only_own=True)
    thread = make_inbound(did, "34699888777").conversation
    Contact.objects.filter(pk=thread.contact_id).update(name="Secret", email="s@example.com")
    Conversation.objects.filter(pk=thread.pk).update(assignee=make_user("ben"))

    answer = client_of(cora).post(URL, {"phone": NEW["phone"]}, format="json")

    assert (answer.status_code, answer.json()["phone"]) == (201, "34699888777")
    assert (answer.json()["name"], answer.json()["email"]) == ("", "")
    assert answer.json()["created_at"] > thread.created_at.isoformat()


def test_who_only_added_a_contact_does_not_read_what_others_write_down_later(api, did):
    eve = make_user("eve")
    api.post(URL, {"phone": f"+{PHONE}", "name": "Elena"})
    message = make_inbound(make_did("8615088887777", members=(eve,)), PHONE)

    answer = client_of(eve).patch(f"{URL}{message.conversation_id}/", {"name": "Dr. Secret"})

    assert answer.json()["name"] == "Dr. Secret"
    assert api.get(URL).json()["results"] == []


def test_fields_are_changed_one_by_one_and_an_empty_text_removes_one(api, did):
    pk = api.post(URL, {**NEW, "fields": {"plan": "gold", "room": "4"}}, format="json").json()["id"]

    answer = api.patch(
        f"{URL}{pk}/", {"fields": {" plan ": "silver", "room": ""}, "name": "E"}, format="json"
    )

    shown = answer.json()
    assert (shown["fields"], shown["name"]) == ({"plan": "silver"}, "E")
    assert api.patch(f"{URL}{pk}/", {"language": "en"}).json()["fields"] == {"plan": "silver"}


BAD = ["x" * 100_000, "a\0b", "\ud800", 7, True, None, ["x"], {"x": {}}, {"\ud800": "x"}]


@pytest.mark.parametrize("name", ["phone", "name", "email", "language", "fields", "number", "nope"])
def test_a_value_that_cannot_be_used_is_a_400(api, did, name):
    def code(body):
        text = json.dumps(body)
        return api.generic("POST", URL, text, content_type="application/json").status_code

    fields = [{value: "x"} for value in BAD if isinstance(value, str)] if name == "fields" else []
    assert [code({**NEW, name: value}) for value in [*BAD, *fields]] == [400] * len(BAD + fields)
    assert not Contact.objects.exists()


def test_fifty_one_fields_are_too_many_and_so_is_a_number_of_others(api, did):
    many = {f"f{n}": "x" for n in range(51)}
    assert api.post(URL, {**NEW, "fields": many}, format="json").status_code == 400
    make_did("8615088887777")
    assert api.post(URL, {**NEW, "number": "8615088887777"}).status_code == 400
    assert api.post(URL, {**NEW, "phone": f"+{DID}"}).status_code == 400


def test_an_export_holds_what_its_reader_may_see(api, admin_api, did):
    mine = make_inbound(did, PHONE, "Hello").conversation
    theirs = make_inbound(make_did("8615088887777"), PHONE, "Secret").conversation
    Contact.objects.update(name="Elena", fields={"plan": "gold"})

    own = api.get(f"{URL}{mine.pk}/export/").json()
    everything = admin_api.get(f"{URL}{mine.contact_id}/export/").json()

    assert own["contact"] == {
        "phone": f"+{PHONE}", "name": "Elena", "email": "", "language": "",
        "fields": {"plan": "gold"},
    }  # fmt: skip
    assert [row["id"] for row in own["conversations"]] == [mine.pk]
    assert [row["content"] for row in own["conversations"][0]["messages"]] == ["Hello"]
    assert "pushes" not in own
    assert [row["id"] for row in everything["conversations"]] == [mine.pk, theirs.pk]
    assert ["Hello" in row["body"] for row in everything["pushes"]] == [True, False]
    exported = AuditEntry.objects.filter(action="contact_exported").order_by("id")
    assert [row.actor_name for row in exported] == ["ana", "boss"]


def test_an_export_names_no_message_of_another_number(api, admin_api, did):
    mine = make_inbound(did).conversation
    theirs = make_inbound(make_did("447700900123"), PHONE, "Hello")
    OptOut.objects.create(contact=mine.contact, message=theirs, created_at=NOW)

    own = api.get(f"{URL}{mine.pk}/export/").json()
    everything = admin_api.get(f"{URL}{mine.contact_id}/export/").json()

    assert [row["message"] for row in own["opt_outs"]] == [None]
    assert [row["message"] for row in everything["opt_outs"]] == [theirs.pk]


def test_who_may_not_export_gets_no_export(api, ana, did):
    pk = make_inbound(did).conversation_id
    StaffAccess.objects.update_or_create(user=ana, defaults={"may_export": False})

    assert api.get(f"{URL}{pk}/export/").status_code == 403


def test_an_administrator_erases_and_the_contact_is_gone(admin_api, api, did):
    message = make_inbound(did, PHONE, "Hello")
    pk = message.conversation.contact_id

    answer = admin_api.post(f"{URL}{pk}/erase/")

    assert answer.status_code == 200
    assert (answer.json()["messages"], answer.json()["pushes"]) == (1, 1)
    assert admin_api.get(f"{URL}{pk}/").status_code == 404
    assert admin_api.post(f"{URL}{pk}/erase/").status_code == 404
    assert api.get(URL).json()["results"] == []
    assert ErasedNumber.objects.get().contact_id == pk


def test_nobody_else_erases(api, did):
    pk = make_conversation(did).pk
    make_inbound(did)
    assert api.post(f"{URL}{pk}/erase/").status_code == 403


def test_contacts_are_merged_and_separated(api, did):
    one, other = (make_inbound(did, phone).conversation for phone in (PHONE, "34612345679"))
    Contact.objects.filter(pk=other.contact_id).update(name="Elena")
    before = [api.get(f"{URL}{thread.pk}/").json() for thread in (one, other)]

    merged = api.post(f"{URL}{one.pk}/merge/", {"contact": other.pk}, format="json")

    assert (merged.status_code, merged.json()["name"]) == (200, "Elena")
    assert merged.json()["other_numbers"] == [{"id": other.pk, "phone": "34612345679"}]
    rows = {row["id"]: row["other_numbers"] for row in api.get(URL).json()["results"]}
    assert [each["id"] for each in rows[other.pk]] == [one.pk]
    again = api.post(f"{URL}{one.pk}/merge/", {"contact": other.pk}, format="json")
    assert (again.status_code, error_of(again)["code"]) == (400, "already_merged")

    assert api.post(f"{URL}{other.pk}/separate/").status_code == 200
    assert [api.get(f"{URL}{thread.pk}/").json() for thread in (one, other)] == before
    alone = api.post(f"{URL}{other.pk}/separate/")
    assert (alone.status_code, error_of(alone)["code"]) == (409, "not_merged")


def test_a_merge_is_taken_back_once_however_often_it_is_asked(api, did):
    one, two, three = (
        make_inbound(did, phone).conversation.pk for phone in (PHONE, "34612345679", "34612345680")
    )
    for other in (two, three):
        api.post(f"{URL}{one}/merge/", {"contact": other}, format="json")

    def separate(pk, **body):
        answer = api.post(f"{URL}{pk}/separate/", body, format="json")
        return error_of(answer)["code"] if answer.status_code == 409 else answer.status_code

    assert separate(one, contact=two) == "changed"  # The newest merge is that with the third.
    assert separate(one, contact=three) == 200
    assert separate(one, contact=three) == "not_merged"
    assert separate(three, contact=one) == "not_merged"
    rows = {row["id"]: row["other_numbers"] for row in api.get(URL).json()["results"]}
    assert [each["id"] for each in rows[one]] == [two]
    assert separate(two, contact=one) == 200
    assert separate(one, contact=999_999) == 404
    assert separate(one, contact="1") == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"contact": "1"}, 400),
        ({"contact": 2**70}, 400),
        ({"contact": 0}, 400),
        ({"contact": 99999}, 404),
        ({"contact": 1, "name": "x"}, 400),
    ],
)
def test_a_merge_with_nobody_is_refused(api, did, body, status):
    thread = make_inbound(did).conversation
    assert api.post(f"{URL}{thread.pk}/merge/", body, format="json").status_code == status


@pytest.mark.parametrize("only_this_number", [True, False])
def test_an_erasure_takes_all_numbers_unless_told_otherwise(did, only_this_number):
    boss = client_of(make_user("boss", is_staff=True))
    one, other = (make_inbound(did, phone).conversation for phone in (PHONE, "34612345679"))
    boss.post(f"{URL}{one.contact_id}/merge/", {"contact": other.contact_id}, format="json")

    answer = boss.post(
        f"{URL}{one.contact_id}/erase/", {"only_this_number": only_this_number}, format="json"
    )

    assert answer.status_code == 200
    left = Contact.objects.filter(erased_at__isnull=True).count()
    assert left == (1 if only_this_number else 0)


def test_fields_that_were_defined_are_listed_and_their_kind_is_asked_for(api, did):
    ContactField.objects.create(key="plan", name="Plan", kind="choice", choices=["Gold"])
    ContactField.objects.create(key="old", name="Old", archived_at=NOW)
    thread = make_inbound(did).conversation

    assert api.get("/api/v1/contact-fields/").json()["results"] == [
        {
            "key": "plan",
            "name": "Plan",
            "kind": "choice",
            "choices": ["Gold"],
            "is_archived": False,
        },
        {"key": "old", "name": "Old", "kind": "text", "choices": [], "is_archived": True},
    ]
    address = f"{URL}{thread.pk}/"
    changed = api.patch(address, {"fields": {"Plan": "gold", "own": "x"}}, format="json")
    assert changed.json()["fields"] == {"plan": "Gold", "own": "x"}
    refused = api.patch(address, {"fields": {"plan": "Silver"}}, format="json")
    assert (refused.status_code, error_of(refused)["code"]) == (400, "invalid_field")
