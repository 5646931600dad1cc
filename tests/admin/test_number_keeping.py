"""The page on which administrators say how long a number's messages are kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import Message, NumberRetention
from tests.factories import make_did, make_inbound, make_user, show_who

pytestmark = pytest.mark.django_db


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def address(client, did):
    client.force_login(make_user("root", is_staff=True))
    show_who(client)
    return f"/admin/messaging/didnumber/{did.pk}/keeping/"


def days():
    return list(NumberRetention.objects.values_list("message_days", "push_days"))


def test_a_shorter_time_is_saved_only_after_its_preview(client, did, address):
    make_inbound(did, at=timezone.now() - timedelta(days=40))
    typed = {"message_days": "30", "push_days": ""}

    asked = client.post(address, typed).content.decode()
    assert "1 message from before" in asked
    assert "a day after you save" in asked
    assert days() == []

    assert client.post(address, {**typed, "seen": "1"}).status_code == 302
    assert days() == [(30, None)]
    page = client.get(address).content.decode()
    assert "Nothing is deleted before" in page
    assert "1 message from before" in page
    assert Message.objects.count() == 1


def test_a_longer_time_is_saved_at_once(client, did, address):
    NumberRetention.objects.create(did_number=did, message_days=30, push_days=30)

    assert client.post(address, {"message_days": "60", "push_days": "30"}).status_code == 302
    assert client.post(address, {"message_days": "", "push_days": ""}).status_code == 302
    assert days() == [(None, None)]


def test_pushes_are_counted_too(client, did, address):
    for content in ("One", "Two", "Three"):
        make_inbound(did, content=content, at=timezone.now() - timedelta(days=40))

    asked = client.post(address, {"message_days": "", "push_days": "30"}).content.decode()

    assert "2 raw pushes would be deleted" in asked


@pytest.mark.parametrize("typed", ["6", "x", "9" * 100_000, "\0", "-1"])
def test_what_is_no_number_of_days_is_refused(client, address, typed):
    for name in ("message_days", "push_days"):
        fields = {"message_days": "", "push_days": "", name: typed}
        answer = client.post(address, fields)
        assert answer.status_code == 422
        assert "from 7 to 36500" in answer.content.decode()
    assert days() == []


def test_a_shorter_time_asks_who_it_is(client, did, address):
    client.force_login(make_user("other", is_staff=True))

    client.post(address, {"message_days": "30", "push_days": "", "seen": "1"})

    assert days() == []
