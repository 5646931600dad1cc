"""The thread, the paper and the API say when a text came damaged or late."""

from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from messaging.models import Conversation, Message, Push
from messaging.models.message import LATE_AFTER
from messaging.services.privacy.redaction import redact_message
from messaging.services.receiving.record import record_push
from tests.factories import DID, NOW, PHONE, form_envelope, inbound_envelope, make_did, make_user
from tests.nxcloud.envelopes import form_push

pytestmark = pytest.mark.django_db
DAMAGED = f"messageId=mo-1&toPhone={DID}&fromPhone={PHONE}&content=caf%E9".encode()
DAMAGE_WORDS = "Parts of this message couldn’t be read"


def client_of(*, is_staff=False):
    user = make_user(is_staff=is_staff, is_superuser=is_staff)
    make_did(members=(user,))
    client = Client()
    client.force_login(user)
    return client


def received(envelope):
    make_did()
    return record_push(envelope=envelope).message


def late(**delay):
    """A message that reached us so long after 17:00 in Shanghai, which is 9:00 UTC."""
    return received(
        inbound_envelope(at=NOW + timedelta(**delay), receiveTime="2026-11-22 17:00:00")
    )


def page_of(client, message):
    return client.get(f"/inbox/open/{message.conversation_id}/").content.decode()


def test_a_damaged_text_says_so_and_shows_administrators_its_bytes():
    message = received(form_push(DAMAGED))
    colleague, boss = client_of(), client_of(is_staff=True)

    for client in (colleague, boss):
        assert DAMAGE_WORDS in page_of(client, message)
    paper = f"/conversations/{message.conversation_id}/print/"
    assert DAMAGE_WORDS in colleague.get(paper).content.decode()
    raw = f'href="/messages/{message.pk}/#raw"'
    assert raw not in page_of(colleague, message)
    assert raw in page_of(boss, message)
    details = boss.get(f"/messages/{message.pk}/").content.decode()
    assert '<details class="push" open>' in details
    assert "content=caf%E9" in details
    assert DAMAGED[:16].hex(" ") in details
    assert DAMAGED[:16].hex(" ") not in colleague.get(f"/messages/{message.pk}/").content.decode()


def test_a_hidden_text_is_not_called_damaged_any_more():
    message = received(form_push(DAMAGED))

    redact_message(message=message, content="(gone)", by=make_user(), at=NOW)

    message.refresh_from_db()
    assert message.flags == []


@pytest.mark.parametrize(
    ("delay", "words"),
    [
        ({"hours": 1}, "Sent 09:00, reached us 1 h later"),
        ({"hours": 14, "minutes": 59}, "Sent 09:00, reached us 14 h later"),
        ({"hours": 20}, "Sent 22 Nov 2026, 09:00, reached us 20 h later"),
        ({"days": 3}, "Sent 22 Nov 2026, 09:00, reached us 3 days later"),
    ],
)
def test_a_late_text_says_when_it_was_sent(delay, words):
    message = late(**delay)

    assert message.flags == ["late"]
    assert words in page_of(client_of(), message)


@pytest.mark.parametrize(
    "delay", [LATE_AFTER - timedelta(seconds=1), timedelta(0), timedelta(hours=-9)]
)
def test_a_little_late_or_early_by_their_clock_means_nothing(delay):
    message = late(seconds=delay.total_seconds())

    assert message.flags == []
    assert "reached us" not in page_of(client_of(), message)


def test_a_text_without_a_readable_time_is_not_late():
    assert received(inbound_envelope(receiveTime="yesterday")).flags == []
    assert received(form_envelope(toPhone=DID, fromPhone=PHONE, content="x")).flags == []


def test_the_contact_waits_since_a_late_text_arrived():
    arrived = late(hours=20).created_at

    conversation = Conversation.objects.get()
    assert (arrived, conversation.needs_reply_since) == (NOW + timedelta(hours=20), arrived)


def test_an_outbound_message_is_never_late():
    message = Message(direction="outbound", created_at=NOW, provider_time=NOW - timedelta(days=1))

    assert message.flags == []


def test_the_api_lists_the_flags():
    message = received(
        form_push(DAMAGED + b"&receiveTime=2026-01-01+09:00:00")  # arrives on 2 January, 0:00 UTC
    )
    boss = make_user(is_staff=True)
    api = APIClient()
    api.force_authenticate(boss)

    assert api.get(f"/api/v1/messages/{message.pk}/").json()["flags"] == ["content_damaged", "late"]
    assert api.get(f"/api/v1/pushes/{Push.objects.get().pk}/").json()["flags"] == [
        "content_damaged"
    ]


# --- Texts in which nothing can be seen ---

INVISIBLE = "\u200b\ufe0f \u3164"


def test_a_text_that_nobody_can_see_is_shown_as_no_text():
    message = received(inbound_envelope(content=INVISIBLE))
    client = client_of()

    pages = [
        f"/inbox/open/{message.conversation_id}/",
        "/inbox/parts/list/?view=open",
        f"/messages/{message.pk}/",
        f"/conversations/{message.conversation_id}/print/",
    ]
    assert ["No text" in client.get(page).content.decode() for page in pages] == [True] * 4
    assert message.content == INVISIBLE
    assert Conversation.objects.get().last_preview == ""


def test_a_notice_of_a_text_that_nobody_can_see_says_so():
    client = client_of()
    known = client.get("/inbox/parts/notices/").json()
    received(inbound_envelope(content=INVISIBLE))

    told = client.get(
        f"/inbox/parts/notices/?message={known['message']}&notification={known['notification']}"
    ).json()

    assert [notice["text"] for notice in told["notices"]] == ["No text"]


def test_a_text_comes_as_it_was_written():
    text = "e\u0301 \u09dc \uf900 \u212b\r\n\u200f"

    message = received(inbound_envelope(content=text))

    message.refresh_from_db()
    assert (message.content, message.encoding, message.segments) == (text, "UCS-2", 1)
