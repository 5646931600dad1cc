"""The record of a message as a page and as a file."""

import json

import pytest
from django.urls import reverse

from messaging.nxcloud import errors
from messaging.reasons import Reason
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import open_breaker
from tests.factories import NOW, PHONE, make_did, make_outbound, make_user, receipt_envelope
from tests.services.recorder.test_timeline import accepted, failed, traced
from tests.services.sending.scripted_client import Client, send_turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    """A member of the number."""
    user = make_user("ana")
    make_did(members=(user,))
    return user


@pytest.fixture
def boss():
    """An administrator."""
    return make_user("boss", is_staff=True)


def page(client, user, message):
    client.force_login(user)
    answer = client.get(f"/messages/{message.pk}/record/")
    return answer.content.decode()


def make_delivered():
    message = make_outbound(content="Geheim")
    send_turn(Client(accepted()))
    record_push(envelope=receipt_envelope(message_id="mt-1", content="Geheim", at=NOW))
    return message


def test_a_member_reads_the_story_without_bytes_of_pushes(client, ana):
    text = page(client, ana, make_delivered())

    assert "NXCloud answered (HTTP 200, code 0)" in text
    assert "name lookup" in text
    assert "Its ID is that of one of our messages." in text
    assert "192.0.2.1" not in text
    assert "/admin/" not in text


def test_an_administrator_reads_the_bytes_too(client, boss):
    text = page(client, boss, make_delivered())

    assert "192.0.2.1" in text
    assert "smsStatus=DELIVRD" in text


def test_a_record_of_another_number_is_not_there(client):
    message = make_outbound()
    client.force_login(make_user("stranger"))

    for path in ("", "share/"):
        assert client.get(f"/messages/{message.pk}/record/{path}").status_code == 404


def test_a_failed_message_says_why_who_can_fix_it_and_offers_the_button(client, boss):
    message = make_outbound()
    send_turn(Client(failed(errors.error_for("9006"), traced(answer='{"code":9006}'))))

    text = page(client, boss, message)

    assert "The recipient’s number is not a phone number." in text
    assert "The person who wrote the message" in text
    assert "Check the contact’s number and write to the right one." in text
    assert reverse("message-resend", args=[message.pk]) in text


def test_while_sending_is_paused_only_administrators_may_resume_it(client, ana, boss):
    message = make_outbound()
    open_breaker(reason=Reason("1102"), message=message, at=NOW)

    for_ana, for_boss = page(client, ana, message), page(client, boss, message)

    assert "Top up the account in NXCloud’s console." in for_ana
    assert reverse("admin:resume_sending") not in for_ana
    assert reverse("admin:resume_sending") in for_boss


def test_the_details_and_the_admin_lead_to_the_record(client, boss):
    message = make_outbound()
    client.force_login(boss)
    address = reverse("message-record", args=[message.pk])

    for path in (
        reverse("message", args=[message.pk]),
        reverse("admin:messaging_message_change", args=[message.pk]),
    ):
        assert f'href="{address}"' in client.get(path).content.decode()


def test_the_file_is_json_without_numbers_and_texts(client, ana):
    message = make_delivered()
    client.force_login(ana)

    answer = client.get(f"/messages/{message.pk}/record/share/")

    assert (
        answer["Content-Disposition"] == f'attachment; filename="message-{message.pk}-record.json"'
    )
    body = json.loads(answer.content)
    assert body["message"]["id"] == message.pk
    assert not [word for word in (PHONE, "Geheim", "192.0.2.1") if word in answer.content.decode()]
