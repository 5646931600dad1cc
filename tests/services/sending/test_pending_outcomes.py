"""Outcomes stay in memory until they are committed."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from messaging.models import Message
from messaging.nxcloud import errors
from messaging.services.sending import pending_outcomes
from messaging.services.sending.attempt import Outcome, record_outcome
from messaging.services.sending.fast_path.rows import Accepted
from messaging.services.sending.pending_outcomes import PendingOutcomes
from tests.factories import NOW, make_conversation, make_outbound
from tests.services.sending.scripted_client import accepted, claim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def two_claims():
    for phone in ("34600000001", "34600000002"):
        make_outbound(make_conversation(phone=phone))
    return claim() + claim(at=NOW + timedelta(seconds=1))


def unusual(*outcomes):
    pending = PendingOutcomes(worker="w1")
    for one, outcome in outcomes:
        pending.add(one, outcome)
        pending.are_unusual([one.message_id])
    return pending


def test_what_was_accepted_with_an_id_is_ordinary_and_nothing_else():
    first, second = two_claims()
    pending = PendingOutcomes(worker="w1")

    pending.add(first, Outcome(accepted("mt-1")))
    pending.add(second, Outcome(error=errors.OutcomeUnknown("cut")))

    assert (len(pending), pending.ordinary()) == (2, [Accepted(first.message_id, 1, "mt-1")])


@pytest.mark.parametrize("answer", [accepted(None), accepted("mt-1")], ids=["no id", "same id"])
def test_an_outcome_without_an_id_of_its_own_is_not_ordinary(answer):
    first, second = two_claims()
    pending = PendingOutcomes(worker="w1")

    pending.add(first, Outcome(accepted("mt-1")))
    pending.add(second, Outcome(answer))

    assert [one.message_id for one in pending.ordinary()] == [first.message_id]


def test_an_outcome_waits_while_the_database_is_away_and_is_written_afterwards(monkeypatch):
    first, _second = two_claims()
    pending = unusual((first, Outcome(accepted())))

    def away(**_arguments):
        raise OperationalError("gone")

    monkeypatch.setattr(pending_outcomes, "record_outcome", away)
    with pytest.raises(OperationalError):
        pending.write_unusual()
    assert len(pending) == 1

    monkeypatch.undo()
    pending.write_unusual()
    assert (len(pending), Message.objects.get(pk=first.message_id).status) == (0, "sent")


def test_an_outcome_that_cannot_be_written_does_not_take_the_others_with_it(monkeypatch):
    first, second = two_claims()
    pending = unusual((first, Outcome(accepted("mt-1"))), (second, Outcome(accepted("mt-2"))))

    def broken(*, claim, **arguments):
        if claim is first:
            raise ZeroDivisionError
        record_outcome(claim=claim, **arguments)

    monkeypatch.setattr(pending_outcomes, "record_outcome", broken)
    pending.write_unusual()

    assert len(pending) == 0
    assert list(Message.objects.order_by("id").values_list("status", flat=True)) == [
        "sending",
        "sent",
    ]


def test_it_is_said_once_of_each_outcome_that_it_waits(caplog):
    first, second = two_claims()
    pending = PendingOutcomes(worker="w1")
    pending.add(first, Outcome(accepted("mt-1")))

    pending.are_kept(OperationalError())
    pending.add(second, Outcome(accepted("mt-2")))
    pending.are_kept(OperationalError())

    assert [record.getMessage() for record in caplog.records] == [
        f"outcome of message {one.message_id} kept in memory: OperationalError"
        for one in (first, second)
    ]
