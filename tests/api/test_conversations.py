"""The resources conversations and contacts."""

from datetime import timedelta

import pytest

from messaging.api import pagination
from messaging.models import Contact, Conversation, Label
from messaging.services.contacts.contacts import write_memo
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.conversations.lifecycle import assign
from messaging.services.conversations.notes import add_note
from messaging.services.conversations.opt_out_suggestions import dismiss_suggestion
from messaging.services.reading.read_marks import mark_read
from tests.api.conftest import client_of
from tests.factories import (
    DID,
    NOW,
    PHONE,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

URL = "/api/v1/conversations/"
CONTACTS = "/api/v1/contacts/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


def test_a_conversation_is_shown_whole(api, ana, did):
    message = make_inbound(did, content="Hello there")
    conversation = Conversation.objects.get()
    conversation.labels.add(Label.objects.create(name="VIP"))
    Contact.objects.update(name="Marta")
    write_memo(conversation=conversation, text="Prefers mornings")
    assign(conversation=conversation, to=ana, by=ana, at=NOW)

    assert api.get(f"{URL}{conversation.pk}/").json() == {
        "id": conversation.pk,
        "number": DID,
        # A contact is known by the first conversation that the caller sees.
        "contact": conversation.pk,
        "phone": PHONE,
        "name": "Marta",
        "memo": "Prefers mornings",
        "is_blocked": False,
        "status": "open",
        "assignee": "ana",
        "labels": ["VIP"],
        "unread": True,
        "needs_reply": True,
        "needs_reply_since": "2026-11-22T09:00:00Z",
        "has_opted_out": False,
        "opted_out": False,
        "opt_out_suggestion": None,
        "snoozed_until": None,
        "last_activity_at": "2026-11-22T09:00:00Z",
        "last_message": message.pk,
        "last_direction": "inbound",
        "last_preview": "Hello there",
        "created_at": conversation.created_at.isoformat()[:-6] + "Z",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Four", "Three", "Two", "One"]),
        ("status=closed", ["Three"]),
        ("status=open", ["Four", "Two", "One"]),
        ("assignee=me", ["One"]),
        ("assignee=ana", ["One"]),
        ("assignee=none", ["Four", "Three", "Two"]),
        (f"number=%2B{DID}", ["Four", "Three", "Two", "One"]),
        ("number=34911000000", []),
        ("unread=1", ["Four", "Three"]),
        ("unread=0", ["Two", "One"]),
        ("unread=1&status=open", ["Four"]),
        ("unread=0&status=open", ["Two", "One"]),
        ("needs_reply=1", ["Four", "Three", "One"]),
        ("label=vip", ["Two"]),
        ("q=two", ["Two"]),
        ("q=%2B34 612 345 671", ["One"]),
        ("q=here one", ["One"]),
        ("q=refund", ["Three"]),
        ("q=nowhere", []),
        ("status=open&needs_reply=1&assignee=me", ["One"]),
    ],
)
def test_a_list_can_be_narrowed(api, ana, did, query, found):
    one = make_inbound(did, "34612345671", "Here is one").conversation
    two = make_outbound(
        make_conversation(did, "34612345672", name="Two"), "Outbound", status="sent"
    ).conversation
    three = make_inbound(did, "34612345673", "Here is three").conversation
    Contact.objects.filter(pk=one.contact_id).update(name="One")
    Contact.objects.filter(pk=three.contact_id).update(name="Three")
    add_note(conversation=three, author=ana, content="Wants a refund", at=NOW)
    four = make_inbound(did, "34612345674", "The newest").conversation
    Contact.objects.filter(pk=four.contact_id).update(name="Four")
    Conversation.objects.filter(pk=three.pk).update(status="closed")
    two.labels.add(Label.objects.create(name="VIP"))
    assign(conversation=one, to=ana, by=ana, at=NOW)
    mark_read(conversation=one, user=ana, up_to_id=10**9)

    response = api.get(f"{URL}?{query}")

    assert [row["name"] for row in response.json()["results"]] == found


@pytest.mark.parametrize("query", ["unread=1", f"unread=1&number={DID}", "unread=1&page_size=1"])
def test_what_is_rare_in_a_long_list_comes_in_several_pages(api, ana, did, query, monkeypatch):
    monkeypatch.setattr(pagination, "MOST_WALKED", 3)
    made = [
        make_inbound(did, f"3461234567{turn}", at=NOW + timedelta(minutes=turn)).conversation
        for turn in range(8)
    ]
    for turn, conversation in enumerate(made):
        if turn not in {0, 1, 7}:
            mark_read(conversation=conversation, user=ana, up_to_id=10**9)
    Conversation.objects.filter(pk=made[1].pk).update(status="closed")

    pages = []
    url = f"{URL}?{query}"
    while url:
        page = api.get(url).json()
        pages.append([row["id"] for row in page["results"]])
        url = page["next"]

    assert [pk for page in pages for pk in page] == [made[7].pk, made[1].pk, made[0].pk]
    assert [] in pages
    assert all(len(page) <= 3 for page in pages)


def test_back_from_a_page_at_which_a_walk_ended(api, ana, did, monkeypatch):
    monkeypatch.setattr(pagination, "MOST_WALKED", 2)
    made = [
        make_inbound(did, f"3461234567{turn}", at=NOW + timedelta(minutes=turn)).conversation
        for turn in range(5)
    ]
    for conversation in made[1:4]:
        mark_read(conversation=conversation, user=ana, up_to_id=10**9)

    second = api.get(api.get(f"{URL}?unread=1").json()["next"]).json()

    assert second["results"] == []
    before = api.get(second["previous"]).json()
    assert [row["id"] for row in before["results"]] == [made[4].pk]


@pytest.mark.parametrize(
    "query",
    ["status=done", "assignee=nobody", "label=none", "number=abc", "unread=maybe", "needs_reply=2"],
)
def test_a_filter_that_cannot_be_used_is_a_400_that_names_it(api, query):
    response = api.get(f"{URL}?{query}")

    assert response.status_code == 400
    assert list(response.json()["fields"]) == [query.partition("=")[0]]


def test_its_messages_are_listed_newest_first_and_after_an_id_oldest_first(api, did):
    conversation = make_conversation(did)
    ids = [make_outbound(conversation).pk for _ in range(3)]
    make_outbound(make_conversation(did, "34612345679"))
    messages = f"{URL}{conversation.pk}/messages/"

    assert [row["id"] for row in api.get(messages).json()["results"]] == ids[::-1]
    assert [row["id"] for row in api.get(f"{messages}?after={ids[0]}").json()["results"]] == ids[1:]
    assert api.get(f"{messages}?status=failed").json()["results"] == []
    assert api.get(f"{messages}?status=faild").status_code == 400


def test_an_opt_out_of_the_conversations_number_is_shown(api, did):
    conversation = make_inbound(did).conversation
    record_opt_out(conversation=conversation, at=NOW)

    assert api.get(f"{URL}{conversation.pk}/").json()["has_opted_out"] is True
    assert api.get(f"{CONTACTS}{conversation.pk}/").json()["has_opted_out"] is True


def test_a_contact_is_found_by_number_or_name(api, did):
    make_outbound(make_conversation(did, name="Marta Gil"), status="sent")
    make_inbound(did, "NXBANK", "Your code is 1")

    def phones(query: str) -> list[str]:
        return [row["phone"] for row in api.get(f"{CONTACTS}?{query}").json()["results"]]

    assert phones("") == ["NXBANK", PHONE]
    assert phones("phone=%2B34 612 345 678") == [PHONE]
    assert phones("phone=nxbank") == ["NXBANK"]
    assert phones("q=gil") == [PHONE]
    assert phones("q=612-345") == [PHONE]


def test_who_is_not_a_member_sees_nothing(did):
    conversation = make_inbound(did).conversation
    stranger = client_of(make_user())

    assert stranger.get(URL).json()["results"] == []
    assert stranger.get(CONTACTS).json()["results"] == []
    for path in (
        f"{URL}{conversation.pk}/",
        f"{URL}{conversation.pk}/messages/",
        f"{CONTACTS}{conversation.contact_id}/",
    ):
        assert stranger.get(path).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_queries_at_any_length(api, did, rows, django_assert_num_queries):
    for number in range(rows):
        make_inbound(did, f"3461234567{number}")

    with django_assert_num_queries(3):  # the token, the conversations, their labels
        assert len(api.get(URL).json()["results"]) == rows
    with django_assert_num_queries(3):  # the token, the contacts, their other numbers
        assert len(api.get(CONTACTS).json()["results"]) == rows


def shown_opt_out(api, conversation):
    shown = api.get(f"{URL}{conversation.pk}/").json()
    return (shown["opted_out"], shown["opt_out_suggestion"])


def test_a_message_that_seems_to_ask_for_an_opt_out_is_named_until_it_is_settled(api, ana, did):
    message = make_inbound(did, content="please stop texting me")
    conversation = message.conversation
    assert shown_opt_out(api, conversation) == (False, message.pk)

    dismiss_suggestion(conversation=conversation, message_id=message.pk, at=NOW)

    assert shown_opt_out(api, conversation) == (False, None)


def test_where_there_is_an_opt_out_none_is_suggested(api, ana, did):
    message = make_inbound(did, content="please stop texting me")

    record_opt_out(conversation=message.conversation, at=NOW, by=ana)

    assert shown_opt_out(api, message.conversation) == (True, None)


def test_a_later_message_takes_the_suggestion_back(api, did):
    make_inbound(did, content="please stop texting me")
    message = make_inbound(did, content="never mind")

    assert shown_opt_out(api, message.conversation) == (False, None)


@pytest.mark.parametrize("rows", [1, 3])
def test_opt_outs_and_suggestions_of_a_list_cost_no_query_each(
    api, did, rows, django_assert_num_queries
):
    for number in range(rows):
        make_inbound(did, phone=f"3460000000{number}", content="please stop texting me")

    with django_assert_num_queries(3):
        results = api.get(URL).json()["results"]

    assert len([one["opt_out_suggestion"] for one in results if one["opt_out_suggestion"]]) == rows
