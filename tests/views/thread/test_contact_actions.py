"""What staff do with a contact in one conversation, and how far it reaches."""

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Conversation, OptOut
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.conversations.sender_blocks import block_sender
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return make_user("ana")


@pytest.fixture
def boss():
    return make_user("boss", is_staff=True)


@pytest.fixture
def here(ana):
    return make_inbound(make_did(members=(ana,)), content="Buy now").conversation


@pytest.fixture
def there():
    return make_inbound(make_did("447700900123", label="London"), content="Buy now").conversation


def client_for(user):
    client = Client()
    client.force_login(user)
    return client


def post(client, action, conversation, /, **fields):
    return client.post(
        reverse(f"conversation-{action}", args=[conversation.pk]),
        fields,
        headers={"Accept": "application/json"},
    )


def states():
    rows = Conversation.objects.select_related("contact").order_by("pk")
    return [(row.status, row.needs_reply_since is not None, row.is_blocked) for row in rows]


def test_undo_of_a_block_of_all_numbers_puts_every_conversation_back(boss, here, there):
    client = client_for(boss)
    before = states()

    way_out = post(client, "block", here, all_numbers="1").json()["undo"]
    assert states() == [("closed", False, True)] * 2
    fields: dict[str, list[str]] = {}
    for name, value in way_out["fields"]:
        fields.setdefault(name, []).append(value)
    client.post(way_out["url"], fields)

    assert states() == before


def test_undo_leaves_what_a_colleague_has_changed_and_says_so(boss, here, there):
    client = client_for(boss)
    way_out = post(client, "block", here, all_numbers="1").json()["undo"]
    Conversation.objects.filter(pk=here.pk).update(status="open")
    fields = {"revert": [value for _name, value in way_out["fields"]]}

    answer = client.post(way_out["url"], fields, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert states() == [("open", False, False), ("open", True, False)]


def test_a_member_cannot_block_on_other_numbers(ana, here, there):
    post(client_for(ana), "block", here, all_numbers="1")

    assert states() == [("closed", False, True), ("open", True, False)]


@pytest.mark.parametrize(
    ("is_staff", "offers"), [(False, False), (True, True)], ids=["member", "administrator"]
)
def test_only_administrators_are_offered_a_block_of_all_numbers(ana, boss, here, is_staff, offers):
    page = client_for(boss if is_staff else ana).get(f"/inbox/open/{here.pk}/").content.decode()

    assert ("Block this sender on all numbers" in page) is offers


def test_a_member_is_told_who_can_end_an_administrators_block(ana, boss, here):
    block_sender(conversation=here, by=boss, at=NOW, is_for_all_numbers=True)
    client = client_for(ana)

    page = client.get(f"/inbox/all/{here.pk}/").content.decode()
    answer = post(client, "unblock", here)

    assert "An administrator blocked this sender on all numbers" in page
    assert reverse("conversation-unblock", args=[here.pk]) not in page
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert states() == [("closed", False, True)]


def test_a_proof_that_was_written_to_another_number_is_not_shown(ana, here, there):
    proof = make_inbound(there.did_number, content="Never write to me, you secret people")
    record_opt_out(
        conversation=there, at=NOW, message=proof, by=make_user("bob"), is_for_all_numbers=True
    )

    page = client_for(ana).get(f"/inbox/all/{here.pk}/").content.decode()

    assert "opted out of messages from all our numbers" in page
    assert "secret people" not in page
    assert "on your numbers" in page


def test_opting_in_from_one_number_leaves_the_others_covered(ana, here, there):
    record_opt_out(conversation=there, at=NOW, by=make_user("bob"), is_for_all_numbers=True)

    assert post(client_for(ana), "opt-in", here, reason="They rang").status_code == 200

    opt_out = OptOut.objects.get()
    assert (opt_out.ended_at, list(opt_out.allowed_numbers.all())) == (None, [here.did_number])


def test_without_an_exchange_the_name_is_neither_shown_nor_taken(ana, here, there):
    unknown = make_conversation(here.did_number, "34611111111")
    client = client_for(ana)

    page = client.get(f"/inbox/all/{unknown.pk}/").content.decode()
    answer = post(client, "contact", unknown, name="Elena")
    post(client, "contact", unknown, memo="Ours")

    assert 'id="edit-contact"' not in page
    assert "appear here once a message has been sent or received" in page
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_contact")
    found = Conversation.objects.get(pk=unknown.pk)
    assert (found.contact.name, found.memo) == ("", "Ours")


def test_an_opt_out_that_is_recorded_by_hand_leaves_needs_reply(ana, here):
    post(client_for(ana), "opt-out", here, seen=here.last_inbound_id)

    assert states() == [("open", False, False)]


def test_what_came_while_an_opt_out_was_recorded_by_hand_needs_a_reply(ana, here):
    make_inbound(here.did_number, content="Where is my order?")

    post(client_for(ana), "opt-out", here, seen=here.last_inbound_id)

    assert OptOut.objects.in_force().count() == 1
    assert states() == [("open", True, False)]
