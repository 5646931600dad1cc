"""Messages in the admin: what went wrong and who can fix it."""

import pytest

from messaging.models import Message
from tests.admin.pages import page

pytestmark = pytest.mark.django_db


def test_a_messages_page_says_who_can_fix_what_went_wrong(admin, everything):
    message = Message.objects.get(status="failed")

    text = page(admin, "messaging_message_change", message.pk)

    assert "The sending number doesn’t belong to this account." in text
    assert "Who can fix it: An administrator" in text
    assert f"message__id__exact={message.pk}" in text
