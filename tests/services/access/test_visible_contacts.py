"""A contact's name is shown to those who exchanged something with it, its number to everybody."""

import pytest

from messaging.models import Contact, Conversation, ConversationEvent, Memo, Message
from messaging.services.access.visible_contacts import hide_unknown, knows_contact, named_contacts
from messaging.services.contacts.contacts import edit_contact, write_memo
from messaging.services.errors import InvalidInput
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.outbox.recipients import has_written
from messaging.services.search.search import matching_conversations
from messaging.statuses import REALLY_SENT, Status
from tests.factories import (
    NOW,
    PHONE,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]
OUTBOUND = sorted(set(Status) - {Status.RECEIVED})


@pytest.fixture
def ana():
    return make_user("ana")


@pytest.fixture
def desk(ana):
    return make_did(members=(ana,))


@pytest.fixture
def london():
    return make_did("447700900123", label="London")


@pytest.fixture
def elena(london):
    """A contact whom London's members named."""
    contact = make_inbound(london, content="Hello London").conversation.contact
    Contact.objects.filter(pk=contact.pk).update(
        name="Elena", email="elena@example.com", language="es", search_text=None
    )
    return contact


def shown_name(user, conversation):
    """What the list, an object and a query say; they must agree."""
    query = ListQuery.parse("all", {})
    assert query is not None
    in_list = {row.id: row.name for row in list_page(query=query, user=user, at=NOW).rows}
    row = Conversation.objects.select_related("contact").get(pk=conversation.pk)
    is_known = knows_contact(conversation=row, user=user)
    assert Contact.objects.known_to(user).filter(pk=row.contact_id).exists() == is_known
    hide_unknown([row], user=user)
    assert in_list[row.pk] == row.contact.display_name
    assert (row.contact.name != "") == is_known
    return row.contact.display_name


@pytest.mark.parametrize("status", OUTBOUND)
def test_a_name_is_known_once_a_text_was_really_sent(ana, desk, elena, status):
    message = make_outbound(make_conversation(desk), user=ana, status=status)

    is_really_sent = status in REALLY_SENT
    expected = "Elena" if is_really_sent else "+34 612 34 56 78"
    assert shown_name(ana, message.conversation) == expected
    assert Conversation.objects.exchanged().filter(did_number=desk).exists() == is_really_sent


def test_a_name_is_known_once_a_text_was_received(ana, desk, elena):
    assert shown_name(ana, make_inbound(desk).conversation) == "Elena"


def test_what_was_exchanged_on_another_number_of_mine_counts(ana, desk, elena):
    second = make_did("34910000000", label="Second", members=(ana,))
    make_inbound(second)

    assert shown_name(ana, make_conversation(desk)) == "Elena"


def test_an_administrator_knows_every_name(desk, elena):
    boss = make_user(is_staff=True)

    assert shown_name(boss, make_conversation(desk)) == "Elena"


def test_a_hidden_contact_cannot_be_saved_and_lose_its_name(ana, desk, elena):
    row = make_conversation(desk)
    hide_unknown([row], user=ana)

    with pytest.raises(ValueError, match="hidden"):
        row.contact.save()

    assert Contact.objects.get(pk=elena.pk).name == "Elena"


@pytest.mark.parametrize("field", ["name", "email", "language"])
def test_what_a_person_may_not_see_they_may_not_change(ana, desk, elena, field):
    conversation = make_conversation(desk)

    with pytest.raises(InvalidInput, match="once a message has been sent"):
        edit_contact(
            contact=conversation.contact, conversation=conversation, by=ana, at=NOW, **{field: "x"}
        )

    elena.refresh_from_db()
    assert (elena.name, elena.email, elena.language) == ("Elena", "elena@example.com", "es")


def test_a_new_name_is_told_wherever_the_contact_is_known(ana, desk, elena, london):
    here = make_inbound(desk).conversation
    unknown = make_conversation(make_did("34910000000", label="Third"))

    edit_contact(contact=elena, conversation=here, by=ana, at=NOW, name="Elena M.")

    rows = ConversationEvent.objects.filter(kind="renamed").order_by("pk")
    assert list(rows.values_list("conversation__did_number__label", "facts")) == [
        ("London", {"name": "Elena M."}),
        ("Front desk", {"name": "Elena M."}),
    ]
    assert not unknown.events.exists()


def test_a_memo_is_one_numbers_and_empty_it_is_gone(ana, desk, elena, london):
    here = make_inbound(desk).conversation

    write_memo(conversation=here, text=" Prefers mornings ")
    assert Conversation.objects.get(pk=here.pk).memo == "Prefers mornings"
    assert Conversation.objects.get(did_number=london).memo == ""

    write_memo(conversation=here, text=" ")
    assert not Memo.objects.exists()


def found(user, text):
    rows = Conversation.objects.visible_to(user).order_by("pk")
    return list(matching_conversations(rows, text=text, user=user).values_list("pk", flat=True))


def test_a_search_finds_by_name_and_memo_only_what_its_reader_may_see(ana, desk, elena, london):
    here, there = make_conversation(desk), Conversation.objects.get(did_number=london)
    write_memo(conversation=there, text="Owes us a form")
    write_memo(conversation=here, text="Prefers mornings")
    boss = make_user(is_staff=True)

    asked = ("elena", "example", "form", "mornings", "elena mornings", "612 345", "345 mornings")
    assert [found(ana, text) for text in asked] == [
        [],
        [],
        [],
        [here.pk],
        [],
        [here.pk],
        [here.pk],
    ]
    both = [there.pk, here.pk]
    assert [sorted(found(boss, text)) for text in asked] == [
        sorted(both),
        sorted(both),
        [there.pk],
        [here.pk],
        [here.pk],
        sorted(both),
        sorted(both),
    ]


def test_what_others_have_does_not_use_up_a_search(ana, desk, london, monkeypatch):
    from messaging.services.search import contacts as search_contacts
    from messaging.services.search import index_scan

    monkeypatch.setattr(search_contacts, "MOST_CONTACTS", 2)
    monkeypatch.setattr(index_scan, "MOST_MATCHES", 4)
    mine = make_inbound(desk, "34600000000", "plan").conversation
    for number in range(1, 7):
        make_inbound(london, f"3460000000{number}", "plan")

    assert found(ana, "plan") == [mine.pk]
    assert found(ana, "346000") == [mine.pk]


def test_names_are_suggested_in_the_order_in_which_they_came_to_be_known(ana, desk, elena, london):
    make_conversation(desk, name="")
    known = make_inbound(desk, "34600000001").conversation
    Contact.objects.filter(pk=known.contact_id).update(name="Tom")
    assert named_contacts(user=ana, limit=9) == [("Tom", "34600000001")]

    make_inbound(desk)

    assert named_contacts(user=ana, limit=9) == [("Tom", "34600000001"), ("Elena", PHONE)]


def test_that_a_number_wrote_to_others_is_not_told(ana, desk, elena):
    assert not has_written(phone_key=PHONE, user=ana)

    make_inbound(desk)

    assert has_written(phone_key=PHONE, user=ana)


def test_refused_after_it_seemed_sent_a_text_shows_no_name_any_more(ana, desk, elena):
    message = make_outbound(make_conversation(desk), user=ana, status="unconfirmed")
    assert shown_name(ana, message.conversation) == "Elena"

    Message.objects.filter(pk=message.pk).update(status="failed")

    assert shown_name(ana, message.conversation) == "+34 612 34 56 78"
