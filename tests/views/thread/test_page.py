"""The page of a conversation: what it shows, to whom, and at what cost."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from messaging.models import (
    Label,
)
from messaging.services.contacts.contacts import edit_contact, write_memo
from messaging.services.conversations.notes import add_note
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.factories import make_conversation, make_did, make_inbound, make_outbound, make_user
from tests.views.thread.pages import NOW, page_of, path

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_of_a_live_part_does_not_depend_on_its_length(
    count, staff, ana, did, django_assert_num_queries
):
    conversation = make_conversation(did)
    for number in range(count):
        make_inbound(did, at=NOW())
        make_outbound(conversation, user=ana, status="failed", at=NOW())
        queue_message(
            NewMessage(content="later", send_at=NOW() + timedelta(hours=1)),
            conversation=conversation,
            user=ana,
            at=NOW(),
        )
        add_note(conversation=conversation, author=ana, content="@ana", at=NOW())
        conversation.labels.add(Label.objects.create(name=f"label {number}"))
        make_conversation(make_did(f"4420794601{number}", label="x", members=(ana,)))
    staff.get(path("thread-part", conversation.pk))

    with django_assert_num_queries(18):
        response = staff.get(path("thread-part", conversation.pk))

    assert response.status_code == 200


@pytest.mark.parametrize(
    "view", ["\0", "1,2", "a/b", "x" * 100_000], ids=["nul", "commas", "path", "long"]
)
@pytest.mark.parametrize("part", ["thread-part", "older-part"])
def test_a_view_that_can_be_none_is_the_open_one(staff, conversation, part, view):
    assert staff.get(path(part, conversation.pk), {"view": view}).status_code == 200


def test_page_shows_every_state_in_words(staff, ana, conversation):
    words = {
        "queued": "Queued",
        "sending": "Sending",
        "sent": "Sent",
        "delivered": "Delivered",
        "failed": "Failed",
        "undelivered": "Not delivered",
        "unconfirmed": "Unconfirmed",
        "blocked": "Blocked",
        "canceled": "Canceled",
    }
    for status in words:
        make_outbound(conversation, status, user=ana, status=status, at=NOW())

    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()

    for status, word in words.items():
        part = page.split(f'<p class="bubble" dir="auto" data-bubble>{status}</p>')[1]
        assert word in part.split('class="bubble"')[0]


def test_text_from_outside_is_escaped_everywhere(staff, did, ana):
    evil = "<script>alert('x')</script>"
    conversation = make_inbound(did, content=evil, at=NOW()).conversation
    contact = conversation.contact
    contact.name = evil
    contact.save()
    write_memo(conversation=conversation, text=evil)
    add_note(conversation=conversation, author=ana, content=evil, at=NOW())
    edit_contact(contact=contact, conversation=conversation, by=ana, at=NOW(), name=evil + "2")

    for address in (
        f"/inbox/open/{conversation.pk}/",
        path("thread-part", conversation.pk),
        path("conversation-print", conversation.pk),
        path("message", conversation.last_message_id or 0),
    ):
        assert "<script>alert" not in staff.get(address).content.decode()


def test_raw_pushes_are_for_administrators(staff, conversation):
    address = path("message", conversation.last_message_id or 0)
    assert "Raw pushes" not in staff.get(address).content.decode()

    administrator = Client()
    administrator.force_login(make_user(is_staff=True))
    assert "Raw pushes" in administrator.get(address).content.decode()


def test_local_time_is_the_contacts_and_not_the_readers(staff, did):
    there = make_inbound(did, phone="8613812345678", at=NOW()).conversation
    hour = f"{NOW().astimezone(ZoneInfo('Asia/Shanghai')):%H:}"
    staff.cookies["time_zone"] = "America/New_York"

    page = staff.get(path("thread-part", there.pk)).content.decode()

    shown = page.split("<dt>Local time</dt>")[1].split("</dd>")[0]
    assert hour in shown


def test_clocks_of_a_country_with_several_zones_are_a_range(staff, did):
    there = make_inbound(did, phone="61412345678", at=NOW()).conversation

    page = staff.get(path("thread-part", there.pk)).content.decode()

    shown = page.split("<dt>Local time</dt>")[1].split("</dd>")[0]
    assert re.search(r"\d\d:\d\d–\d\d:\d\d", shown)


@pytest.mark.parametrize(
    ("phone", "hour", "warning"),
    [
        ("61412345678", 12, "It will be 20:00–23:00 where they may live; a message may wake them."),
        ("61412345678", 15, "It will be 23:00–02:00 where they live; a message may wake them."),
        ("61412345678", 4, ""),
        ("12125550123", 4, "It will be 23:00 where they live; a message may wake them."),
        ("12125550123", 12, "It will be 07:00 where they live; a message may wake them."),
    ],
)
def test_schedule_warns_of_the_contacts_night(staff, did, phone, hour, warning):
    there = make_inbound(did, phone=phone, at=NOW()).conversation

    answer = staff.get(
        path("understood-time", there.pk), {"when": f"2027-01-04T{hour:02d}:00+00:00"}
    ).json()

    assert (answer["ok"], answer["night"]) == (True, warning)


def test_way_back_never_leads_elsewhere(staff, conversation):
    response = staff.post(
        path("conversation-close", conversation.pk), {"next": "https://evil.example/"}
    )

    assert response["Location"] == f"/inbox/open/{conversation.pk}/"


def test_a_reaction_stands_at_the_text_that_it_quotes_and_leads_to_it(ana, conversation):
    target = make_outbound(conversation, content="See you at <5>", status="delivered")
    message = make_inbound(conversation.did_number, content="Loved “See you at <5>”")
    client = Client()
    client.force_login(ana)

    page = page_of(client, conversation)
    assert '<p class="sign"><span class="vh">Reaction: </span>❤️</p>' in page
    link = f'href="/inbox/open/{conversation.pk}/?around={target.pk}#m-{target.pk}"'
    assert f'<a {link} data-nav="main-pane">❤️ to <bdi>“See you at &lt;5&gt;”</bdi></a>' in page
    own = page[page.index(f'id="m-{message.pk}"') :].split("</div>")[0]
    assert "data-others" not in own.split(">")[0]


def test_a_reaction_that_was_taken_back_stands_nowhere_but_in_the_thread(ana, conversation):
    make_outbound(conversation, content="See you at 5", status="delivered")
    make_inbound(conversation.did_number, content="Loved “See you at 5”")
    make_inbound(conversation.did_number, content="Removed a heart from “See you at 5”")
    client = Client()
    client.force_login(ana)

    page = page_of(client, conversation)

    assert 'class="sign"' not in page
    assert "Removed ❤️ from <bdi>“See you at 5”</bdi>" in page
