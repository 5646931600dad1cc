"""The inbox's pages over HTTP: whole, in part, and only for those who may see them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from messaging.models import Contact, Conversation, DidNumber, Label, StaffSettings
from messaging.services.contacts.contacts import write_memo
from messaging.services.conversations.notes import add_note
from messaging.services.inbox.pages import PAGE_SIZE
from tests.factories import (
    NOW,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    ana = make_user("ana", first_name="Ana", is_staff=True)
    client.force_login(ana)
    return ana


def test_the_root_leads_to_all_open(client, ana):
    response = client.get("/")

    assert (response.status_code, response["Location"]) == (302, "/inbox/open/")


@pytest.mark.parametrize(
    "path",
    [
        "/inbox/open/",
        "/inbox/open/1/",
        "/inbox/parts/list/?view=open",
        "/inbox/parts/sidebar/",
        "/inbox/parts/palette/?q=a",
        "/inbox/parts/notices/",
        "/inbox/bulk/matching/?view=open",
        "/settings/",
    ],
)
def test_a_user_who_is_not_signed_in_is_asked_to(client, path):
    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/")


@pytest.mark.parametrize(
    "path",
    ["/inbox/nonsense/", "/inbox/number-999/", "/inbox/label-999/", "/inbox/open/999/"],
)
def test_what_is_not_there_is_404(client, ana, path):
    assert client.get(path).status_code == 404


def test_a_conversation_of_a_number_that_is_not_mine_is_404_everywhere(client):
    client.force_login(make_user())
    conversation = make_inbound(content="secret").conversation

    page = client.get(reverse("conversation", args=["open", conversation.pk]))
    found = client.get("/inbox/parts/palette/?q=secret").json()
    number = client.get(f"/inbox/number-{conversation.did_number_id}/")

    assert (page.status_code, found, number.status_code) == (404, {"results": []}, 404)


def test_the_page_shows_the_view_and_its_rows(client, ana):
    make_conversation(name="Elena Martínez")
    make_inbound(content="<b>Hi</b> & bye")

    html = client.get("/inbox/open/").content.decode()

    assert "Elena Martínez" in html
    assert "&lt;b&gt;Hi&lt;/b&gt; &amp; bye" in html
    assert "<b>Hi</b>" not in html


def test_htmx_gets_only_the_part_that_it_swaps(client, ana):
    conversation = make_inbound().conversation
    path = reverse("conversation", args=["open", conversation.pk])

    def part(target):
        headers = {"HX-Request": "true", "HX-Target": target}
        return client.get(path, headers=headers).content.decode()

    main_pane, workspace = part("main-pane"), part("workspace")

    assert ('id="main-pane"' in main_pane, 'id="list"' in main_pane, "<html" in main_pane) == (
        True,
        False,
        False,
    )
    assert (
        'id="main-pane"' in workspace,
        'id="list"' in workspace,
        'id="sidebar"' in workspace,
    ) == (True, True, False)
    assert "<title>" in main_pane


def test_load_more_is_a_plain_link_to_the_next_page(client, ana):
    for number in range(PAGE_SIZE + 1):
        make_inbound(phone=f"3460000{number:04d}")
    html = client.get("/inbox/open/?unread=1").content.decode()
    link = html.split('id="more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")

    rest = client.get(link)

    assert link.startswith("/inbox/open/?unread=1&before=n~")
    assert len(rest.context["rows_page"].rows) == 1


def test_an_empty_view_says_what_would_be_there(client, ana):
    html = client.get("/inbox/mine/").content.decode()

    assert "No conversations assigned to you" in html


def test_a_search_without_a_result_offers_to_look_everywhere(client, ana):
    html = client.get("/inbox/mine/?q=nobody").content.decode()

    assert "No results" in html
    assert 'href="/inbox/all/?q=nobody"' in html


def test_a_match_is_marked(client, ana):
    make_inbound(content="Thursday <i>works</i>")

    html = client.get("/inbox/all/?q=thurs").content.decode()

    assert "<mark>Thurs</mark>day &lt;i&gt;works&lt;/i&gt;" in html


def test_a_found_note_is_told_apart_from_texts_and_leads_to_itself(client, ana):
    message = make_inbound(content="Hello")
    note, _new = add_note(
        conversation=message.conversation, author=ana, content="wants a <b>refund</b>", at=NOW
    )
    place = f"/inbox/all/{message.conversation_id}/"

    html = client.get("/inbox/all/?q=refund").content.decode()
    (result,) = client.get("/inbox/parts/palette/?q=refund").json()["results"]

    assert f'href="{place}?q=refund&amp;around={message.pk}#n-{note.pk}"' in html
    assert 'Note:</span> <span dir="auto">wants a &lt;b&gt;<mark>refund</mark>&lt;/b&gt;' in html
    assert result == {
        "name": "+34 612 34 56 78",
        "text": "Note: wants a <b>refund</b>",
        "url": f"{place}?around={message.pk}#n-{note.pk}",
    }
    assert f'id="n-{note.pk}"' in client.get(result["url"]).content.decode()


def test_the_count_of_a_search_says_when_there_is_more(client, ana, monkeypatch):
    monkeypatch.setattr("messaging.services.inbox.pages.PAGE_SIZE", 3)
    for number in range(3):
        make_inbound(phone=f"3460000000{number}", content="word")

    def count():
        return client.get("/inbox/all/?q=word").context["list_count"]

    assert count() == "3"
    make_inbound(phone="34600000003", content="word")
    assert count() == "3+"
    assert client.get("/inbox/all/?q=nothing").context["list_count"] == ""


@pytest.mark.parametrize("is_by_note", [True, False])
def test_a_search_that_shows_not_all_contacts_or_notes_says_so(
    client, ana, monkeypatch, is_by_note
):
    monkeypatch.setattr("messaging.services.inbox.pages.PAGE_SIZE", 2)
    for number in range(2):
        conversation = make_conversation(phone=f"3460000000{number}")
        if is_by_note:
            add_note(conversation=conversation, author=ana, content="34600", at=NOW)
            Contact.objects.filter(pk=conversation.contact_id).update(search_text="")

    response = client.get("/inbox/all/?q=34600")

    assert response.context["list_count"] == "1+"
    assert " data-cut>" in response.content.decode()


def test_a_found_memo_is_told_apart_from_texts(client, ana):
    write_memo(conversation=make_inbound(content="Hello").conversation, text="A regular")

    html = client.get("/inbox/all/?q=regular").content.decode()
    (result,) = client.get("/inbox/parts/palette/?q=regular").json()["results"]

    assert 'Contact note:</span> <span dir="auto">A <mark>regular</mark></span>' in html
    assert result["text"] == "Contact note: A regular"


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%F0%28", "q='\"*()", "number=x&label=-1", "before=%00", "assignee=%00", "sort=x"],
)
def test_no_query_breaks_the_page(client, ana, query):
    make_inbound()

    assert client.get(f"/inbox/open/?{query}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_queries_at_any_length(client, ana, count, django_assert_num_queries):
    for number in range(count):
        message = make_inbound(phone=f"3460000000{number}")
        message.conversation.labels.add(Label.objects.create(name=f"{number}"))
    client.get("/inbox/open/")

    with django_assert_num_queries(6):
        client.get("/inbox/open/")


def test_a_blocked_sender_is_not_called_like_a_blocked_message(client, ana):
    StaffSettings.objects.create(user=ana, language="zh-hans")
    conversation = make_inbound().conversation
    Conversation.objects.filter(pk=conversation.pk).update(blocked_at=NOW)
    make_outbound(conversation, user=ana, status="blocked")

    text = client.get(f"/inbox/all/{conversation.pk}/").content.decode()

    assert len(re.findall(r"</svg>已屏蔽</span>", text)) == 2  # in the list and in the details
    assert '<span class="vh">已拦截。</span>' in text


def test_the_palette_tells_conversations_of_one_contact_apart(client, ana):
    make_inbound(phone="34612345678", content="To the front desk")
    make_inbound(make_did("442079460123", label="London"), phone="34612345678", content="To London")

    results = client.get("/inbox/parts/palette/?q=612345").json()["results"]

    assert {result["text"] for result in results} == {
        "Front desk · To the front desk",
        "London · To London",
    }


def test_the_palette_finds_conversations(client, ana):
    conversation = make_conversation(name="Elena Martínez")

    found = client.get("/inbox/parts/palette/?q=elena").json()

    assert found == {
        "results": [
            {
                "name": "Elena Martínez",
                "text": "+34 612 34 56 78",
                "url": f"/inbox/all/{conversation.pk}/",
            }
        ]
    }


def test_notices_name_the_conversation_and_why(client):
    tom = make_user("tom")
    make_did(members=(tom,))
    client.force_login(tom)
    message = make_inbound(content="Hello")

    told = client.get("/inbox/parts/notices/?message=0&notification=0").json()

    assert told == {
        "notices": [
            {
                "conversation_id": message.conversation_id,
                "title": "+34 612 34 56 78",
                "text": "Hello",
                "why": "You’re a member of this number, and the conversation is unassigned",
                "url": f"/inbox/open/{message.conversation_id}/",
            }
        ],
        "message": message.pk,
        "notification": 0,
    }


def test_the_manifest_makes_the_inbox_installable(client):
    manifest = client.get("/manifest.webmanifest")

    assert manifest["Content-Type"] == "application/manifest+json"
    assert (manifest.json()["start_url"], manifest.json()["display"]) == ("/", "standalone")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"budget_mark": 80}, "80% of this month’s budget is used."),
        ({"budget_mark": 100}, "Sending goes on."),
        ({"budget_mark": 100, "stopped_until": datetime(2999, 1, 1, tzinfo=UTC)}, "is stopped."),
    ],
    ids=["80 %", "100 %", "stopped"],
)
def test_who_can_raise_a_budget_reads_that_it_is_used_up(client, fields, words):
    number = make_did()
    DidNumber.objects.update(**fields)
    number.members.add(make_user("member"))
    make_user("boss", is_staff=True)
    seen = {}
    for name in ("member", "boss"):
        client.force_login(User.objects.get(username=name))
        seen[name] = client.get("/inbox/open/").content.decode()

    assert words in seen["boss"]
    assert "/admin/messaging/budget/" in seen["boss"]
    assert "budget" not in seen["member"]
