"""A push that could not be used is judged again once that was fixed, and only then."""

from datetime import timedelta

import pytest

from messaging.models import DidNumber, Message
from messaging.services.errors import WrongState
from messaging.services.receiving.record import record_push
from messaging.services.receiving.replay import replay_push, replayable_pushes_of
from tests.factories import NOW, inbound_envelope, make_did

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def outcome_of(push):
    return (push.kind, push.outcome, push.reason)


def test_a_push_for_a_number_that_is_not_ours_waits_in_quarantine_until_the_number_is_added():
    push = record_push(envelope=inbound_envelope(did="447700900123", message_id="mo-1"))
    assert outcome_of(push) == ("unknown", "quarantined", "unknown_number")

    did = DidNumber.objects.create(number="447700900123")
    found = replayable_pushes_of(did_number=did)
    replayed = replay_push(push=push, at=NOW + timedelta(hours=1))

    assert found == [push.pk]
    assert outcome_of(replayed) == ("inbound", "applied", "to_is_ours")
    assert Message.objects.get().created_at == NOW


def test_an_applied_push_cannot_be_replayed():
    make_did()
    push = record_push(envelope=inbound_envelope())

    with pytest.raises(WrongState):
        replay_push(push=push, at=NOW)
