"""Two contacts become one person, and are again what they were when they are separated."""

from __future__ import annotations

import random
import threading

import pytest
from django.db import connection, transaction

from messaging.models import (
    AuditEntry,
    Change,
    Contact,
    Conversation,
    ConversationEvent,
    Memo,
    MergedPerson,
    PersonNumber,
)
from messaging.services.contacts.contacts import edit_contact, name_contact, write_memo
from messaging.services.contacts.known_contacts import contacts_known_to
from messaging.services.contacts.merge import merge_contacts, parting_of, separate_contacts
from messaging.services.contacts.merged_people import (
    contact_ids_of_person,
    locked_person,
    one_entry_each,
    other_numbers,
)
from messaging.services.contacts.new_contact import add_contact
from messaging.services.contacts.opt_outs import opt_out_in_force, record_opt_out
from messaging.services.contacts.shared_values import joined_memo
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.privacy.erasure import erase_contact, erase_person
from messaging.services.privacy.export import export_person
from messaging.services.search.search import matching_conversations
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PHONES = ["34612345670", "34612345671", "34612345672", "34612345673"]


@pytest.fixture
def ana():
    return make_user("ana")


@pytest.fixture
def boss():
    return make_user("boss", is_staff=True)


@pytest.fixture
def desk(ana):
    return make_did(members=(ana,))


@pytest.fixture
def london():
    return make_did("447700900123", label="London", members=(make_user("eve"),))


def met(did, phone, **values):
    """A contact who texted a number of ours; values are put into its row."""
    contact = make_inbound(did, phone).conversation.contact
    Contact.objects.filter(pk=contact.pk).update(**values)
    return Contact.objects.get(pk=contact.pk)


def memo_of(contact, did):
    return Conversation.objects.get(contact=contact, did_number=did).memo


def shared(contact):
    contact.refresh_from_db()
    return (contact.name, contact.email, contact.language, contact.fields)


def merge(kept, joined, *, by):
    merge_contacts(kept=kept, joined=joined, by=by, at=NOW)


def test_both_have_what_one_has_and_the_other_where_that_is_empty(desk, ana):
    kept = met(desk, PHONES[0], name="Elena 🦊", fields={"plan": "gold"})
    joined = met(
        desk, PHONES[1], name="E. García", language="es", fields={"plan": "blue", "id": "7"}
    )

    merge(kept, joined, by=ana)

    both = ("Elena 🦊", "", "es", {"plan": "gold", "id": "7"})
    assert shared(kept) == shared(joined) == both
    assert contact_ids_of_person(joined.pk) == [kept.pk, joined.pk]
    told = Change.objects.filter(kind="conversation").values_list("conversation_id", flat=True)
    assert set(told) >= set(Conversation.objects.values_list("pk", flat=True))
    renamed = ConversationEvent.objects.get(kind=ConversationEvent.Kind.RENAMED)
    assert renamed.conversation.contact == joined


def test_opt_outs_and_conversations_stay_with_their_number(desk, ana):
    kept, joined = met(desk, PHONES[0]), met(desk, PHONES[1])
    thread = Conversation.objects.get(contact=joined)
    record_opt_out(conversation=thread, at=NOW, by=ana)

    merge(kept, joined, by=ana)

    assert opt_out_in_force(contact_id=joined.pk, did_number_id=desk.pk) is not None
    assert opt_out_in_force(contact_id=kept.pk, did_number_id=desk.pk) is None
    assert make_inbound(desk, PHONES[1]).conversation == thread


def test_the_contact_note_is_one_on_each_of_our_numbers_and_no_other(desk, london, boss):
    kept, joined = met(desk, PHONES[0]), met(desk, PHONES[1])
    met(london, PHONES[0])
    for contact, did, text in (
        (kept, desk, "Tall"),
        (joined, desk, "Blond"),
        (kept, london, "VIP"),
    ):
        write_memo(
            conversation=Conversation.objects.get(contact=contact, did_number=did), text=text
        )

    merge(kept, joined, by=boss)

    assert memo_of(kept, desk) == memo_of(joined, desk) == "Tall\nBlond"
    assert memo_of(kept, london) == "VIP"
    write_memo(conversation=Conversation.objects.get(contact=joined, did_number=desk), text="Gone")
    assert memo_of(kept, desk) == "Gone"
    assert memo_of(kept, london) == "VIP"


@pytest.mark.parametrize(
    ("kept", "joined", "both"),
    [
        ("", "b", "b"),
        ("a", "", "a"),
        ("a b", "b", "a b"),
        ("a" * 1999, "bb", "a" * 1999),
        ("a", "b", "a\nb"),
    ],
)
def test_two_notes_are_joined_where_they_fit(kept, joined, both):
    assert joined_memo(kept, joined) == both


def test_a_change_of_one_number_is_a_change_of_all(desk, london, ana, boss):
    kept, joined = met(desk, PHONES[0]), met(london, PHONES[1])
    merge(kept, joined, by=boss)
    thread = Conversation.objects.get(contact=kept)

    edit_contact(contact=kept, conversation=thread, by=ana, at=NOW, name="Elena", fields={"a": "b"})
    assert shared(joined) == ("Elena", "", "", {"a": "b"})

    Contact.objects.update(name="")
    name_contact(contact_id=joined.pk, name="Lena", by=boss, at=NOW)
    assert shared(kept)[0] == "Lena"


def test_separating_gives_each_what_it_had(desk, ana):
    kept = met(desk, PHONES[0], name="Elena", email="e@example.com", fields={"plan": "gold"})
    joined = met(desk, PHONES[1], name="E. García", language="es")
    write_memo(conversation=Conversation.objects.get(contact=joined), text="Blond")
    before = shared(kept), shared(joined)
    merge(kept, joined, by=ana)
    edit_contact(
        contact=kept,
        conversation=Conversation.objects.get(contact=kept),
        by=ana,
        at=NOW,
        name="Somebody",
    )

    separate_contacts(contact=joined, by=ana, at=NOW)

    assert (shared(kept), shared(joined)) == before
    assert (memo_of(kept, desk), memo_of(joined, desk)) == ("", "Blond")
    assert not MergedPerson.objects.exists()
    assert not PersonNumber.objects.exists()
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", "changes"))
    ids = {"kept": [kept.pk], "joined": [joined.pk]}
    assert actions == [("contacts_merged", ids), ("contacts_separated", ids)]


@pytest.mark.parametrize("seed", range(3))
def test_any_merges_taken_back_one_by_one_leave_what_was_there(desk, boss, seed):
    dice = random.Random(seed)
    contacts = [met(desk, phone, name=f"Name {phone}") for phone in PHONES]
    before = [shared(row) for row in contacts]
    while MergedPerson.objects.count() != 1 or PersonNumber.objects.count() != len(contacts):
        one, other = dice.sample(contacts, 2)
        if other.pk not in contact_ids_of_person(one.pk):
            merge(Contact.objects.get(pk=one.pk), Contact.objects.get(pk=other.pk), by=boss)
    for _ in contacts[1:]:
        separate_contacts(
            contact=dice.choice(list(PersonNumber.objects.all())).contact, by=boss, at=NOW
        )

    assert [shared(row) for row in contacts] == before
    assert not MergedPerson.objects.exists()


def test_a_reader_of_one_number_learns_nothing_of_another(desk, london, ana, boss):
    kept, joined = met(desk, PHONES[0], name="Elena"), met(london, PHONES[1])
    merge(kept, joined, by=boss)

    assert other_numbers([kept.pk], user=ana) == {}
    assert [row.pk for row in other_numbers([kept.pk], user=boss)[kept.pk]] == [joined.pk]
    assert parting_of(kept, user=ana) is None
    with pytest.raises(WrongState):
        separate_contacts(contact=kept, by=ana, at=NOW)
    eve = london.members.get()
    for user in (ana, eve):
        assert one_entry_each(contacts_known_to(user), user=user).count() == 1
    assert one_entry_each(contacts_known_to(boss), user=boss).get().pk == kept.pk
    everything = Conversation.objects.visible_to(ana)
    assert not matching_conversations(everything, text=PHONES[1], user=ana).exists()


def test_separating_two_leaves_a_third_that_the_reader_does_not_know(desk, london, ana, boss):
    first, second = met(desk, PHONES[0], name="A"), met(desk, PHONES[1], name="B")
    hidden = met(london, PHONES[2], name="C")
    merge(first, second, by=ana)
    merge(hidden, first, by=boss)

    separate_contacts(contact=first, by=ana, at=NOW)

    assert shared(second)[0] == "B"
    assert contact_ids_of_person(first.pk) == [hidden.pk, first.pk]
    separate_contacts(contact=first, by=boss, at=NOW)
    assert (shared(first)[0], shared(hidden)[0]) == ("A", "C")


def test_who_only_added_a_contact_does_not_read_what_a_merge_writes_down(desk, ana, boss):
    mill = make_did("447700900199", members=(make_user("mill"),))
    kept = met(desk, PHONES[0], name="Secret")
    thread = add_contact(did_number=mill, phone=f"+{PHONES[1]}", by=mill.members.get(), at=NOW)
    make_inbound(desk, PHONES[1])

    merge(kept, thread.contact, by=ana)

    assert not contacts_known_to(mill.members.get()).exists()
    separate_contacts(contact=kept, by=ana, at=NOW)
    assert contacts_known_to(mill.members.get()).get().name == ""


def test_a_search_for_one_number_finds_the_conversations_of_all(desk, london, ana, boss):
    kept, joined = met(desk, PHONES[0]), met(desk, PHONES[1])
    merge(kept, joined, by=ana)

    for user in (ana, boss):
        found = matching_conversations(
            Conversation.objects.visible_to(user), text=PHONES[1], user=user
        )
        assert set(found.values_list("contact_id", flat=True)) == {kept.pk, joined.pk}


def test_what_cannot_be_merged_says_why(desk, ana):
    one, two = met(desk, PHONES[0]), met(desk, PHONES[1])
    with pytest.raises(InvalidInput, match="another"):
        merge(one, one, by=ana)
    merge(one, two, by=ana)
    with pytest.raises(InvalidInput, match="already"):
        merge(two, one, by=ana)


def test_a_person_has_so_many_numbers_at_most(desk, ana, monkeypatch):
    monkeypatch.setattr("messaging.services.contacts.merge.MOST_NUMBERS", 2)
    one, two, three = (met(desk, phone) for phone in PHONES[:3])
    merge(one, two, by=ana)
    with pytest.raises(WrongState, match="at most 2 numbers"):
        merge(one, three, by=ana)


def test_an_erasure_takes_all_numbers_of_a_person(desk, boss):
    one, two = met(desk, PHONES[0], name="Elena"), met(desk, PHONES[1], name="Lena")
    merge(one, two, by=boss)

    counts = erase_person(contact=two, by=boss, at=NOW)

    assert counts["messages"] == 2
    assert not Contact.objects.filter(erased_at__isnull=True).exists()
    assert not MergedPerson.objects.exists()


def test_no_number_is_erased_while_one_is_written_to(desk, boss):
    one, two = met(desk, PHONES[0]), met(desk, PHONES[1])
    merge(one, two, by=boss)
    make_outbound(Conversation.objects.get(contact=two), status="sending")

    with pytest.raises(WrongState, match="being sent"):
        erase_person(contact=one, by=boss, at=NOW)
    assert not Contact.objects.filter(erased_at__isnull=False).exists()


def test_of_one_erased_number_nothing_is_kept_with_the_others(desk, boss):
    rows = [met(desk, phone, name=f"Name {phone}") for phone in PHONES[:3]]
    merge(rows[0], rows[1], by=boss)
    merge(rows[0], rows[2], by=boss)

    erase_contact(contact=Contact.objects.get(pk=rows[1].pk), by=boss, at=NOW)

    assert PHONES[1] not in str(MergedPerson.objects.get().tree)
    separate_contacts(contact=rows[0], by=boss, at=NOW)
    assert [shared(row)[0] for row in rows] == [f"Name {PHONES[0]}", "", f"Name {PHONES[2]}"]


def test_an_export_holds_the_numbers_that_its_reader_knows(desk, london, ana, boss):
    one, two = met(desk, PHONES[0]), met(london, PHONES[1])
    merge(one, two, by=boss)

    theirs = export_person(contact=one, by=ana, at=NOW)
    assert theirs is not None
    assert "other_numbers" not in theirs
    everything = export_person(contact=one, by=boss, at=NOW)
    assert everything is not None
    phones = [each["contact"]["phone"] for each in everything["other_numbers"]]
    assert phones == [f"+{PHONES[1]}"]
    assert Memo.objects.count() == 0


def test_who_adds_one_number_of_a_nameless_person_names_all_of_them(desk, london, ana):
    kept, joined = met(desk, PHONES[0]), met(desk, PHONES[1])
    merge(kept, joined, by=ana)

    add_contact(
        did_number=london, phone=f"+{PHONES[1]}", by=london.members.get(), at=NOW, name="Elena"
    )

    assert shared(kept) == shared(joined) == ("Elena", "", "", {})


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_that_comes_while_its_contact_is_changed_waits_for_nothing(desk, ana):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock for the whole file")
    contact = met(desk, PHONES[0])
    is_held, may_end = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            locked_person(contact.pk)
            is_held.set()
            may_end.wait()
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            record_opt_out(conversation=contact.conversations.get(), at=NOW, by=ana)
    finally:
        may_end.set()
        holder.join()

    assert opt_out_in_force(contact_id=contact.pk, did_number_id=desk.pk) is not None
