"""Replying: held, kept, refused, and what the composer shows then."""

from __future__ import annotations

import pytest
from django.test import Client

from messaging.models import (
    Draft,
    Message,
)
from tests.factories import make_inbound
from tests.views.thread.pages import NOW, path, post_json

pytestmark = pytest.mark.django_db


def test_plain_reply_is_held_and_the_page_follows(staff, conversation):
    response = staff.post(
        path("conversation-reply", conversation.pk),
        {"reply": "Good day", "next": f"/inbox/mine/{conversation.pk}/"},
    )

    assert (response.status_code, response["Location"]) == (303, f"/inbox/mine/{conversation.pk}/")
    assert Message.objects.outbound().get().status == "held"


def test_reply_of_our_script_is_held_and_the_same_submit_twice_is_one_message(staff, conversation):
    fields = {
        "reply": "Good day",
        "client_id": "c-1",
        "last_seen_id": str(conversation.last_message_id),
    }
    first = post_json(staff, path("conversation-reply", conversation.pk), **fields)
    second = post_json(staff, path("conversation-reply", conversation.pk), **fields)

    message = Message.objects.outbound().get()
    assert message.status == "held"
    assert first.json()["message"] == second.json()["message"] == message.pk


def test_reply_to_a_thread_that_moved_on_is_kept_and_shows_what_is_new(staff, did, conversation):
    seen = conversation.last_message_id
    make_inbound(did, content="Forget it", at=NOW())

    response = post_json(
        staff, path("conversation-reply", conversation.pk), reply="Coming!", last_seen_id=seen
    )

    assert response.status_code == 409
    answer = response.json()
    assert (answer["code"], [each["text"] for each in answer["newer"]]) == (
        "thread_moved_on",
        ["Forget it"],
    )
    assert Message.objects.outbound().count() == 0
    assert Draft.objects.get().reply == "Coming!"


def test_plain_reply_to_a_thread_that_moved_on_stands_in_the_composer(staff, did, conversation):
    seen = conversation.last_message_id
    make_inbound(did, content="Forget it", at=NOW())

    response = staff.post(
        path("conversation-reply", conversation.pk),
        {"reply": "Coming!", "last_seen_id": seen},
        follow=True,
    )

    page = response.content.decode()
    assert "There is new activity in this conversation." in page
    assert "Coming!</textarea>" in page
    assert Message.objects.outbound().count() == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reply": ""}, "required"),
        ({"reply": "x" * 1001}, "too_long"),
        ({"reply": "Hi {contact_name}"}, "unfilled_variable"),
        ({"reply": "later", "schedule": "1", "when": "yesterdayish"}, "unreadable"),
        ({"reply": "later", "schedule": "1", "when": "today 0:00"}, "not_in_future"),
    ],
)
def test_reply_that_cannot_be_sent_is_refused_and_kept(staff, conversation, fields, code):
    response = post_json(staff, path("conversation-reply", conversation.pk), **fields)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert Message.objects.outbound().count() == 0


def test_opted_out_contact_is_not_written_to(staff, did, conversation):
    make_inbound(did, content="STOP", at=NOW())

    response = post_json(staff, path("conversation-reply", conversation.pk), reply="But why?")

    assert (response.status_code, response.json()["code"]) == (422, "opted_out")
    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()
    assert "This contact has opted out of messages from this number." in page


@pytest.mark.parametrize(
    "sender", ["NXBANK", "10086", "0034612345678"], ids=["letters", "short code", "other form"]
)
def test_composer_is_closed_for_a_sender_that_cannot_be_answered(staff, did, sender):
    conversation = make_inbound(did, phone=sender, at=NOW()).conversation

    response = post_json(staff, path("conversation-reply", conversation.pk), reply="Hello?")

    assert (response.status_code, response.json()["code"]) == (422, "invalid_number")
    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()
    assert 'data-closed="not_a_number"' in page


def test_time_is_explained_with_its_zone_and_the_contacts_night(staff, conversation):
    response = staff.get(path("understood-time", conversation.pk), {"when": "tomorrow 23:30"})
    answer = response.json()
    assert answer["ok"]
    assert answer["text"].endswith("23:30 (UTC)")
    assert answer["night"] == "It will be 00:30 where they live; a message may wake them."

    refused = staff.get(path("understood-time", conversation.pk), {"when": "some day"}).json()
    assert refused["ok"] is False


@pytest.mark.parametrize(("name", "field"), [("reply", "reply"), ("note", "note")])
def test_text_outlives_a_session_that_ended_without_a_script(conversation, name, field):
    page = f"/inbox/open/{conversation.pk}/"
    fields = {field: "Precious <text>", "next": page}

    response = Client().post(path(f"conversation-{name}", conversation.pk), fields)

    assert response.status_code == 401
    assert "Precious &lt;text&gt;" in response.content.decode()
    assert f'href="/accounts/login/?next={page}"' in response.content.decode()


@pytest.mark.parametrize("last_seen_id", ["", "abc", "-1", "9" * 30])
def test_reply_that_does_not_say_what_was_seen_goes_by_what_was_read(
    staff, conversation, last_seen_id
):
    make_inbound(conversation.did_number, content="Wait!", at=NOW())

    response = post_json(
        staff,
        path("conversation-reply", conversation.pk),
        reply="Yes",
        last_seen_id=last_seen_id,
    )

    assert (response.status_code, response.json()["code"]) == (409, "thread_moved_on")
