"""What is on legal hold is not hidden, erased or pruned until the hold is lifted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import AuditEntry, Contact, LegalHold, Message, Push
from messaging.services.contacts.legal_holds import OnLegalHold, lift_hold, place_hold
from messaging.services.contacts.merge import merge_contacts, separate_contacts
from messaging.services.conversations.notes import add_note, delete_note
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.operations.prune import prune
from messaging.services.privacy.erasure import erase_contact, erase_person
from messaging.services.privacy.export import export_contact
from messaging.services.privacy.redaction import hide_text
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ONE, TWO = "34612345670", "34612345671"
LATER = NOW + timedelta(days=400)


@pytest.fixture
def boss():
    return make_user("boss", is_staff=True)


@pytest.fixture
def did():
    return make_did()


def hold(on, *, by, reason="A lawsuit 🦊"):
    return place_hold(on=on, reason=reason, by=by, at=NOW)


def hide(message, *, by):
    message = Message.objects.select_related("conversation__contact").get(pk=message.pk)
    hide_text(message=message, content="***", by=by, at=NOW)


@pytest.mark.parametrize("is_on_number", [True, False], ids=["number", "contact"])
def test_nothing_on_hold_is_hidden_or_erased_until_it_is_lifted(did, boss, is_on_number):
    message, free = make_inbound(did, ONE), make_inbound(make_did("447700900123"), TWO)
    contact = message.conversation.contact
    on = did if is_on_number else contact
    hold(on, by=boss)

    for refused in (
        lambda: hide(message, by=boss),
        lambda: erase_contact(contact=contact, by=boss, at=NOW),
        lambda: erase_person(contact=contact, by=boss, at=NOW),
    ):
        with pytest.raises(WrongState, match="legal hold") as error:
            refused()
        assert error.value.code == "legal_hold"
    hide(free, by=boss)

    lift_hold(on=on, by=boss, at=NOW)
    hide(message, by=boss)
    erase_contact(contact=contact, by=boss, at=NOW)


def test_a_note_on_hold_is_not_deleted(did, boss):
    thread = make_inbound(did, ONE).conversation
    note, _is_new = add_note(conversation=thread, author=boss, content="He called", at=NOW)
    hold(thread.contact, by=boss)

    with pytest.raises(OnLegalHold):
        delete_note(note=note, by=boss, at=NOW)

    lift_hold(on=thread.contact, by=boss, at=NOW)
    assert delete_note(note=note, by=boss, at=NOW).is_deleted


def test_raw_pushes_of_what_is_on_hold_are_not_pruned(boss):
    desk, mill = make_did(), make_did("447700900123")
    for did, phone in ((desk, ONE), (desk, TWO), (mill, ONE), (mill, TWO)):
        for _ in range(2):  # the newest of a number and kind stays anyway
            make_inbound(did, phone)
    make_inbound(desk, "34612345672")
    make_inbound(mill, "34612345672")
    held = Contact.objects.get(phone_key=TWO)
    hold(mill, by=boss)
    hold(held, by=boss)

    assert prune(days=90, at=LATER)["pushes"] == 2
    left = set(Push.objects.values_list("did_number", "phone_key"))
    assert (desk.pk, ONE) not in left
    assert {(desk.pk, TWO), (mill.pk, ONE), (mill.pk, TWO)} <= left

    lift_hold(on=mill, by=boss, at=NOW)
    lift_hold(on=held, by=boss, at=NOW)
    prune(days=90, at=LATER)
    assert Push.objects.count() == 2


def test_a_hold_covers_all_numbers_of_a_person_and_stays_when_they_are_separated(did, boss):
    one, two, three = (
        make_inbound(did, phone).conversation.contact for phone in (ONE, TWO, "34612345672")
    )
    merge_contacts(kept=one, joined=two, by=boss, at=NOW)
    hold(two, by=boss)
    merge_contacts(kept=three, joined=one, by=boss, at=NOW)

    assert set(LegalHold.objects.in_force().values_list("contact", flat=True)) == {
        one.pk,
        two.pk,
        three.pk,
    }
    joined = AuditEntry.objects.get(action="legal_hold_placed", object_id=str(three.pk))
    assert joined.changes == {"with_contact": two.pk}
    separate_contacts(contact=three, by=boss, at=NOW)
    assert LegalHold.objects.in_force().count() == 3
    lift_hold(on=one, by=boss, at=NOW)
    assert LegalHold.objects.in_force().get().contact_id == three.pk


def test_who_why_and_when_are_recorded(did, boss):
    hold(did, by=boss)
    lift_hold(on=did, by=boss, at=LATER)
    again = hold(did, by=boss, reason="Another one")

    first = LegalHold.objects.get(reason="A lawsuit 🦊")
    assert (first.placed_by, first.lifted_by, first.lifted_at) == (boss, boss, LATER)
    rows = AuditEntry.objects.order_by("pk").values_list("action", "object_type", "object_id")
    about = ("didnumber", str(did.pk))
    actions = ("legal_hold_placed", "legal_hold_lifted", "legal_hold_placed")
    assert list(rows) == [(action, *about) for action in actions]
    with pytest.raises(WrongState, match="already"):
        hold(did, by=boss)
    lift_hold(on=did, by=boss, at=LATER)
    with pytest.raises(WrongState, match="not on legal hold"):
        lift_hold(on=did, by=boss, at=LATER)
    again.refresh_from_db()
    assert again.lifted_at == LATER


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "a\0b", "x" * 100_000])
def test_a_hold_needs_a_reason_of_some_length(did, boss, reason):
    with pytest.raises(InvalidInput) as refused:
        hold(did, by=boss, reason=reason)
    assert refused.value.field == "reason"
    assert not LegalHold.objects.exists()


def test_the_reason_of_a_lifted_hold_goes_with_an_erased_person(did, boss):
    contact = make_inbound(did, ONE).conversation.contact
    hold(contact, by=boss, reason=f"Claim of {ONE}")
    lift_hold(on=contact, by=boss, at=NOW)
    found = export_contact(contact=contact, by=boss, at=NOW)
    assert found is not None
    assert [each["reason"] for each in found["legal_holds"]] == [f"Claim of {ONE}"]

    erase_contact(contact=contact, by=boss, at=NOW)

    assert LegalHold.objects.get().reason == "…"
    assert ONE not in str(list(AuditEntry.objects.values_list("changes", flat=True)))
    with pytest.raises(WrongState, match="erased"):
        hold(Contact.objects.get(pk=contact.pk), by=boss)
