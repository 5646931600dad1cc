"""Who may see a conversation and act on it; looking alone changes nothing."""

from __future__ import annotations

import pytest

from messaging.models import (
    Note,
)
from messaging.services.conversations.notes import add_note
from tests.factories import make_conversation, make_did, make_outbound, make_user
from tests.views.thread.pages import NOW, path

pytestmark = pytest.mark.django_db

POSTS = [
    "reply",
    "note",
    "draft",
    "presence",
    "read",
    "unread",
    "assign",
    "close",
    "reopen",
    "snooze",
    "settle",
    "labels",
    "contact",
    "opt-out",
    "opt-in",
    "no-opt-out",
    "block",
    "unblock",
    "undo",
]


MESSAGE_POSTS = ["cancel", "resend", "send-now", "reschedule", "redact", "dealt-with"]


PAGES = ["thread-part", "older-part", "conversation-print", "conversation-csv", "understood-time"]


@pytest.mark.parametrize("name", POSTS)
def test_conversation_of_another_number_does_not_exist_for_me(name, staff):
    hidden = make_conversation(make_did("442079460123", label="London"))

    assert staff.post(path(f"conversation-{name}", hidden.pk)).status_code == 404


@pytest.mark.parametrize("name", MESSAGE_POSTS)
def test_message_of_another_number_does_not_exist_for_me(name, staff):
    hidden = make_outbound(make_conversation(make_did("442079460123", label="London")))

    assert staff.post(path(f"message-{name}", hidden.pk)).status_code == 404
    assert staff.get(path("message", hidden.pk)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_another_number_do_not_exist_for_me(name, staff):
    hidden = make_conversation(make_did("442079460123", label="London"))

    assert staff.get(path(name, hidden.pk)).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_stranger_is_asked_to_sign_in(name, conversation, client):
    response = client.post(path(f"conversation-{name}", conversation.pk))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", POSTS)
def test_looking_changes_nothing(name, conversation, staff):
    assert staff.get(path(f"conversation-{name}", conversation.pk)).status_code == 405


@pytest.mark.parametrize("name", ["note-edit", "note-delete"])
def test_note_of_another_number_does_not_exist(staff, name):
    tom = make_user("tom", is_staff=True)
    elsewhere = make_conversation(make_did("442071234567"))
    note, _new = add_note(conversation=elsewhere, author=tom, content="Mine", at=NOW())

    response = staff.post(path(name, note.pk), {"content": "x"})

    assert response.status_code == 404
    assert Note.objects.get(pk=note.pk).content == "Mine"
