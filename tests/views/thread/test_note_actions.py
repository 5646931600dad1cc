"""Notes in the thread: their author alone changes them."""

from __future__ import annotations

import pytest

from messaging.models import (
    Note,
    Presence,
)
from messaging.services.conversations.notes import add_note
from tests.factories import make_user
from tests.views.thread.pages import NOW, page_of, path, post_json

pytestmark = pytest.mark.django_db


def test_presence_is_noted_and_ended(staff, conversation):
    address = path("conversation-presence", conversation.pk)
    staff.post(address, {"replying": "1"})
    assert Presence.objects.get().replying_at is not None
    staff.post(address, {"leaves": "1"})
    assert not Presence.objects.exists()


def test_note_is_written(staff, ana, conversation):
    staff.post(path("conversation-note", conversation.pk), {"note": "hm"})

    assert Note.objects.get().author == ana


def test_author_edits_and_deletes_a_note_in_the_thread(staff, ana, conversation):
    note, _new = add_note(conversation=conversation, author=ana, content="Call back", at=NOW())

    staff.post(path("note-edit", note.pk), {"content": "Call back at nine"})

    page = page_of(staff, conversation)
    assert ("Call back at nine" in page, "edited" in page) == (True, True)

    staff.post(path("note-delete", note.pk))

    page = page_of(staff, conversation)
    assert "Call back at nine" not in page
    assert "Ana deleted this note on" in page


def test_note_of_somebody_else_offers_no_change(staff, conversation):
    tom = make_user("tom", first_name="Tom", is_staff=True)
    note, _new = add_note(conversation=conversation, author=tom, content="Mine", at=NOW())

    response = post_json(staff, path("note-edit", note.pk), content="Ours")

    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")
    assert path("note-edit", note.pk) not in page_of(staff, conversation)


def test_edit_that_is_refused_keeps_the_note(staff, ana, conversation):
    note, _new = add_note(conversation=conversation, author=ana, content="Call back", at=NOW())

    response = post_json(staff, path("note-edit", note.pk), content=" ")

    assert (response.status_code, response.json()["code"]) == (422, "required")
    assert Note.objects.get(pk=note.pk).content == "Call back"
