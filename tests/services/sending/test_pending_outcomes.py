"""An outcome that the database did not take is kept and written later."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from messaging.models import Message
from messaging.services.sending import pending_outcomes
from messaging.services.sending.attempt import Outcome, record_outcome
from messaging.services.sending.pending_outcomes import LateOutcomes
from tests.factories import NOW, make_conversation, make_outbound
from tests.services.sending.scripted_client import accepted, claim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def database_goes_away(monkeypatch):
    def away(**_arguments):
        raise OperationalError("gone")

    monkeypatch.setattr(pending_outcomes, "record_outcome", away)


def test_an_outcome_waits_while_the_database_is_away_and_is_written_afterwards(monkeypatch):
    make_outbound()
    (one,) = claim()
    late = LateOutcomes(worker="w1")
    database_goes_away(monkeypatch)

    late.record(one, Outcome(accepted()))
    late.write()
    assert len(late) == 1

    monkeypatch.undo()
    late.write()
    assert (len(late), Message.objects.get().status) == (0, "sent")


def test_an_outcome_that_cannot_be_written_does_not_take_the_others_with_it(monkeypatch):
    late = LateOutcomes(worker="w1")
    for phone in ("34600000001", "34600000002"):
        make_outbound(make_conversation(phone=phone))
    first, second = claim() + claim(at=NOW + timedelta(seconds=1))
    database_goes_away(monkeypatch)
    late.record(first, Outcome(accepted("mt-1")))
    late.record(second, Outcome(accepted("mt-2")))

    def broken(*, claim, **arguments):
        if claim is first:
            raise ZeroDivisionError
        record_outcome(claim=claim, **arguments)

    monkeypatch.setattr(pending_outcomes, "record_outcome", broken)
    late.write()

    second.message.refresh_from_db()
    assert (len(late), second.message.status) == (0, "sent")
