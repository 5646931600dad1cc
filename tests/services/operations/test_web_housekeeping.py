"""What a web process does beside answering: one task that fails keeps no other from its turn."""

import pytest
from django.db import OperationalError

from messaging.models import Message, RejectedRequestCount
from messaging.services.operations import web_housekeeping
from messaging.services.pushes import spool
from messaging.services.receiving import rejected_requests
from tests.factories import inbound_envelope, make_did

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture(autouse=True)
def no_counts_of_others():
    """What tests before this one were refused is counted in this process too."""
    rejected_requests.write_rejected_requests()
    RejectedRequestCount.objects.all().delete()


def test_a_turn_drains_the_spool_and_writes_the_refused_calls_down():
    make_did()
    spool.spool_push(inbound_envelope())
    rejected_requests.count_rejected_request("wrong_path_secret")

    web_housekeeping.keep_house()

    assert (Message.objects.count(), RejectedRequestCount.objects.get().count) == (1, 1)


@pytest.mark.parametrize("error", [ZeroDivisionError, OperationalError])
def test_a_spool_that_cannot_be_drained_does_not_keep_the_counts_from_being_written(
    monkeypatch, error
):
    def broken():
        raise error

    monkeypatch.setattr(web_housekeeping, "drain", broken)
    monkeypatch.setattr(web_housekeeping, "waiting_files", lambda: ["a file"])
    rejected_requests.count_rejected_request("wrong_path_secret")

    web_housekeeping.keep_house()

    assert RejectedRequestCount.objects.get().count == 1
