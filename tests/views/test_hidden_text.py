"""No page, answer, export, mail or log line shows a text that was hidden."""

import logging

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import Message
from messaging.services.privacy.redaction import hide_text
from messaging.services.search.indexing import index_waiting
from tests.factories import inbound_envelope, make_did, make_inbound, make_user
from tests.services.privacy.test_redaction import SECRET
from tests.views.machines.test_webhook import FORM, SECRET_PATH

pytestmark = pytest.mark.django_db


def addresses(message):
    conversation = message.conversation_id
    return [
        "/inbox/open/",
        f"/inbox/open/{conversation}/",
        "/inbox/open/?q=card",
        f"/messages/{message.pk}/",
        f"/conversations/{conversation}/print/",
        f"/conversations/{conversation}/export/",
        "/inbox/parts/notices/?message=0&notification=0",
        f"/api/v1/messages/{message.pk}/",
        "/api/v1/messages/",
        "/api/v1/conversations/",
        f"/api/v1/conversations/{conversation}/messages/",
        "/api/v1/pushes/",
        "/admin/messaging/message/",
        f"/admin/messaging/message/{message.pk}/change/",
        "/admin/messaging/push/",
        *(f"/admin/messaging/push/{push.pk}/change/" for push in message.pushes.all()),
    ]


def shown_at(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return b"".join(response.streaming_content if response.streaming else [response.content])


def test_a_hidden_text_is_shown_nowhere(caplog, mailoutbox):
    caplog.set_level(logging.DEBUG)
    boss = make_user("boss", is_staff=True, is_superuser=True, email="boss@example.com")
    make_did(members=(boss,))
    message = make_inbound(content=SECRET, message_id="mo-1", at=timezone.now())
    index_waiting()
    client = Client()
    client.force_login(boss)
    before = [a for a in addresses(message) if b"4111 1111" in shown_at(client, a)]
    assert len(before) >= 9

    hide_text(message=message, content="(gone)", by=boss, at=timezone.now())
    again = inbound_envelope(content=SECRET, message_id="mo-1").raw_body
    assert client.post(SECRET_PATH, data=again, content_type=FORM).content == b"success"
    index_waiting()

    assert message.pushes.count() == 2
    assert [a for a in addresses(message) if b"4111" in shown_at(client, a)] == []
    assert Message.objects.get().content == "(gone)"
    assert "4111" not in caplog.text + "".join(mail.body for mail in mailoutbox)
