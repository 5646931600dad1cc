"""The flight recorder in the API."""

from datetime import timedelta

import pytest

from messaging.services.receiving.record import record_push
from tests.api.conftest import client_of
from tests.factories import (
    NOW,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)
from tests.services.recorder.test_timeline import accepted
from tests.services.sending.scripted_client import Client, send_turn

pytestmark = pytest.mark.django_db


def address(message):
    return f"/api/v1/messages/{message.pk}/record/"


@pytest.fixture
def delivered(ana):
    """A message of ana's that was delivered."""
    make_did(members=(ana,))
    message = make_outbound(user=ana)
    send_turn(Client(accepted()), at=NOW + timedelta(seconds=1))
    at = NOW + timedelta(seconds=4)
    record_push(envelope=receipt_envelope(message_id="mt-1", at=at))
    return message


def test_the_record_is_the_message_and_its_timeline(api, delivered):
    body = api.get(address(delivered)).json()

    assert set(body) == {"message", "timeline", "outlook"}
    assert (body["message"]["id"], body["message"]["status"]) == (delivered.pk, "delivered")
    assert [set(entry) for entry in body["timeline"]] == [{"at", "kind", "actor", "facts"}] * 10
    first, last = body["timeline"][0], body["timeline"][-1]
    assert (first["at"], first["kind"], first["actor"]) == (
        "2026-11-22T09:00:00Z",
        "created",
        "ana",
    )
    assert (last["kind"], last["facts"]["status"]) == ("status", "delivered")
    assert body["outlook"]["step"] == "is_complete"


def test_only_administrators_get_bytes_and_addresses_of_pushes(api, admin_api, delivered):
    def push_in(client):
        timeline = client.get(address(delivered)).json()["timeline"]
        return next(entry["facts"] for entry in timeline if entry["kind"] == "push")

    assert not {"body", "hex", "remote_addr"} & set(push_in(api))
    assert push_in(admin_api)["remote_addr"] == "192.0.2.1"


def test_the_record_of_somebody_elses_number_is_not_there(delivered):
    stranger = client_of(make_user("stranger"))

    assert stranger.get(address(delivered)).status_code == 404


def test_an_inbound_message_has_a_record_too(admin_api):
    body = admin_api.get(address(make_inbound())).json()

    assert [entry["kind"] for entry in body["timeline"]] == ["created", "push", "status"]
