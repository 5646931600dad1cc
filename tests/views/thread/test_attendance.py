"""Who looks at a conversation, and what they have read."""

from __future__ import annotations

import pytest

from messaging.models import (
    Notification,
    ReadMark,
)
from messaging.services.team.notifications import notify
from tests.views.thread.pages import NOW, path

pytestmark = pytest.mark.django_db


def test_seeing_marks_read_and_settles_what_concerned_me(staff, ana, conversation):
    notify(user=ana, conversation=conversation, reason=Notification.Reason.MENTION, at=NOW())

    staff.post(path("conversation-read", conversation.pk), {"up_to": conversation.last_message_id})

    assert ReadMark.objects.get().last_read_id == conversation.last_message_id
    assert Notification.objects.get().seen_at is not None
    conversation.refresh_from_db()
    assert conversation.needs_reply_since is not None

    staff.post(path("conversation-unread", conversation.pk))
    assert ReadMark.objects.get().last_read_id < (conversation.last_inbound_id or 0)


def test_what_is_not_there_yet_cannot_be_read(staff, conversation):
    staff.post(path("conversation-read", conversation.pk), {"up_to": "999999999"})

    assert ReadMark.objects.get().last_read_id == conversation.last_message_id
