"""The pages on which contacts are merged and separated, and what pages show of several numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import Contact, ContactField, Conversation, Membership, MergedPerson
from messaging.services.contacts.merge import merge_contacts
from messaging.services.contacts.merged_people import contact_ids_of_person
from tests.factories import NOW, make_did, make_inbound, make_user, show_who

pytestmark = pytest.mark.django_db
ONE, TWO = "34612345670", "34612345671"


@pytest.fixture
def ana(client):
    user = make_user("ana")
    client.force_login(user)
    return user


@pytest.fixture
def two(ana):
    """The conversations of two contacts, whose ids are those that Ana has of the contacts."""
    did = make_did(members=(ana,))
    threads = [make_inbound(did, phone).conversation for phone in (ONE, TWO)]
    Contact.objects.filter(phone_key=ONE).update(name="Elena")
    Contact.objects.filter(phone_key=TWO).update(name="Lena", language="es")
    return threads


def page(client, address, **query):
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def test_two_contacts_are_merged_after_a_look_and_separated_again(client, two):
    one, other = (thread.pk for thread in two)
    assert "Lena" in page(client, f"/contacts/{one}/merge/", q=TWO)
    preview = client.get(f"/contacts/{one}/merge/", {"with": other, "keep": "other"})
    assert (preview.context["after"].name, preview.context["after"].language) == ("Lena", "es")

    answer = client.post(f"/contacts/{one}/merge/", {"with": other, "keep": "other"})
    assert (answer.status_code, answer["Location"]) == (302, f"/contacts/{one}/")
    assert set(Contact.objects.values_list("name", flat=True)) == {"Lena"}
    again = client.post(f"/contacts/{one}/merge/", {"with": other, "keep": "other"})
    assert again.status_code == 409

    shown = client.get(f"/contacts/{other}/separate/").context
    sides = shown["sides"]
    assert [[values.name for _row, values, _fields in side] for side in sides] == [
        ["Lena"],
        ["Elena"],
    ]
    answer = client.post(f"/contacts/{other}/separate/", {"merged": shown["merged_at"]})
    assert answer.status_code == 302
    assert list(Contact.objects.order_by("pk").values_list("name", flat=True)) == ["Elena", "Lena"]
    assert client.get(f"/contacts/{one}/separate/").status_code == 404


def test_previews_call_fields_by_their_names(client, two):
    ContactField.objects.create(key="due", name="Contract ends", kind="date")
    Contact.objects.filter(phone_key=TWO).update(fields={"due": "2026-12-31", "own": "x"})
    one, other = (thread.pk for thread in two)
    shown = [("Contract ends", "31 Dec 2026"), ("own", "x")]

    preview = client.get(f"/contacts/{one}/merge/", {"with": other}).context
    assert preview["after_fields"] == shown
    client.post(f"/contacts/{one}/merge/", {"with": other})
    sides = client.get(f"/contacts/{one}/separate/").context["sides"]
    assert [fields for side in sides for _row, _values, fields in side] == [[], shown]


def test_a_list_shows_two_numbers_and_counts_the_others(client, ana, two):
    for n in range(2, 6):
        other = make_inbound(two[0].did_number, f"3461234567{n}").conversation.contact
        merge_contacts(kept=two[0].contact, joined=other, by=ana, at=NOW)

    sides = client.get(f"/contacts/{two[0].pk}/separate/").context["sides"]
    assert [[len(numbers) for numbers, _values, _fields in side] for side in sides] == [[4], [1]]
    text = page(client, "/contacts/", q="Elena")

    assert ("and 3 more" in text, text.count('<bdi class="num">')) == (True, 2)


def test_a_separation_that_is_sent_twice_takes_back_one_merge(client, ana, two):
    third = make_inbound(two[0].did_number, "34612345672").conversation
    merge_contacts(kept=two[0].contact, joined=two[1].contact, by=ana, at=NOW)
    later = NOW + timedelta(minutes=1)
    merge_contacts(kept=two[0].contact, joined=third.contact, by=ana, at=later)
    address = f"/contacts/{two[0].pk}/separate/"
    shown = client.get(address).context["merged_at"]

    for _ in range(2):
        assert client.post(address, {"merged": shown}).status_code == 302

    assert contact_ids_of_person(two[0].contact_id) == [row.contact_id for row in two]
    assert "meanwhile" in page(client, f"/contacts/{two[0].pk}/")


def test_a_person_is_one_entry_with_all_numbers(client, ana, two):
    kept, joined = (thread.contact for thread in two)
    merge_contacts(kept=kept, joined=joined, by=ana, at=NOW)

    for query in ({}, {"q": TWO}):
        (entry,) = client.get("/contacts/", query).context["contacts"]
        assert [row.phone_key for row in entry.numbers] == [ONE, TWO]
    text = page(client, f"/contacts/{two[1].pk}/")
    assert "+34 612 34 56 70" in text
    assert "+34 612 34 56 71" in text
    assert f"/inbox/all/{two[0].pk}/" in text
    assert "Also texts from" in page(client, f"/inbox/all/{two[0].pk}/")


def test_members_of_one_number_see_one_number(client, ana, two):
    eve = make_user("eve")
    mill = make_did("447700900123", members=(eve,))
    hidden = make_inbound(mill, "34612345679").conversation.contact
    boss = make_user("boss", is_staff=True)
    merge_contacts(kept=two[0].contact, joined=hidden, by=boss, at=NOW)

    for address in (f"/contacts/{two[0].pk}/", "/contacts/", f"/inbox/all/{two[0].pk}/"):
        text = page(client, address)
        assert "56 79" not in text
        assert "Also texts from" not in text
        assert "Separate again" not in text
    assert client.get(f"/contacts/{two[0].pk}/separate/").status_code == 404
    client.force_login(boss)
    assert "56 79" in page(client, f"/inbox/all/{two[0].pk}/")


def test_who_only_reads_merges_nothing(client, ana, two):
    merge_contacts(kept=two[0].contact, joined=two[1].contact, by=ana, at=NOW)
    Membership.objects.update(role="viewer")
    for address in ("merge/", "separate/"):
        assert client.get(f"/contacts/{two[0].pk}/{address}").status_code == 403
        assert client.post(f"/contacts/{two[0].pk}/{address}").status_code == 403
    assert "Merge with another" not in page(client, f"/contacts/{two[0].pk}/")
    assert MergedPerson.objects.count() == 1


@pytest.mark.parametrize("given", ["0", "999", "x" * 100_000, "9" * 18, "a\0b", "-1"])
def test_another_contact_that_is_not_there_is_not_found(client, two, given):
    address = f"/contacts/{two[0].pk}/merge/"
    assert client.post(address, {"with": given}).status_code in {200, 404}
    assert client.get(address, {"with": given}).status_code in {200, 404}
    assert not MergedPerson.objects.exists()


@pytest.mark.parametrize(("numbers", "left"), [("all", 0), ("one", 1)])
def test_an_erasure_asks_for_all_numbers_or_one(client, ana, two, numbers, left):
    merge_contacts(kept=two[0].contact, joined=two[1].contact, by=ana, at=NOW)
    client.force_login(make_user("boss", is_staff=True))
    show_who(client)
    address = f"/contacts/{two[0].contact_id}/erase/"

    counts = dict(client.get(address).context["counts"])
    assert counts["Messages"] == 2
    assert client.post(address, {"number": ONE, "numbers": numbers}).status_code == 302
    assert Contact.objects.filter(erased_at__isnull=True).count() == left
    assert not MergedPerson.objects.exists()


def test_a_file_holds_all_numbers_or_one(client, ana, two):
    merge_contacts(kept=two[0].contact, joined=two[1].contact, by=ana, at=NOW)
    address = f"/contacts/{two[0].pk}/export/"

    assert len(client.get(address).json()["other_numbers"]) == 1
    assert "other_numbers" not in client.get(address, {"numbers": "one"}).json()


def test_the_admin_names_all_numbers(client, ana, two):
    merge_contacts(kept=two[0].contact, joined=two[1].contact, by=ana, at=NOW)
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))

    answer = client.post(f"/admin/messaging/contact/{two[1].contact_id}/change/", {"name": "Maria"})
    assert answer.status_code == 302
    assert set(Contact.objects.values_list("name", flat=True)) == {"Maria"}
    assert Conversation.objects.count() == 2
