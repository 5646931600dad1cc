"""Administrators put a number on legal hold, and read all holds."""

import pytest

from messaging.models import LegalHold
from tests.factories import make_did, make_user

pytestmark = pytest.mark.django_db


def test_a_number_is_put_on_hold_and_the_hold_is_lifted(client):
    client.force_login(make_user("root", is_staff=True))
    did = make_did()
    address = f"/admin/messaging/didnumber/{did.pk}/keeping/"

    assert address in client.get(f"/admin/messaging/didnumber/{did.pk}/change/").content.decode()
    assert client.post(address, {"reason": "x" * 501}).status_code == 422
    assert client.post(address, {"reason": "A lawsuit <b>"}).status_code == 302
    assert "A lawsuit &lt;b&gt;" in client.get(address).content.decode()
    holds = client.get("/admin/messaging/legalhold/").content.decode()
    assert "A lawsuit &lt;b&gt;" in holds
    assert "Active" in holds
    hold = LegalHold.objects.get()
    assert client.get(f"/admin/messaging/legalhold/{hold.pk}/delete/").status_code == 403
    assert client.post(f"/admin/messaging/didnumber/{did.pk}/delete/", {"post": "yes"}).url == (
        f"/admin/messaging/didnumber/{did.pk}/change/"
    )
    assert client.post(address, {"lift": "1"}).status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_at is not None
    assert client.get("/admin/messaging/didnumber/999/keeping/").status_code == 404


def test_who_is_no_administrator_does_not_get_there(client):
    client.force_login(make_user("tom"))
    did = make_did()

    answer = client.post(f"/admin/messaging/didnumber/{did.pk}/keeping/", {"reason": "x"})

    assert answer.status_code in {302, 403}
    assert not LegalHold.objects.exists()
