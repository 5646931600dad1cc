"""What staff do with one message: hide, cancel, resend, deal with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.services.conversations.drafts import draft_of
from tests.factories import make_inbound, make_outbound
from tests.views.thread.pages import NOW, page_of, path, post_json

pytestmark = pytest.mark.django_db


def test_text_is_hidden_and_who_did_it_is_kept(staff, ana, did, conversation):
    message = make_inbound(did, content="My card is 4111 1111 1111 1111", at=NOW())
    page = staff.get(path("message", message.pk)).content.decode()
    assert "My card is •••• •••• •••• ••••" in page

    staff.post(path("message-redact", message.pk), {"content": "My card is •••• •••• •••• ••••"})

    message.refresh_from_db()
    assert message.redacted_by == ana
    assert "4111" not in message.content
    assert all(b"4111" not in bytes(push.raw_body) for push in message.pushes.all())

    # What was overlooked can be hidden too.
    staff.post(path("message-redact", message.pk), {"content": "Hidden"})
    message.refresh_from_db()
    assert message.content == "Hidden"


def test_text_that_is_still_to_be_sent_is_not_hidden(staff, conversation):
    message = make_outbound(conversation, "secret", at=NOW())

    response = post_json(staff, path("message-redact", message.pk), content="***")

    assert response.status_code == 422
    message.refresh_from_db()
    assert message.content == "secret"


def test_cancel_that_comes_too_late_says_so(staff, conversation):
    message = make_outbound(conversation, status="sending", at=NOW())

    response = post_json(staff, path("message-cancel", message.pk))

    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")


def test_failed_message_is_dealt_with(staff, conversation):
    message = make_outbound(conversation, status="failed", at=NOW())

    staff.post(path("message-dealt-with", message.pk))

    message.refresh_from_db()
    assert message.attention_cleared_at is not None
    assert "marked a failed message as resolved" in page_of(staff, conversation)

    staff.post(path("message-dealt-with", message.pk), {"undo": "1"})

    message.refresh_from_db()
    assert message.attention_cleared_at is None
    assert "marked a failed message as resolved" not in page_of(staff, conversation)


def test_own_scheduled_text_returns_to_the_composer(staff, ana, conversation):
    send_at = NOW() + timedelta(days=1)
    message = make_outbound(
        conversation, "See you", user=ana, at=NOW(), status="scheduled", send_at=send_at
    )

    staff.post(path("message-cancel", message.pk))

    message.refresh_from_db()
    assert message.status == "canceled"
    assert draft_of(conversation=conversation, user=ana).reply == "See you"


def test_unconfirmed_message_is_resent_at_once_after_an_explicit_yes(staff, ana, conversation):
    message = make_outbound(conversation, "Perhaps", user=ana, status="unconfirmed", at=NOW())
    assert "I accept a possible duplicate" in page_of(staff, conversation)

    refused = post_json(staff, path("message-resend", message.pk))
    accepted = post_json(staff, path("message-resend", message.pk), accept_duplicate="1")

    assert (refused.status_code, accepted.status_code) == (422, 200)
    assert [repeat.content for repeat in message.resends.all()] == ["Perhaps"]
