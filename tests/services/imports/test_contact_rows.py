"""Contacts from a file are added or changed as by hand; an undo leaves what others did since."""

import pytest
from django.utils import timezone

from messaging.models import (
    Contact,
    ContactField,
    Conversation,
    ConversationEvent,
    ImportRow,
    Membership,
)
from messaging.policy import Role
from messaging.services.contacts.contacts import edit_contact
from messaging.services.contacts.known_contacts import contacts_known_to
from messaging.services.contacts.legal_holds import place_hold
from messaging.services.contacts.merge import merge_contacts
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.imports import contact_rows
from messaging.services.imports.jobs import Reading, choose_columns, confirm, undo
from messaging.services.imports.steps import keep_importing
from messaging.services.privacy.erasure import erase_contact
from tests.factories import NOW, PHONE, make_did, make_inbound, make_outbound, make_user
from tests.services.imports.files import (
    checked,
    imported,
    make_supervisor,
    outcomes,
    upload,
    work,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]
FULL = "Name,Phone,Email,Language,Plan\nElena,+34612345678,e@example.com,es,Gold\n"


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def boss(did):
    return make_supervisor(did)


def contact_of(phone=PHONE):
    row = Contact.objects.get(phone_key=phone)
    return row.name, row.email, row.language, row.fields


def take_back(job, by):
    undo(job, by=by, at=timezone.now())
    work()
    return list(ImportRow.objects.filter(job=job).values_list("state", "reason"))


def test_a_new_contact_is_known_to_the_members_of_the_number(did, boss):
    colleague = make_user()
    did.members.add(colleague)

    imported(FULL, by=boss, did=did)

    assert contact_of() == ("Elena", "e@example.com", "es", {})
    assert contacts_known_to(colleague).count() == 1
    thread = Conversation.objects.get()
    assert (thread.did_number, thread.status, thread.needs_reply_since) == (did, "closed", None)
    assert not ConversationEvent.objects.exists()


def test_a_known_contact_is_changed_where_the_file_says_something(did, boss):
    contact = make_inbound(did).conversation.contact
    edit_contact(
        contact=contact, conversation=contact.conversations.get(), by=boss, at=NOW,
        name="Old", email="old@example.com", fields={"Town": "Cádiz"},
    )  # fmt: skip

    job = imported("Name,Phone,Email\nElena,+34612345678,\n", by=boss, did=did)

    assert contact_of() == ("Elena", "old@example.com", "", {"Town": "Cádiz"})
    assert outcomes(job) == [(2, "change", "")]
    renamed = ConversationEvent.objects.filter(kind="renamed").order_by("pk").last()
    assert renamed is not None
    assert (renamed.actor, renamed.facts) == (boss, {"name": "Elena"})


def test_the_same_file_again_changes_nothing(did, boss):
    imported(FULL, by=boss, did=did)

    assert outcomes(checked(FULL, by=boss, did=did)) == [(2, "same", "")]


def test_any_other_column_can_be_kept_under_its_name(did, boss):
    job = upload("Phone,Plan,City\n+34612345678,Gold,\n", by=boss, did=did)
    choose_columns(job, Reading(["phone", "field", "field"]))
    work()
    confirm(job, by=boss, at=NOW)
    work()

    assert contact_of() == ("", "", "", {"Plan": "Gold"})


def test_only_what_is_empty_is_filled_in_where_that_is_wanted(did, boss):
    contact = make_inbound(did).conversation.contact
    Contact.objects.filter(pk=contact.pk).update(name="Old")

    imported(FULL, by=boss, did=did, fills_only=True)

    assert contact_of()[:3] == ("Old", "e@example.com", "es")


def test_several_numbers_of_one_card_are_several_contacts(did, boss):
    card = "BEGIN:VCARD\nFN:Elena\nTEL:+34612345678\nTEL:+34 612 345 679\nEND:VCARD\n"

    job = imported(card, by=boss, did=did, name="elena.vcf")

    assert outcomes(job) == [(2, "create", ""), (2, "create", "")]
    assert sorted(Contact.objects.values_list("phone_key", "name")) == [
        ("34612345678", "Elena"),
        ("34612345679", "Elena"),
    ]


def test_a_number_without_its_country_needs_one_to_be_chosen(did, boss):
    text = "Name,Phone\nElena,612 34 56 78\n"

    assert outcomes(checked(text, by=boss, did=did))[0][1] == "invalid"
    job = imported(text, by=boss, did=did, region="ES")
    assert outcomes(job) == [(2, "create", "")]
    assert contact_of()[0] == "Elena"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(f"Elena,+{'8615088888888'},", "own_number", id="our own number"),
        pytest.param("Elena,+34612345678,nobody", "bad_email", id="email"),
        pytest.param("E" * 121 + ",+34612345678,", "too_long", id="name"),
        pytest.param("Elena,+34,", "number_no_country_code", id="half a number"),
    ],
)
def test_what_cannot_be_kept_is_invalid(did, boss, row, reason):
    text = f"Name,Phone,Email\n{row}\n"

    assert outcomes(checked(text, by=boss, did=did)) == [(2, "invalid", reason)]


def test_what_people_of_other_numbers_wrote_down_is_neither_shown_nor_changed(did, boss):
    other = make_inbound(make_did("447700900123")).conversation
    Contact.objects.filter(pk=other.contact_id).update(name="Their secret")

    job = imported(FULL, by=boss, did=did)

    assert outcomes(job) == [(2, "create", "")]
    assert contact_of()[0] == "Their secret"
    assert not contacts_known_to(boss).exists()
    assert ImportRow.objects.get().after == {}
    assert take_back(job, boss) == [("undone", "")]
    assert list(Conversation.objects.values_list("pk", flat=True)) == [other.pk]


def test_who_may_only_read_a_contact_does_not_change_it(did, boss):
    other = make_did("447700900123")
    Membership.objects.create(didnumber=other, user=boss, role=Role.VIEWER)
    make_inbound(other)

    assert outcomes(checked(FULL, by=boss, did=did)) == [(2, "invalid", "not_allowed")]


def test_an_opt_out_from_before_an_erasure_holds(did, boss):
    thread = make_inbound(did).conversation
    record_opt_out(conversation=thread, at=NOW)
    erase_contact(contact=thread.contact, by=make_user(is_staff=True), at=NOW)

    imported(FULL, by=boss, did=did)

    assert Contact.objects.get(phone_key=PHONE).opt_outs.in_force().count() == 1


def test_an_undo_removes_new_contacts_and_restores_changed_ones(did, boss):
    known = make_inbound(did, phone="34612345679").conversation.contact
    Contact.objects.filter(pk=known.pk).update(name="Old", fields={"Plan": "Basic"})
    job = imported(FULL + "New,+34612345679,n@example.com,,\n", by=boss, did=did)
    assert contact_of("34612345679")[:2] == ("New", "n@example.com")

    assert take_back(job, boss) == [("undone", ""), ("undone", "")]

    assert contact_of("34612345679") == ("Old", "", "", {"Plan": "Basic"})
    assert Contact.objects.count() == 1


def test_an_undo_leaves_what_somebody_edited_or_used(did, boss):
    job = imported(
        FULL + "B,+34612345679,,,\nC,+34612345680,,,\nD,+34612345681,,,\n", by=boss, did=did
    )
    edited = Contact.objects.get(phone_key=PHONE)
    edit_contact(
        contact=edited, conversation=edited.conversations.get(), by=boss, at=NOW, name="Mine"
    )
    make_outbound(Conversation.objects.get(contact__phone_key="34612345679"))
    make_inbound(did, phone="34612345680")

    assert take_back(job, boss) == [
        ("left", "left_edited"),
        ("left", "left_in_use"),
        ("left", "left_in_use"),
        ("undone", ""),
    ]
    names = Contact.objects.order_by("phone_key").values_list("name", flat=True)
    assert list(names) == ["Mine", "B", "C"]


def test_of_a_changed_contact_only_what_nobody_touched_is_restored(did, boss):
    contact = make_inbound(did).conversation.contact
    job = imported(FULL, by=boss, did=did)
    edit_contact(
        contact=contact, conversation=contact.conversations.get(), by=boss, at=NOW, name="Mine"
    )

    assert take_back(job, boss) == [("left", "left_edited")]
    assert contact_of()[:2] == ("Mine", "")


def test_a_person_with_several_numbers_is_changed_as_one(did, boss):
    first = make_inbound(did).conversation.contact
    second = make_inbound(did, phone="34612345679").conversation.contact
    merge_contacts(kept=first, joined=second, by=boss, at=NOW)

    job = imported(FULL, by=boss, did=did)
    assert contact_of("34612345679") == contact_of() == ("Elena", "e@example.com", "es", {})

    assert take_back(job, boss) == [("undone", "")]
    assert contact_of("34612345679") == contact_of() == ("", "", "", {})


def test_an_undo_leaves_who_was_merged_since(did, boss):
    job = imported(FULL, by=boss, did=did)
    other = make_inbound(did, phone="34612345679").conversation.contact
    merge_contacts(kept=Contact.objects.get(phone_key=PHONE), joined=other, by=boss, at=NOW)

    assert take_back(job, boss) == [("left", "left_in_use")]
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("is_on_number", [True, False], ids=["number", "contact"])
def test_an_undo_leaves_what_is_on_legal_hold(did, boss, is_on_number):
    make_inbound(did, "34600000001")
    job = imported("Phone,Name\n34612345678,Elena\n34600000001,Ana\n", by=boss, did=did)
    held = [did] if is_on_number else list(Contact.objects.order_by("pk"))
    for on in held:
        place_hold(on=on, reason="A lawsuit", by=make_user(is_staff=True), at=NOW)

    assert take_back(job, boss) == [("left", "left_on_hold")] * 2
    assert contact_of()[0] == "Elena"
    assert contact_of("34600000001")[0] == "Ana"


def test_a_column_that_a_defined_field_is_called_fills_that_field(did, boss):
    ContactField.objects.create(key="plan", name="Plan", kind="choice", choices=["Gold"])
    text = "Phone,plan,Own\n+34612345678,GOLD,x\n+34612345679,Silver,\n"
    job = upload(text, by=boss, did=did)
    choose_columns(job, Reading(["phone", "field", "field"]))
    work()

    assert outcomes(job) == [(2, "create", ""), (3, "invalid", "bad_field")]
    confirm(job, by=boss, at=NOW)
    work()
    assert contact_of() == ("", "", "", {"plan": "Gold", "Own": "x"})


def test_an_undo_takes_back_its_own_fields_where_others_were_edited(did, boss):
    contact = make_inbound(did).conversation.contact
    Contact.objects.filter(pk=contact.pk).update(fields={"Plan": "Basic", "Town": "Cádiz"})
    text = "Phone,Plan,City,Note\n+34612345678,Gold,Rome,x\n"
    job = upload(text, by=boss, did=did)
    choose_columns(job, Reading(["phone", "field", "field", "field"]))
    work()
    confirm(job, by=boss, at=NOW)
    work()
    fields = contact_of()[3] | {"Town": "Sevilla", "Note": "mine"}
    Contact.objects.filter(pk=contact.pk).update(fields=fields)

    assert take_back(job, boss) == [("left", "left_edited")]
    assert contact_of()[3] == {"Plan": "Basic", "Town": "Sevilla", "Note": "mine"}


def test_two_imports_of_one_contact_are_undone_in_any_order(did, boss):
    contact = make_inbound(did).conversation.contact
    jobs = []
    for name in ("A", "B"):
        job = upload(f"Phone,{name}\n+34612345678,x\n", by=boss, did=did)
        choose_columns(job, Reading(["phone", "field"]))
        work()
        confirm(job, by=boss, at=NOW)
        work()
        jobs.append(job)

    for job in jobs:
        assert take_back(job, boss) == [("undone", "")]
    contact.refresh_from_db()
    assert contact.fields == {}


def test_what_was_written_down_since_the_row_was_judged_stays(did, boss, monkeypatch):
    contact = make_inbound(did).conversation.contact
    job = upload("Phone,Plan\n+34612345678,Gold\n", by=boss, did=did)
    choose_columns(job, Reading(["phone", "field"]))
    work()
    original = contact_rows.locked_person

    def meanwhile(contact_id):
        Contact.objects.filter(pk=contact.pk).update(fields={"Town": "Cádiz"})
        return original(contact_id)

    monkeypatch.setattr(contact_rows, "locked_person", meanwhile)
    confirm(job, by=boss, at=NOW)
    keep_importing(clock=lambda: 0.0, rest=lambda seconds: None)

    assert contact_of()[3] == {"Town": "Cádiz", "Plan": "Gold"}


def test_who_knows_one_of_several_empty_numbers_names_the_person(did, boss):
    people = [make_inbound(did, phone=f"3461234567{n}").conversation.contact for n in (8, 9)]
    merge_contacts(kept=people[0], joined=people[1], by=boss, at=NOW)
    london = make_did("447700900123")

    imported("Name,Phone\nElena,+34612345678\n", by=make_supervisor(london), did=london)

    assert set(Contact.objects.values_list("name", flat=True)) == {"Elena"}
