"""Notes are changed and deleted by their author alone, and the thread says so."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from messaging.models import Change, Conversation, Note, Notification
from messaging.services.conversations.notes import add_note, delete_note, edit_note
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.inbox.counts import counts_of
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.search.indexing import index_waiting
from messaging.services.search.search import search
from tests.factories import NOW, make_conversation, make_did, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def tom():
    return make_user("tom")


@pytest.fixture
def eva():
    return make_user("eva")


@pytest.fixture
def ana():
    return make_user("ana")


@pytest.fixture
def conversation(tom, eva, ana):
    return make_conversation(make_did(members=(tom, eva, ana)))


def note_of(conversation, author, text):
    note, _is_new = add_note(conversation=conversation, author=author, content=text, at=NOW)
    return note


def told(user):
    return Notification.objects.filter(user=user, reason="mention", seen_at__isnull=True).count()


def found(word, user):
    index_waiting()
    everything = Conversation.objects.all()
    return len(search(text=word, conversations=everything, user=user, page_size=10).hits)


def mentions(user):
    return [row.id for row in list_page(query=ListQuery(view="mentions"), user=user, at=LATER).rows]


def test_edited_note_says_when_and_is_found_by_its_new_words(conversation, ana):
    note = note_of(conversation, ana, "Call the plumber")
    assert found("plumber", ana) == 1
    changes = Change.objects.filter(kind="note").count()

    edit_note(note=note, by=ana, content="Call the baker", at=LATER)

    note.refresh_from_db()
    assert (note.content, note.created_at, note.edited_at) == ("Call the baker", NOW, LATER)
    assert (found("plumber", ana), found("baker", ana)) == (0, 1)
    assert Change.objects.filter(kind="note").count() == changes + 1


def test_edit_tells_those_mentioned_for_the_first_time(conversation, ana, tom, eva):
    note = note_of(conversation, ana, "@tom please")

    edit_note(note=note, by=ana, content="@tom and @eva please", at=LATER)

    assert (told(tom), told(eva), told(ana)) == (1, 1, 0)


def test_whom_an_edit_no_longer_mentions_is_not_told(conversation, ana, tom, eva):
    note = note_of(conversation, ana, "@tom please")

    edit_note(note=note, by=ana, content="@eva please", at=LATER)

    assert (told(tom), told(eva)) == (0, 1)
    assert (mentions(tom), mentions(eva)) == ([], [conversation.pk])


def test_who_is_mentioned_in_another_note_is_still_told(conversation, ana, tom):
    note_of(conversation, ana, "@tom first")
    second = note_of(conversation, ana, "@tom second")

    delete_note(note=second, by=ana, at=LATER)

    assert told(tom) >= 1


def test_deleted_note_keeps_its_place_without_its_text(conversation, ana, tom):
    note = note_of(conversation, ana, "@tom secret words")
    assert found("secret", ana) == 1

    delete_note(note=note, by=ana, at=LATER)

    note.refresh_from_db()
    assert (note.content, note.deleted_at, note.is_deleted) == ("", LATER, True)
    assert (found("secret", ana), told(tom), mentions(tom)) == (0, 0, [])


@pytest.mark.parametrize(
    "change", [partial(edit_note, content="Ours"), delete_note], ids=["edit", "delete"]
)
def test_note_of_somebody_else_is_not_changed(conversation, ana, tom, change):
    note = note_of(conversation, ana, "Mine")

    with pytest.raises(WrongState):
        change(note=note, by=tom, at=LATER)

    assert Note.objects.get(pk=note.pk).content == "Mine"


def test_deleted_note_is_not_edited(conversation, ana):
    note = note_of(conversation, ana, "Mine")
    delete_note(note=note, by=ana, at=LATER)

    with pytest.raises(WrongState):
        edit_note(note=note, by=ana, content="Back", at=LATER)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001], ids=["empty", "blank", "too long"])
def test_edit_that_cannot_be_kept_is_refused(conversation, ana, text):
    note = note_of(conversation, ana, "Mine")

    with pytest.raises(InvalidInput):
        edit_note(note=note, by=ana, content=text, at=LATER)


def test_same_text_again_is_no_edit(conversation, ana):
    note = note_of(conversation, ana, "Mine")

    edit_note(note=note, by=ana, content="Mine", at=LATER)

    assert Note.objects.get(pk=note.pk).edited_at is None


def test_mentions_hold_what_a_note_says_to_me_and_count_what_i_have_not_seen(
    conversation, ana, tom
):
    other = make_conversation(conversation.did_number, "34600000001")
    note_of(conversation, ana, "@tom look")
    note_of(other, ana, "Nobody here")

    assert (mentions(tom), mentions(ana)) == ([conversation.pk], [])
    assert counts_of(user=tom, numbers=[]).shown["mentions"] == "1"
    Notification.objects.update(seen_at=LATER)
    assert (mentions(tom), counts_of(user=tom, numbers=[]).shown["mentions"]) == (
        [conversation.pk],
        "",
    )


def test_mentions_end_with_the_membership(conversation, ana, tom):
    note_of(conversation, ana, "@tom look")

    conversation.did_number.members.remove(tom)

    assert (mentions(tom), counts_of(user=tom, numbers=[]).shown["mentions"]) == ([], "")
