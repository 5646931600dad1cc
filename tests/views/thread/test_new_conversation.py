"""A new conversation starts with a message."""

from __future__ import annotations

import pytest

from messaging.models import (
    Conversation,
    Message,
)
from messaging.services.reading.read_marks import mark_read
from tests.factories import make_conversation, make_did, make_inbound

pytestmark = pytest.mark.django_db


def test_new_conversation_starts_with_a_message(staff, did):
    response = staff.post(
        "/inbox/new/",
        {"sender": did.pk, "phone": "+34 600 11 22 33", "content": "Good day", "client_id": "n1"},
    )

    message = Message.objects.get()
    assert response["Location"] == f"/inbox/open/{message.conversation_id}/"
    assert (message.conversation.contact.phone, message.status) == ("34600112233", "held")


def test_new_message_says_first_what_its_writer_has_not_seen(staff, did):
    fields = {"sender": did.pk, "phone": "+34 600 11 22 33", "content": "Good day"}
    newest = make_inbound(did, phone="34600112233", content="Are you <open>?")

    asked = staff.post("/inbox/new/", fields)
    page = asked.content.decode()
    before = Message.objects.outbound().count()
    sent = staff.post("/inbox/new/", fields | {"last_seen_id": newest.pk})

    assert (asked.status_code, before) == (409, 0)
    assert "Are you &lt;open&gt;?" in page
    assert f'name="last_seen_id" value="{newest.pk}"' in page
    assert sent["Location"] == f"/inbox/open/{newest.conversation_id}/"
    assert Message.objects.outbound().get().content == "Good day"


def test_new_message_goes_at_once_where_its_writer_has_read_all(staff, ana, did):
    newest = make_inbound(did, phone="34600112233")
    mark_read(conversation=newest.conversation, user=ana, up_to_id=newest.pk)

    staff.post("/inbox/new/", {"sender": did.pk, "phone": "34600112233", "content": "Good day"})

    assert Message.objects.outbound().get().content == "Good day"


def test_new_message_that_was_changed_after_it_was_sent_says_so(staff, did):
    fields = {"sender": did.pk, "phone": "34600112233", "content": "Good day", "client_id": "n1"}
    staff.post("/inbox/new/", fields)

    again = staff.post("/inbox/new/", fields)
    changed = staff.post("/inbox/new/", fields | {"content": "Good night"})

    page = changed.content.decode()
    assert again.status_code == 303
    assert changed.status_code == 409
    assert "An earlier version was already sent." in page
    assert "Good night" in page
    assert 'value="n1"' not in page
    assert Message.objects.outbound().get().content == "Good day"


def test_number_that_has_written_to_us_is_not_doubted(staff, ana, did):
    written = make_inbound(did, phone="34100000000")
    mark_read(conversation=written.conversation, user=ana, up_to_id=written.pk)

    staff.post("/inbox/new/", {"sender": did.pk, "phone": "+34100000000", "content": "Good day"})

    assert Message.objects.outbound().get().conversation == written.conversation


def test_unlikely_number_is_asked_about_once(staff, did):
    fields = {"sender": did.pk, "phone": "+34 100 00 00 00", "content": "Good day"}

    asked = staff.post("/inbox/new/", fields)
    assert asked.status_code == 422
    assert "doesn’t look like a working number" in asked.content.decode()
    assert not Message.objects.exists()

    staff.post("/inbox/new/", fields | {"is_sure": "1"})
    assert Message.objects.get().conversation.contact.phone == "34100000000"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"phone": "hello"}, "“hello” can’t be part of a phone number."),
        ({"phone": "123"}, "too short"),
        ({"content": "x" * 1001}, "the limit is 1000"),
        ({"content": " "}, "Enter a message."),
        ({"content": "\u200b\u2060"}, "Enter a message."),
        ({"sender": "999"}, "Select a valid choice"),
    ],
)
def test_mistake_is_shown_where_it_was_made_and_nothing_is_lost(staff, did, fields, words):
    given = {"sender": did.pk, "phone": "+34 600 11 22 33", "content": "Good day"} | fields

    response = staff.post("/inbox/new/", given)

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert given["phone"] in page
    assert given["content"] in page
    assert not Conversation.objects.exists()


def test_number_of_others_is_no_sender(staff, did):
    foreign = make_did("442079460123", label="London")

    page = staff.get("/inbox/new/").content.decode()

    assert "London" not in page
    assert did.formatted in page
    response = staff.post(
        "/inbox/new/", {"sender": foreign.pk, "phone": "+34600112233", "content": "x"}
    )
    assert response.status_code == 422


def test_writing_from_another_number_opens_its_thread(staff, ana, conversation):
    other = make_did("442079460123", label="London", members=(ana,))
    theirs = make_conversation(other)

    known = staff.get("/inbox/new/", {"sender": other.pk, "phone": theirs.contact.phone})
    fresh = staff.get("/inbox/new/", {"sender": other.pk, "phone": "34600112233"})

    assert known["Location"] == f"/inbox/open/{theirs.pk}/"
    assert "+34 600 11 22 33" in fresh.content.decode()
