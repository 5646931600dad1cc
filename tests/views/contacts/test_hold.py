"""Administrators put a contact on legal hold on its page, and read there why."""

from __future__ import annotations

import pytest

from messaging.models import LegalHold
from messaging.services.contacts.legal_holds import place_hold
from tests.factories import NOW, PHONE, make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    user = make_user("boss", is_staff=True)
    client.force_login(user)
    return user


def test_a_hold_is_placed_read_and_lifted(client, boss):
    contact = make_inbound().conversation.contact
    address = f"/contacts/{contact.pk}/hold/"

    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "A lawsuit"}).status_code == 302
    page = client.get(f"/contacts/{contact.pk}/").content.decode()
    assert "On legal hold" in page
    assert "Erase this contact" not in page
    assert "A lawsuit" in client.get(address).content.decode()
    assert client.post(address, {"reason": "Again"}).status_code == 422
    erase = client.post(f"/contacts/{contact.pk}/erase/", {"number": PHONE})
    assert (erase.status_code, "legal hold" in erase.content.decode()) == (422, True)
    before = client.get(f"/contacts/{contact.pk}/erase/").content.decode()
    assert ("legal hold" in before, "Erase for good" in before) == (True, False)

    assert client.post(address, {"lift": "1"}).status_code == 302
    assert LegalHold.objects.get().lifted_by == boss
    assert "On legal hold" not in client.get(f"/contacts/{contact.pk}/").content.decode()
    assert client.post(address, {"lift": "1"}).status_code == 422


def test_a_hold_on_a_number_is_said_on_the_page_of_its_contacts(client, boss):
    did = make_did(label="Desk")
    contact = make_inbound(did).conversation.contact
    place_hold(on=did, reason="A lawsuit", by=boss, at=NOW)

    page = client.get(f"/contacts/{contact.pk}/").content.decode()
    assert "The number Desk is on legal hold" in page
    assert "Place legal hold" in page


def test_members_do_not_read_of_a_hold(client, boss):
    ana = make_user("ana")
    thread = make_inbound(make_did(members=(ana,))).conversation
    place_hold(on=thread.contact, reason="A lawsuit", by=boss, at=NOW)
    client.force_login(ana)

    assert "legal hold" not in client.get(f"/contacts/{thread.pk}/").content.decode().lower()
    assert client.get(f"/contacts/{thread.pk}/hold/").status_code == 403
