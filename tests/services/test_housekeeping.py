"""What a web process does beside answering: one task that fails keeps no other from its turn."""

import pytest
from django.db import OperationalError

from messaging.models import Message, RefusedPushCount
from messaging.services import housekeeping, refusals, spool
from tests.factories import inbound_envelope, make_did

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture(autouse=True)
def no_counts_of_others():
    """What tests before this one were refused is counted in this process too."""
    refusals.write_refusals()
    RefusedPushCount.objects.all().delete()


def test_a_turn_drains_the_spool_and_writes_the_refused_calls_down():
    make_did()
    spool.spool_push(inbound_envelope())
    refusals.count_refusal("wrong_path_secret")

    housekeeping.keep_house()

    assert (Message.objects.count(), RefusedPushCount.objects.get().count) == (1, 1)


@pytest.mark.parametrize("error", [ZeroDivisionError, OperationalError])
def test_a_spool_that_cannot_be_drained_does_not_keep_the_counts_from_being_written(
    monkeypatch, error
):
    def broken():
        raise error

    monkeypatch.setattr(housekeeping, "drain", broken)
    monkeypatch.setattr(housekeeping, "waiting_files", lambda: ["a file"])
    refusals.count_refusal("wrong_path_secret")

    housekeeping.keep_house()

    assert RefusedPushCount.objects.get().count == 1
