"""Writing into the outbox: what is refused, what is the same message, what a message settles."""

from datetime import timedelta

import pytest

from messaging.models import Conversation, Message
from messaging.services.errors import (
    ClientIdConflict,
    InvalidInput,
    ThreadMovedOn,
)
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import Entry, queue_entries, queue_message
from messaging.services.outbox.targets import Target, locked_targets
from tests.factories import (
    NOW,
    PHONE,
    make_conversation,
    make_did,
    make_inbound,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def queue(conversation=None, content="Hello", *, user=None, at=NOW, **how):
    return queue_message(
        NewMessage(content=content, **how),
        conversation=conversation or make_conversation(),
        user=user,
        at=at,
    )


def test_a_message_is_queued_with_its_size():
    message, is_new = queue(content="Hello {you}")

    assert is_new
    assert (message.status, message.queued_at, message.not_before) == ("queued", NOW, NOW)
    assert (message.encoding, message.segments) == ("GSM-7", 1)
    assert list(message.status_changes.values_list("status", flat=True)) == ["queued"]


def test_line_ends_and_accents_are_normalized_before_anything_is_counted():
    message, _new = queue(content="a\r\nb cafe\u0301")

    assert message.content == "a\nb café"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "required"),
        (" \r\n ", "required"),
        ("\u200b\ufeff\u2060 \ufe0f", "required"),
        ("\u3164\u2800", "required"),
        ("x" * 1001, "too_long"),
        ("é" * 1001, "too_long"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_where_it_was_made(content, code):
    with pytest.raises(InvalidInput) as error:
        queue(content=content)

    assert (error.value.field, error.value.code) == ("content", code)


def test_a_thousand_code_points_pass_even_when_they_came_decomposed():
    message, _new = queue(content="e\u0301" * 1000)

    assert len(message.content) == 1000


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        pytest.param("\u09dc" * 70, "UCS-2", 1, id="Bengali, which NFC makes longer"),
        pytest.param("\uf900\ufb2b", "UCS-2", 1, id="signs that NFC replaces"),
    ],
)
def test_a_text_is_sent_as_it_was_typed_where_composing_would_change_it(text, encoding, segments):
    message, _new = queue(content=text)

    assert (message.content, message.encoding, message.segments) == (text, encoding, segments)


def test_the_same_client_id_with_the_same_text_in_another_encoding_is_one_message():
    clerk = make_user()
    queue(user=clerk, client_id="c-1", content="\u09dc \uf900 café")

    _again, is_new = queue(user=clerk, client_id="c-1", content="\u09a1\u09bc \u8c48 cafe\u0301")

    assert not is_new


def test_the_same_client_id_twice_is_one_message():
    clerk = make_user()

    first, is_new = queue(user=clerk, client_id="c-1")
    again, is_new_again = queue(user=clerk, client_id="c-1")

    assert (first.pk, is_new, is_new_again) == (again.pk, True, False)
    assert Message.objects.count() == 1


def test_the_same_client_id_with_other_content_is_a_conflict():
    clerk = make_user()
    queue(user=clerk, client_id="c-1")

    with pytest.raises(ClientIdConflict):
        queue(user=clerk, client_id="c-1", content="Other")


def test_the_same_client_id_to_somebody_else_is_a_conflict():
    clerk = make_user()
    queue(user=clerk, client_id="c-1")

    with pytest.raises(ClientIdConflict):
        queue(make_conversation(phone="34600000001"), user=clerk, client_id="c-1")


def test_a_client_id_belongs_to_its_user():
    queue(user=make_user(), client_id="c-1")

    _message, is_new = queue(user=make_user(), client_id="c-1")

    assert is_new


def test_nothing_is_sent_when_somebody_wrote_since_the_writer_looked():
    seen = make_inbound(content="Do you have time?")
    new = make_inbound(content="Never mind")

    with pytest.raises(ThreadMovedOn) as error:
        queue(seen.conversation, user=make_user(), last_seen_id=seen.pk)

    assert error.value.newer == [new]
    assert Message.objects.outbound().count() == 0


def test_ones_own_earlier_message_does_not_stop_the_next():
    clerk = make_user()
    seen = make_inbound()
    queue(seen.conversation, user=clerk, last_seen_id=seen.pk)

    _message, is_new = queue(seen.conversation, content="And", user=clerk, last_seen_id=seen.pk)

    assert is_new


def test_a_colleagues_answer_stops_the_second_one():
    seen = make_inbound()
    queue(seen.conversation, user=make_user(), last_seen_id=seen.pk)

    with pytest.raises(ThreadMovedOn):
        queue(seen.conversation, user=make_user(), last_seen_id=seen.pk)


def test_an_answer_settles_needs_reply_and_reopens_a_closed_conversation():
    conversation = make_inbound().conversation
    Conversation.objects.update(status="closed")

    queue(conversation)

    conversation.refresh_from_db()
    assert (conversation.needs_reply_since, conversation.status) == (None, "open")


def test_an_automatic_answer_settles_nothing():
    conversation = make_inbound().conversation

    queue(conversation, is_automatic=True)

    conversation.refresh_from_db()
    assert conversation.needs_reply_since == NOW


def test_a_message_to_send_in_the_past_is_refused():
    with pytest.raises(InvalidInput) as error:
        queue(send_at=NOW)

    assert (error.value.field, error.value.code) == ("send_at", "not_in_future")


def test_a_scheduled_message_can_be_canceled_when_they_write_first():
    conversation = make_conversation()
    message, _new = queue(conversation, send_at=NOW + timedelta(hours=1), cancel_if_they_write=True)

    make_inbound(at=NOW + timedelta(minutes=1))

    message.refresh_from_db()
    assert message.status == "canceled"


def test_only_a_scheduled_message_is_canceled_when_they_write_first():
    message, _new = queue(cancel_if_they_write=True)

    assert not message.cancel_if_they_write


def test_the_first_to_answer_takes_an_unassigned_conversation():
    clerk, other = make_user(), make_user()
    conversation = make_inbound().conversation

    queue(conversation, user=clerk, takes_conversation=True)
    queue(conversation, user=other, takes_conversation=True)

    conversation.refresh_from_db()
    assert conversation.assignee == clerk


def test_the_same_client_id_is_the_same_message_though_its_text_was_hidden_since():
    from messaging.services.privacy.redaction import redact_message

    clerk = make_user()
    message, _new = queue(user=clerk, client_id="c-1")
    redact_message(message=message, content="(hidden)", by=clerk, at=NOW)

    again, is_new = queue(user=clerk, client_id="c-1")

    assert (again.pk, is_new) == (message.pk, False)


def test_a_repeat_knows_the_conversation_that_the_first_call_has_made_meanwhile():
    ana = make_user("ana")
    (not_yet_there,) = locked_targets([Target(make_did(), PHONE)]).values()
    first, _new = queue(user=ana, client_id="order-7")

    repeat = Entry(NewMessage(content="Hello", client_id="order-7"), not_yet_there)
    queue_entries([repeat], user=ana, at=NOW)

    assert (repeat.message, repeat.is_new, repeat.error) == (first, False, None)
