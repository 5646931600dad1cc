"""Neither the order nor an id of what a member sees tells of another number."""

import re

import pytest
from django.apps import apps
from django.test import Client

from messaging.models import Conversation
from tests.api.conftest import client_of
from tests.factories import make_user
from tests.views.numbers_apart.two_worlds import ELENA, FIRST, LAST, TOM

pytestmark = pytest.mark.django_db


def test_contacts_come_in_the_order_in_which_ones_own_numbers_met_them(world):
    """Tom wrote to the other number before anybody wrote to ours: his row is older."""
    api = client_of(world.ana)
    found = api.get("/api/v1/contacts/").json()["results"]

    assert [row["phone"] for row in found] == [LAST, TOM, FIRST]
    begun = dict(
        Conversation.objects.filter(did_number=world.ours).values_list(
            "contact__phone_key", "created_at"
        )
    )
    assert [row["created_at"] for row in found] == [
        begun[row["phone"]].isoformat().replace("+00:00", "Z") for row in found
    ]


def test_a_contacts_id_is_that_of_the_first_conversation_with_it_that_one_sees(world):
    """Its own would be among the lowest: Tom was known on the other number before."""
    api = client_of(world.ana)
    found = {row["phone"]: row["id"] for row in api.get("/api/v1/contacts/").json()["results"]}

    assert found == {LAST: world.last.pk, TOM: world.tom.pk, FIRST: world.first.pk}
    assert api.get(f"/api/v1/conversations/{world.tom.pk}/").json()["contact"] == world.tom.pk
    assert api.get(f"/api/v1/contacts/{world.tom.pk}/").json()["phone"] == TOM
    assert api.get(f"/api/v1/contacts/{world.their_tom.pk}/").status_code == 404


def test_an_administrator_reads_a_contacts_own_id(world):
    api = client_of(make_user("boss", is_staff=True))
    shown = api.get(f"/api/v1/conversations/{world.tom.pk}/").json()

    assert shown["contact"] == world.tom.contact_id
    assert api.get(f"/api/v1/contacts/{world.tom.contact_id}/").json()["phone"] == TOM


def test_a_contact_is_found_by_its_former_id_by_who_joined_an_older_number(world):
    api = client_of(world.ana)
    world.theirs.members.add(world.ana)

    found = api.get(f"/api/v1/contacts/{world.tom.pk}/").json()

    assert (found["id"], found["phone"]) == (world.their_tom.pk, TOM)
    assert api.get(f"/api/v1/contacts/{found['id']}/").json() == found


def test_a_lines_element_does_not_tell_how_many_lines_there_are(world):
    ana = Client()
    ana.force_login(world.ana)
    page = ana.get(f"/inbox/open/{world.last.pk}/").content.decode()
    row = apps.get_model("messaging.ConversationEvent").objects.get(conversation=world.last)

    found = re.findall(r'<p class="event" id="([^"]*)"', page)
    assert [len(each) for each in found] == [14]
    assert str(row.pk) not in {each.removeprefix("e-") for each in found}


def test_a_contacts_id_is_not_told_before_something_was_exchanged(world):
    """It would say how early the contact was known to anybody."""
    api = client_of(world.ana)

    shown = api.get(f"/api/v1/conversations/{world.ours_of_elena.pk}/").json()

    assert (shown["contact"], shown["name"]) == (None, "")
    assert api.get(f"/api/v1/contacts/?phone={ELENA}").json()["results"] == []
