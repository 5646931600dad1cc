"""The admin finds messages, conversations and contacts with the product's own search."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from messaging.admin.base import KeyPaginator
from messaging.models import Contact, Conversation, Message
from messaging.services.contacts.contacts import write_memo
from messaging.services.conversations.notes import add_note
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_outbound, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True)


@pytest.fixture
def rows(boss):
    """Three messages with two contacts."""
    elena = make_conversation(phone="34612345678", name="Elena Martínez")
    return {
        "theirs": make_inbound(content="请问我的发票什么时候可以开？", message_id="theirs-77"),
        "ours": make_outbound(
            elena, "Your invoice is ready", user=boss, status="sent", provider_message_id="mt-9/1"
        ),
        "other": make_inbound(make_did(), "447700900123", "Is the table free?"),
    }


def found(boss, noun, text):
    client = Client()
    client.force_login(boss)
    response = client.get(reverse(f"admin:messaging_{noun}_changelist"), {"q": text})
    assert response.status_code == 200
    return [row.pk for row in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("invoi", ["ours"], id="the beginning of a word"),
        pytest.param("发票", ["theirs"], id="two signs"),
        pytest.param("martinez", ["ours", "theirs"], id="the contact's name"),
        pytest.param("0900123", ["other"], id="part of the number"),
        pytest.param("+34 612 345", ["ours", "theirs"], id="the number with spaces"),
        pytest.param("mt-9/1", ["ours"], id="the id of what we sent"),
        pytest.param(" theirs-77 ", ["theirs"], id="the id of what came"),
        pytest.param("theirs-", [], id="not a part of an id"),
        pytest.param("+?", [], id="nothing to look for"),
    ],
)
def test_message_is_found(boss, rows, text, names):
    # Contacts' messages come with their conversation, both directions.
    assert found(boss, "message", text) == sorted((rows[name].pk for name in names), reverse=True)


def test_conversation_is_found_by_any_of_its_texts(boss, rows):
    assert found(boss, "conversation", "发票") == [rows["theirs"].conversation_id]
    assert found(boss, "conversation", "zeppelin") == []


def test_conversation_is_found_by_its_notes(boss, rows):
    add_note(conversation=rows["other"].conversation, author=boss, content="A regular", at=NOW)

    assert found(boss, "conversation", "regular") == [rows["other"].conversation_id]


def test_contact_is_found_by_name_number_and_memo(boss, rows):
    elena = Contact.objects.get(name="Elena Martínez").pk
    write_memo(conversation=Conversation.objects.get(contact=elena), text="Sits outside")

    assert found(boss, "contact", "elena") == [elena]
    assert found(boss, "contact", "345678") == [elena]
    assert found(boss, "contact", "outside") == [elena]
    assert found(boss, "contact", "zeppelin") == []


def test_without_a_search_everything_is_listed(boss, rows):
    assert found(boss, "message", "  ") == sorted((row.pk for row in rows.values()), reverse=True)


def test_search_costs_the_same_statements_at_any_length(boss, rows, django_assert_num_queries):
    client = Client()
    client.force_login(boss)
    address = reverse("admin:messaging_message_changelist")
    client.get(address, {"q": "mt-9/1"})

    with django_assert_num_queries(6):  # one of them is the audit log's
        client.get(address, {"q": "mt-9/1"})
    for turn in range(3):
        make_outbound(make_conversation(phone=f"3460000000{turn}"), f"invoice {turn}")
    with django_assert_num_queries(6):
        client.get(address, {"q": "mt-9/1"})


@pytest.mark.parametrize(("number", "places"), [(1, [4, 3]), (2, [2, 1]), (3, [0])])
def test_page_holds_its_rows_in_their_order(number, places):
    messages = [make_inbound(content=f"{turn}") for turn in range(5)]
    rows = Message.objects.order_by("-pk")

    page = KeyPaginator(rows, 2).page(number)

    assert list(page) == [messages[place] for place in places]
    assert page.paginator.num_pages == 3


@pytest.mark.parametrize(
    "spelling", ["+34 612 34 56 78", "(34) 612-345678", "612 34", "34612345678"]
)
@pytest.mark.parametrize("noun", ["push", "optout"])
def test_rows_are_found_by_a_number_in_any_spelling(boss, noun, spelling):
    make_inbound(content="STOP")

    assert len(found(boss, noun, spelling)) == 1
    assert found(boss, noun, "+34 999") == []


def test_a_did_number_is_found_as_the_admin_itself_writes_it(boss):
    did = make_did()

    for spelling in (did.formatted, did.number[:6], did.label):
        assert found(boss, "didnumber", spelling) == [did.pk]


def test_a_list_that_is_longer_than_can_be_paged_through_says_so(boss, monkeypatch):
    monkeypatch.setattr("messaging.admin.base.MOST_COUNTED", 2)
    monkeypatch.setattr(KeyPaginator, "most_counted", 2)
    for turn in range(3):
        make_inbound(content=f"{turn}")
    client = Client()
    client.force_login(boss)

    page = client.get(reverse("admin:messaging_message_changelist"))

    assert page.context["cl"].result_count == 2
    assert "the first 2; narrow the list to see others" in page.content.decode()


def test_messages_of_a_contact_are_found_beside_those_with_the_words(boss):
    elena = make_conversation(phone="34612345678", name="Table Mountain")
    hers = make_inbound(phone="34612345678", content="Hi")
    other = make_inbound(phone="447700900123", content="A table, please")
    assert elena.pk == hers.conversation_id

    assert found(boss, "message", "table") == [other.pk, hers.pk]


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "x " * 50_000, "a\0b"], ids=["a word", "words", "NUL"]
)
def test_every_list_bears_a_search_for_anything(boss, text):
    client = Client()
    client.force_login(boss)

    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        # The team settings are one row: their list leads to it.
        assert client.get(reverse(name), {"q": text}, follow=True).status_code == 200, name


def test_every_filter_refuses_what_no_value_holds(boss):
    client = Client()
    client.force_login(boss)

    asked = set()
    for model, options in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for entry in options.list_filter:
            field = entry[0] if isinstance(entry, tuple) else entry
            for lookup in (field, f"{field}__exact", f"{field}__gte"):
                if isinstance(lookup, str) and isinstance(field, str):
                    answer = client.get(address, {lookup: "a\0b"})
                    assert answer.status_code in {302, 400}, (address, lookup)
                    asked.add(lookup)

    assert "action" in asked
