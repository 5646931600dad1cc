"""An event is an object of its kind: it is stored by the names of its fields and read back."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest
from django.utils.translation import override

from messaging.models import ConversationEvent
from messaging.services.history import conversation_events as events
from messaging.services.history.conversation_events import EVENTS, event_of, note_event, row_of
from messaging.templatetags.event_words import ICONS, event_words
from tests.factories import NOW, make_conversation, make_user

LANGUAGES = ("en", "zh-hans")
VALUES = {
    "until": NOW + timedelta(days=1),
    "is_for_all_numbers": True,
    "message_id": 42,
}


def filled(kind, *, to):
    """Return an event of a kind, each field with a value."""
    if kind is events.Assigned:
        return kind(to=to)
    return kind(**{one.name: VALUES.get(one.name, "<Elena>") for one in fields(kind)})


def test_every_kind_has_a_class_and_a_sign():
    assert set(EVENTS) == set(ConversationEvent.Kind) == set(ICONS)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_an_event_is_read_back_as_it_was_noted(kind):
    conversation, ana = make_conversation(), make_user("ana")
    event = filled(kind, to=ana)

    note_event(conversation=conversation, event=event, actor=ana, at=NOW)

    row = conversation.events.get()
    assert (event_of(row), row.actor, row.at) == (event, ana, NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_every_event_is_said_with_and_without_a_person_and_its_facts(kind, language):
    conversation, ana = make_conversation(), make_user("ana")
    with override(language):
        for event in (filled(kind, to=ana), kind()):
            for actor in (ana, None):
                row = row_of(event, conversation=conversation, actor=actor, at=NOW)
                said = event_words(row, None)
                assert said
                assert "%(" not in said
                assert "<Elena>" not in said


@pytest.mark.django_db
def test_a_label_that_is_called_all_is_a_label():
    row = row_of(
        events.Labeled(label="all"),
        conversation=make_conversation(),
        actor=make_user("ana"),
        at=NOW,
    )

    assert event_words(row, None) == ('<b dir="auto">ana</b> added the label <b dir="auto">all</b>')


@pytest.mark.django_db
def test_an_event_without_facts_stores_none():
    conversation = make_conversation()

    assert row_of(events.Closed(), conversation=conversation, actor=None, at=NOW).facts is None
    assert row_of(events.OptedOut(), conversation=conversation, actor=None, at=NOW).facts is None


@pytest.mark.django_db
def test_what_an_earlier_version_stored_and_nobody_recognizes_is_no_field():
    row = ConversationEvent(
        conversation=make_conversation(), kind="snoozed", facts={"text": "tomorrow"}, at=NOW
    )

    assert event_of(row) == events.Snoozed(until=None)
