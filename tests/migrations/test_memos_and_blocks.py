"""The migrations that give memos and blocks to the conversations of each number."""

from datetime import timedelta

import pytest

from messaging.db.search_index import create_search_indexes
from messaging.models import Contact, Conversation
from messaging.services.search.indexing import index_waiting
from messaging.services.search.search import matching_conversations
from tests.factories import NOW, make_conversation, make_did, make_user
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0045_hidden_texts")
pytestmark = [
    pytest.mark.nightly,
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def rows():
    """Two numbers; one contact on both, one on the first, one without anything to keep."""
    london = make_did("447700900123", label="London")
    return {
        "here": make_conversation(phone="34600000001", name="Ana"),
        "there": make_conversation(london, "34600000001"),
        "tom": make_conversation(phone="34600000002", name="Tom"),
        "plain": make_conversation(phone="34600000003", name="Eva"),
    }


@pytest.fixture
def old_contacts(rows):
    """The contacts as they were before."""
    try:
        yield migrate(BEFORE).get_model("messaging", "Contact").objects
    finally:
        migrate()


def memos():
    return {row.pk: row.memo for row in Conversation.objects.select_related("memo_row")}


def test_every_conversation_of_a_contact_keeps_its_memo(rows, old_contacts):
    old_contacts.filter(pk=rows["here"].contact_id).update(memo="Prefers mornings")

    migrate()

    assert memos() == {
        rows["here"].pk: "Prefers mornings",
        rows["there"].pk: "Prefers mornings",
        rows["tom"].pk: "",
        rows["plain"].pk: "",
    }


def test_a_memo_is_found_as_before_and_its_words_leave_the_contact(rows, old_contacts):
    from django.db import connection

    create_search_indexes(connection)
    old_contacts.filter(pk=rows["here"].contact_id).update(
        memo="Prefers mornings", search_text="ana prefers mornings 34600000001"
    )

    migrate()
    index_waiting()

    boss = make_user(is_staff=True)
    found = matching_conversations(Conversation.objects.order_by("pk"), text="mornings", user=boss)
    assert list(found) == [rows["here"], rows["there"]]
    assert "mornings" not in (Contact.objects.get(pk=rows["here"].contact_id).search_text or "")


def test_a_members_block_holds_where_the_contact_has_a_conversation(rows, old_contacts):
    ana = make_user("ana")
    old_contacts.filter(pk=rows["here"].contact_id).update(blocked_at=NOW, blocked_by_id=ana.pk)
    old_contacts.filter(pk=rows["tom"].contact_id).update(blocked_at=NOW, blocked_by_id=None)

    migrate()

    blocks = Conversation.objects.filter(blocked_at__isnull=False).order_by("pk")
    assert list(blocks.values_list("pk", "blocked_at", "blocked_by")) == [
        (rows["here"].pk, NOW, ana.pk),
        (rows["there"].pk, NOW, ana.pk),
        (rows["tom"].pk, NOW, None),
    ]
    assert not Contact.objects.filter(blocked_at__isnull=False).exists()


def test_an_administrators_block_goes_on_to_hold_for_all_numbers(rows, old_contacts):
    boss = make_user("boss", is_staff=True)
    old_contacts.filter(pk=rows["here"].contact_id).update(blocked_at=NOW, blocked_by_id=boss.pk)

    migrate()

    later = make_conversation(make_did("34910000000", label="Later"), "34600000001")
    assert [row.is_blocked for row in Conversation.objects.order_by("pk")] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert later.contact.blocked_by == boss


def test_backwards_a_contact_gets_all_that_was_noted_on_its_numbers(rows):
    from messaging.services.contacts.contacts import write_memo

    write_memo(conversation=rows["here"], text="Prefers mornings")
    write_memo(conversation=rows["there"], text="Owes us a form")
    Conversation.objects.filter(pk=rows["there"].pk).update(blocked_at=NOW + timedelta(hours=1))
    try:
        contacts = migrate(BEFORE).get_model("messaging", "Contact").objects
        found = contacts.get(pk=rows["here"].contact_id)
        assert (found.memo, found.blocked_at) == (
            "Prefers mornings\nOwes us a form",
            NOW + timedelta(hours=1),
        )
    finally:
        migrate()
